"""Which repositories a step works on: those whose files are not known to be current."""

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.partitions import DEFERS_EVENTS
from repo_stats.defs.resources import RefreshOptions, github_resource
from repo_stats.defs.steps import refresh_scope
from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.defs.steps.recorded_partitions import RecordedPartition
from repo_stats.defs.steps.refresh_scope import RefreshScope, find_stamps, trust_states
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import (
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.states.repo_state import INPUTS, ListSummary, RepoState
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.states import state_of
from repo_stats_tests.helpers.step_context import step_context
from repo_stats_tests.helpers.stored import SCAN, row_of

REPOS = ["a/b", "c/d", "e/f"]

CHAIN = (REPO_METADATA, OPEN_ISSUES, ISSUES_PER_USER, REPO_STATISTICS)


@pytest.fixture(autouse=True)
def _nobody_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refresh_scope, "choose_in_turn", lambda *_: set[str]())
    monkeypatch.setattr(refresh_scope, "started_at", lambda _: datetime.now(timezone.utc))
    monkeypatch.setattr(
        "repo_stats.defs.steps.github_requests.started_at", lambda _: datetime.now(timezone.utc)
    )


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """A warehouse in which all tables of three repositories are current."""
    tables, now = Tables(Files(str(tmp_path / "w"))), datetime.now(timezone.utc)
    states = {}
    for repo in REPOS:
        state = state_of(
            repo, read_at=now, seen_at=now, recorded_at=now, items=ListSummary(1, is_exact=True)
        )
        for schema in CHAIN:
            rows = to_frame(schema, [row_of(schema, repo=repo, state="open")])
            file = tables.write(schema, repo, rows, SCAN if schema is OPEN_ISSUES else None)
            sources = {s.name: state.files[s.name].revision for s in INPUTS[schema.name]}
            state = state.with_file(
                schema.name, replace(file, code_version=CODE_VERSION, made_of=sources)
            )
        states[repo] = state
    StateIndex(tables.files).update(states)
    return tables


def scope_of(
    tables: Tables,
    settings_for: SettingsFor,
    *,
    options: Mapping[str, Any] | None = None,
    defers: bool = True,
    **variables: str,
) -> RefreshScope:
    """What a step knows that begins now."""
    settings: Settings = settings_for(*REPOS, **variables)
    context = step_context(*REPOS, tags={DEFERS_EVENTS: "true"} if defers else {})
    files = Tables(tables.files)  # the states are read once for each step
    return RefreshScope(
        context, github_resource(settings), RefreshOptions(**(options or {})), files
    )


def change(tables: Tables, repo: str, **changes: Any) -> RepoState:
    """Change what is known of a repository."""
    state = replace(StateIndex(tables.files).read()[repo], **changes)
    StateIndex(tables.files).update({repo: state})
    return state


def test_nothing_is_chosen_if_all_is_current(tables: Tables, settings_for: SettingsFor) -> None:
    scope = scope_of(tables, settings_for)
    assert [scope.choose(schema, REPOS) for schema in CHAIN] == [[]] * 4
    assert (scope.choose_lists(REPOS), scope.choose_statistics(REPOS)) == ([], ([], []))
    assert [state.repo for state in scope.find_others(REPOS, ["c/d"])] == ["a/b", "e/f"]


@pytest.mark.parametrize(("options", "defers"), [({"force": True}, True), ({}, False)])
def test_a_forced_refresh_and_a_run_that_dagster_records_work_on_all(
    tables: Tables, settings_for: SettingsFor, options: dict[str, Any], defers: bool
) -> None:
    scope = scope_of(tables, settings_for, options=options, defers=defers)
    assert [scope.choose(schema, REPOS) for schema in CHAIN] == [REPOS] * 4


@pytest.mark.parametrize("broken", CHAIN, ids=lambda schema: str(schema.name))
def test_a_changed_file_is_made_again_with_all_that_is_made_of_it(
    tables: Tables, settings_for: SettingsFor, broken: TableSchema
) -> None:
    os.utime(Path(tables.files.root, broken.name, "c/d.parquet"), (1, 1))
    scope = scope_of(tables, settings_for)
    chosen = {schema.name for schema in CHAIN if scope.choose(schema, REPOS) == ["c/d"]}
    rest = {schema.name for schema in CHAIN if scope.choose(schema, REPOS) == []}
    assert chosen == {schema.name for schema in CHAIN[CHAIN.index(broken) :]}
    assert rest == {schema.name for schema in CHAIN} - chosen
    assert scope.is_seen("c/d") is (broken is not OPEN_ISSUES)
    assert scope.choose_lists(["c/d"]) == ([] if "open_issues" in rest else ["c/d"])


@pytest.mark.parametrize("table", CHAIN, ids=lambda schema: str(schema.name))
def test_only_a_revalidation_notices_that_a_disk_has_lost_bits(
    tables: Tables, settings_for: SettingsFor, table: TableSchema
) -> None:
    file = Path(tables.files.root, table.name, "c/d.parquet")
    status, content = file.stat(), bytearray(file.read_bytes())
    content[60] ^= 4
    with file.open("r+b") as opened:
        opened.write(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert scope_of(tables, settings_for).choose(table, REPOS) == []
    scope = scope_of(tables, settings_for, options={"revalidate": True})
    assert [scope.holds(table, repo) for repo in REPOS] == [True, False, True]
    assert scope.choose(table, REPOS) == ["c/d"]


@pytest.mark.parametrize(("api_url", "is_held"), [(API_URL, True), ("http://other", False)])
def test_what_is_known_of_another_server_is_not_known(
    tables: Tables, settings_for: SettingsFor, api_url: str, is_held: bool
) -> None:
    scope = scope_of(tables, settings_for, REPO_STATS_API_URL=api_url)
    assert scope.holds(REPO_METADATA, "a/b") is is_held
    assert scope.is_current(REPO_STATISTICS, "a/b") is is_held
    assert scope.is_seen("a/b") is is_held


def test_rows_of_other_code_are_made_again(
    tables: Tables, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_scope, "CODE_VERSION", "another")
    assert scope_of(tables, settings_for).choose(REPO_METADATA, REPOS) == REPOS


@pytest.mark.parametrize(("minutes", "lists"), [(58, []), (62, ["c/d"]), (None, ["c/d"])])
def test_a_list_needs_a_request_if_it_was_not_seen_within_the_maximum_age(
    tables: Tables, settings_for: SettingsFor, minutes: int | None, lists: list[str]
) -> None:
    now = datetime.now(timezone.utc)
    seen_at = None if minutes is None else now - timedelta(minutes=minutes)
    change(tables, "c/d", seen_at=seen_at)
    scope = scope_of(tables, settings_for)
    assert scope.choose_lists(REPOS) == lists
    assert scope.is_seen("c/d") is (not lists)


@pytest.mark.parametrize("days", [None, 1])
def test_statistics_get_a_row_of_history_each_day(
    tables: Tables, settings_for: SettingsFor, days: int | None
) -> None:
    past = None if days is None else datetime.now(timezone.utc) - timedelta(days=days)
    change(tables, "c/d", recorded_at=past)
    assert scope_of(tables, settings_for).choose_statistics(REPOS) == (["c/d"], [])


def test_statistics_of_many_get_their_row_of_the_day_without_being_made_again(
    tables: Tables, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_scope, "MOST_MADE_DAILY", 1)
    for repo in ("a/b", "c/d"):
        change(tables, repo, recorded_at=None)
    scope = scope_of(tables, settings_for)
    assert scope.choose_statistics(REPOS) == ([], ["a/b", "c/d"])


def test_what_dagster_has_no_valid_record_of_is_chosen_where_its_history_is_kept(
    tables: Tables, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = {repo: RecordedPartition(1, "v") for repo in ("a/b", "e/f")}
    monkeypatch.setattr(refresh_scope, "find_still_valid", lambda *_: recorded)
    assert scope_of(tables, settings_for).choose(OPEN_ISSUES, REPOS) == []
    monkeypatch.setenv("DAGSTER_HOME", tables.files.root)
    assert scope_of(tables, settings_for).choose(OPEN_ISSUES, REPOS) == ["c/d"]


def test_those_whose_turn_it_is_are_chosen_in_order(
    tables: Tables, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refresh_scope, "choose_in_turn", lambda *_: {"e/f", "a/b"})
    assert scope_of(tables, settings_for).choose(OPEN_ISSUES, REPOS) == ["a/b", "e/f"]


def test_what_a_clock_that_was_ahead_has_left_is_not_trusted() -> None:
    now = datetime.now(timezone.utc)
    ahead, before = now + timedelta(days=1), now - timedelta(days=1)
    states = {
        "read": state_of("read", read_at=ahead),
        "seen": state_of("seen", read_at=before, seen_at=ahead),
        "past": state_of("past", read_at=before, seen_at=before),
        "never": state_of("never", read_at=before),
    }
    assert list(trust_states(states, now)) == ["past", "never"]


def test_stamps_are_those_of_the_repositories_asked_for(tables: Tables) -> None:
    os.remove(Path(tables.files.root, "open_issues", "a/b.parquet"))
    found = find_stamps(tables, ["a/b", "x/y"])
    assert {repo: set(of_repo) for repo, of_repo in found.items()} == {
        "a/b": {*INPUTS} - {"open_issues"},
        "x/y": set(),
    }
