"""Stars by day that cannot be read or do not add up: what is said, kept, and asked for again."""

from pathlib import Path

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs import failing
from repo_stats.defs.steps.star_readings import NOT_TOLD
from repo_stats.simulator import star_lists
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules, Limits
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import list_weeks
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import JsonObject, Repository
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import (
    checks,
    findings,
    materialisations,
    messages,
    table,
)
from repo_stats_tests.helpers.star_requests import (
    asked,
    count_star_pages,
    let_days_pass,
    star_files,
    states_of,
)

NAMES = ("acme/a", "acme/b", "acme/c")

A, B, C = NAMES

REFRESHED, ADD_UP = "star_days.refreshed", "star_days.stars_add_up"

STARS = ("repo_metadata", "star_days")
"""The assets that are looked at, and what they are made from."""


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    return simulate(*(Shape(name, 3, 2, 2) for name in NAMES))


@pytest.fixture
def settings(settings_for: SettingsFor) -> Settings:
    return settings_for(*NAMES, REPO_STATS_MAX_AGE="0")


def severity(result: dg.ExecuteInProcessResult, check: str) -> dg.AssetCheckSeverity:
    [found] = [
        each
        for each in result.get_asset_check_evaluations()
        if f"{each.asset_key.to_user_string()}.{each.check_name}" == check
    ]
    return found.severity


def test_a_repository_whose_stars_are_refused_is_told_without_an_alert_and_asked_after_a_day(
    first_run: Run,
    run: Run,
    simulator: Simulator,
    settings: Settings,
    instance: dg.DagsterInstance,
) -> None:
    assert first_run(settings).success
    stored = star_files(settings)
    find_repository(simulator, B).trouble = Trouble.STARS_HIDDEN
    let_days_pass(settings)
    asked(simulator)
    refused = run(settings, select=STARS)
    assert refused.success
    assert asked(simulator) == {304: 2, 403: 1}
    reason = findings(refused, REFRESHED)[B]
    assert reason.startswith("GitHub forbids reading acme/b (Resource not accessible")
    assert reason in messages(instance, refused)
    again = run(settings, select=STARS)
    assert asked(simulator) == {}
    assert findings(again, REFRESHED) == {B: reason}
    assert severity(again, REFRESHED) is dg.AssetCheckSeverity.WARN
    assert not (Path(settings.warehouse) / "problems").exists()
    assert star_files(settings) == stored
    find_repository(simulator, B).trouble = Trouble.FINE
    let_days_pass(settings)
    assert checks(run(settings, select=STARS))[REFRESHED]
    assert asked(simulator) == {304: 3}


def test_a_server_without_stars_by_day_is_told_in_a_line_and_asked_once_a_day(
    run: Run, simulator: Simulator, settings: Settings, instance: dg.DagsterInstance
) -> None:
    simulator.serves_stars = False
    first = run(settings)
    assert first.success
    assert messages(instance, first).count(NOT_TOLD) == 1
    assert asked(simulator) == {404: 3}
    second = run(settings, select=STARS)
    assert asked(simulator) == {}
    for result in (first, second):
        assert checks(result)[REFRESHED]
        assert checks(result)[ADD_UP]
        assert materialisations(result, "star_days") == {}
    simulator.serves_stars = True
    let_days_pass(settings)
    assert run(settings, select=STARS).success
    assert asked(simulator) == {200: count_star_pages(simulator, *NAMES)}
    assert table(settings, "star_days", A)["stars"].sum() == 120


def test_what_does_not_add_up_fails_the_check_and_is_named_with_the_numbers(
    first_run: Run,
    run: Run,
    simulator: Simulator,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert first_run(settings).success
    stored = star_files(settings)
    find_repository(simulator, A).unlisted_stars = -7
    find_repository(simulator, C).unlisted_stars = 6

    def spoil(repository: Repository, at: float) -> list[JsonObject]:
        weeks = list_weeks(repository, at)
        if repository.full_name == B:
            weeks[1]["total"] += 1
        return weeks

    monkeypatch.setattr(star_lists, "list_weeks", spoil)
    monkeypatch.setattr(failing, "MAX_RETRIES", 0)
    let_days_pass(settings, 30)
    result = run(settings, select=STARS)
    assert result.success
    found = findings(result, ADD_UP)
    assert found[A] == "its days have 127 stars, and GitHub's counter says 120"
    assert found[C] == (
        "its days have 114 stars, and GitHub's counter says 120: more than 5 are not listed"
    )
    assert found[B].startswith("GitHub's list of the stars of acme/b cannot be right: the days of")
    assert severity(result, ADD_UP) is dg.AssetCheckSeverity.ERROR
    assert star_files(settings)["acme/b.parquet"] == stored["acme/b.parquet"]
    assert findings(result, REFRESHED) == {B: found[B]}


def test_what_was_read_before_a_limit_is_kept_and_the_rest_is_read_later(
    run: Run, simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    simulator = simulate(*(Shape(name, 3, 2, 2) for name in NAMES))
    others = 2 * len(NAMES)  # for objects and lists
    few = LimitRules(authorized=others + 1 + count_star_pages(simulator, A))
    simulator.limits = Limits(few, simulator.clock)
    settings = settings_for(*NAMES, REPO_STATS_MAX_WAIT="0", REPO_STATS_IN_FLIGHT="1")
    stopped = run(settings)
    assert stopped.success
    [said] = [line for line in messages(instance, stopped) if "left to the next run" in line]
    assert said.startswith("Some stars by day are left to the next run: ")
    assert "rate limit stopped" in said
    kept = [repo for repo, state in states_of(settings).items() if state.stars is not None]
    assert 0 < len(kept) < 3
    assert star_files(settings).keys() == {f"{repo}.parquet" for repo in kept}
    simulator.limits = Limits(LimitRules(), simulator.clock)
    asked(simulator)
    assert run(settings, select=STARS).success
    assert asked(simulator)[200] == count_star_pages(simulator, *(set(NAMES) - set(kept)))
