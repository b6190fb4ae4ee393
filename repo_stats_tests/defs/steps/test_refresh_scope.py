"""Which repositories a step works on: those whose files are not known to be current."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from repo_stats.defs.steps import asset_specs, refresh_scope
from repo_stats.defs.steps.recorded_partitions import RecordedPartition
from repo_stats.warehouse.schemas import (
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.steps.scopes import (
    CHAIN,
    REPOS,
    change,
    scope_of,
)
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.linked import write_again

pytestmark = pytest.mark.usefixtures("nobody_in_turn")


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


def test_a_forced_refresh_takes_no_row_for_current(
    tables: Tables, settings_for: SettingsFor
) -> None:
    forced = scope_of(tables, settings_for, options={"force": True})
    assert scope_of(tables, settings_for).is_current(REPO_STATISTICS, "a/b")
    assert not forced.is_current(REPO_STATISTICS, "a/b")
    assert forced.holds(REPO_STATISTICS, "a/b")


def test_of_what_nothing_is_known_nothing_is_held_and_all_is_made(
    tables: Tables, settings_for: SettingsFor
) -> None:
    scope = scope_of(tables, settings_for)
    del scope.states["c/d"]
    assert not scope.holds(REPO_METADATA, "c/d")
    assert scope.choose_lists(REPOS) == ["c/d"]
    assert scope.choose_statistics(REPOS) == (["c/d"], [])
    assert [state.repo for state in scope.find_others(REPOS, [])] == ["a/b", "e/f"]


@pytest.mark.parametrize("broken", CHAIN, ids=lambda schema: str(schema.name))
def test_a_changed_file_is_made_again_with_all_that_is_made_of_it(
    tables: Tables, settings_for: SettingsFor, broken: TableSchema
) -> None:
    write_again(Path(tables.files.root, broken.name, "c/d.parquet"))
    scope = scope_of(tables, settings_for)
    chosen = {schema.name for schema in CHAIN if scope.choose(schema, REPOS) == ["c/d"]}
    rest = {schema.name for schema in CHAIN if scope.choose(schema, REPOS) == []}
    assert chosen == {schema.name for schema in CHAIN[CHAIN.index(broken) :]}
    assert rest == {schema.name for schema in CHAIN} - chosen
    assert scope.is_seen("c/d") is (broken is not OPEN_ISSUES)
    assert scope.choose_lists(["c/d"]) == ([] if "open_issues" in rest else ["c/d"])


def test_rows_of_other_code_are_made_again(
    tables: Tables, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_specs, "CODE_VERSION", "another")
    assert scope_of(tables, settings_for).choose(REPO_METADATA, REPOS) == REPOS


def test_rows_of_another_list_of_bots_are_made_again_without_a_request(
    tables: Tables, settings_for: SettingsFor
) -> None:
    same = scope_of(tables, settings_for, REPO_STATS_BOTS="bors, k8s-ci-robot")
    other = scope_of(tables, settings_for, REPO_STATS_BOTS="acme-*")
    chosen = [[scope.choose(schema, REPOS) for schema in CHAIN] for scope in (same, other)]
    assert chosen == [[[], [], [], []], [[], REPOS, REPOS, REPOS]]
    assert [repo for repo in REPOS if other.is_seen(repo)] == REPOS


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


@pytest.mark.parametrize(("most", "expected"), [(2, (REPOS, [])), (1, (["c/d"], ["a/b", "e/f"]))])
def test_statistics_of_many_get_their_row_of_the_day_without_being_made_again(
    tables: Tables,
    settings_for: SettingsFor,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    expected: tuple[list[str], list[str]],
) -> None:
    monkeypatch.setattr(refresh_scope, "MOST_MADE_DAILY", most)
    for repo in REPOS:
        change(tables, repo, recorded_at=None)
    write_again(Path(tables.files.root, "repo_metadata", "c/d.parquet"))
    assert scope_of(tables, settings_for).choose_statistics(REPOS) == expected


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
