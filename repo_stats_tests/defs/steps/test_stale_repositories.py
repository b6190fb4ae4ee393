"""Repositories that cannot be refreshed keep what is stored, and hold up no other repository."""

from dataclasses import replace
from datetime import timedelta

import dagster as dg
import pytest

from repo_stats.simulator.changes import close_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.runs import (
    NUMBERS,
    checks,
    failure,
    findings,
    materialisations,
    messages,
    observed,
    table,
    table_files,
)

GOOD, BAD = Shape("acme/good", 30, 4), Shape("acme/bad", 20, 5)

TABLES = {"repo_metadata", "open_issues", "issues_per_user", "repo_statistics"}


LISTED = ("repo_metadata", "open_issues")
"""The assets that are requested, and tell of what goes wrong."""

CHECKS = (
    *("repo_metadata.refreshed", "open_issues.refreshed", "open_issues.unique"),
    *("open_issues.only_open", "open_issues.exact", "open_issues.agrees_with_counter"),
    *("repo_statistics.recent", "star_days.refreshed", "star_days.stars_add_up"),
)


def set_trouble(simulator: Simulator, name: str, trouble: Trouble) -> None:
    find_repository(simulator, name).trouble = trouble


@pytest.mark.parametrize(
    ("trouble", "asset", "reason"),
    [
        (Trouble.MISSING, "repo_metadata", "GitHub knows no repository acme/bad"),
        long(Trouble.TAKEN_DOWN, "repo_metadata", "GitHub has blocked access to acme/bad"),
        long(Trouble.BLOCKED, "repo_metadata", "GitHub has blocked access to acme/bad"),
        (Trouble.LIST_GONE, "open_issues", "GitHub says that the issues of acme/bad are gone"),
    ],
)
def test_a_repository_in_trouble_keeps_its_tables_and_the_others_are_refreshed(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    trouble: Trouble,
    asset: str,
    reason: str,
) -> None:
    simulator = simulate(GOOD, BAD)
    settings = settings_for(GOOD.full_name, BAD.full_name, REPO_STATS_MAX_AGE="0")
    first = first_run(settings)
    assert first.success
    assert checks(first) == dict.fromkeys(CHECKS, True)
    kept = TABLES - ({"repo_metadata"} if asset == "open_issues" else set())
    before = {f: f.read_bytes() for f in table_files(settings, kept) if f.stem == "bad"}
    good = find_repository(simulator, GOOD.full_name)
    close_issue(good, next(i["number"] for i in good.issues if i["state"] == "open"), 1.79e9)
    set_trouble(simulator, BAD.full_name, trouble)
    second = run(settings)
    assert second.success
    assert table(settings, "repo_statistics", GOOD.full_name)["open_items"].item() == 29
    after = {f: f.read_bytes() for f in table_files(settings, kept) if f.stem == "bad"}
    assert after == before
    assert observed(second, asset, BAD.full_name)["stale"].startswith(reason)
    assert BAD.full_name not in materialisations(second, asset)
    assert checks(second) == {
        name: name not in (f"{asset}.refreshed", "open_issues.refreshed") for name in CHECKS
    }
    stale = observed(second, asset, BAD.full_name)["stale"]
    assert findings(second, f"{asset}.refreshed") == {BAD.full_name: stale}
    set_trouble(simulator, BAD.full_name, Trouble.FINE)
    third = run(settings)
    assert checks(third) == dict.fromkeys(CHECKS, True)
    assert not any(event.is_asset_observation for event in third.all_events)


def test_a_repository_that_was_never_read_is_absent_and_the_others_are_there(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(GOOD)
    settings = settings_for(GOOD.full_name, "acme/nobody")
    result = first_run(settings)
    assert result.success
    assert {file.stem for file in table_files(settings, TABLES)} == {"good"}
    assert not checks(result)["repo_metadata.refreshed"]


def test_a_run_in_which_every_repository_failed_fails(
    first_run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate()
    result = first_run(settings_for("acme/nobody", "acme/noone"))
    assert not result.success
    assert failure(result).count("GitHub knows no repository") == 2


def test_disabled_issues_are_no_failure(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    troubles = {
        "acme/off": Trouble.ISSUES_OFF,
        "acme/empty": Trouble.ISSUES_OFF_EMPTY,
        "acme/pulls": Trouble.ISSUES_OFF_PULLS,
    }
    simulator = simulate(*(Shape(name, 30, 4) for name in troubles))
    for name, trouble in troubles.items():
        set_trouble(simulator, name, trouble)
    settings = settings_for(*troubles)
    assert run(settings, select=NUMBERS).success
    rows = {name: table(settings, "repo_statistics", name).iloc[0] for name in troubles}
    assert [row["open_issues"] for row in rows.values()] == [0, 0, 0]
    assert [bool(row["is_exact"]) for row in rows.values()] == [True] * 3
    pull_requests = [row["open_pull_requests"] for row in rows.values()]
    assert pull_requests[:2] == [0, 0]
    assert pull_requests[2] > 0


def test_a_name_taken_over_is_reported_and_nothing_is_mixed_until_forced(
    first_run: Run,
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
) -> None:
    simulator = simulate(GOOD, BAD)
    settings = settings_for(GOOD.full_name, BAD.full_name, REPO_STATS_MAX_AGE="0")
    first_run(settings)
    number = table(settings, "repo_metadata", BAD.full_name)["repo_id"].item()
    simulator.schedule(Mutation(MutationKind.TAKE_OVER, 1, BAD.full_name))
    run(settings, select=LISTED)
    result = run(settings, select=LISTED)
    stale = observed(result, "repo_metadata", BAD.full_name)["stale"]
    assert stale.startswith("The name acme/bad belongs to another repository now")
    assert f"(number {number}) is called" in stale
    assert table(settings, "open_issues", BAD.full_name)["repo_id"].unique().tolist() == [number]
    assert any("acme/bad is left as it was" in line for line in messages(instance, result))
    assert run(settings, force=True, select=LISTED).success
    assert table(settings, "repo_metadata", BAD.full_name)["repo_id"].item() != number


def test_the_checks_of_a_healthy_run_pass_and_a_wrong_counter_is_reported(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(GOOD)
    settings = settings_for(GOOD.full_name, REPO_STATS_MAX_AGE="0")
    found = checks(first_run(settings))
    assert found == {
        "repo_metadata.refreshed": True,
        "repo_statistics.recent": True,
        **{
            f"open_issues.{name}": True
            for name in ("refreshed", "unique", "only_open", "exact", "agrees_with_counter")
        },
        "star_days.refreshed": True,
        "star_days.stars_add_up": True,
    }
    find_repository(simulator, GOOD.full_name).counter = 90
    wrong = run(settings, select=LISTED)
    assert [check for check, passed in checks(wrong).items() if not passed] == [
        "open_issues.agrees_with_counter"
    ]
    assert findings(wrong, "open_issues.agrees_with_counter") == {
        GOOD.full_name: "30 items, GitHub's counter says 90"
    }


def test_a_repository_whose_numbers_are_older_than_a_day_is_named(
    first_run: Run, run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(GOOD, BAD)
    settings = settings_for(GOOD.full_name, BAD.full_name, REPO_STATS_MAX_AGE="0")
    assert checks(first_run(settings))["repo_statistics.recent"]
    tables = Tables(Files(settings.warehouse))
    state = tables.states[BAD.full_name]
    assert state.snapshot_at is not None
    taken = state.snapshot_at - timedelta(days=2)
    StateIndex(tables.files).update({state.repo: replace(state, read_at=taken, seen_at=taken)})
    result = run(settings, "refresh_repo", partition_key=GOOD.full_name, select=NUMBERS)
    assert not checks(result)["repo_statistics.recent"]
    assert findings(result, "repo_statistics.recent") == {
        BAD.full_name: f"from {taken:%Y-%m-%d %H:%M} UTC"
    }
