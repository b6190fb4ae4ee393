"""Stars by day in runs: when they are asked for, what is stored, and what the checks find."""

import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs import failing
from repo_stats.defs.steps.star_readings import NOT_TOLD
from repo_stats.simulator import star_lists
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules, Limits
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import list_weeks, star
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import JsonObject, Repository
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import (
    by_hand,
    checks,
    failure,
    findings,
    materialisations,
    messages,
    metadata,
    table,
)
from repo_stats_tests.helpers.star_requests import (
    count_star_pages,
    is_about_stars,
    let_days_pass,
    states_of,
)

NAMES = ("acme/a", "acme/b", "acme/c")

A, B, C = NAMES

REFRESHED, ADD_UP = "star_days.refreshed", "star_days.stars_add_up"


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    return simulate(*(Shape(name, 3, 2, 2) for name in NAMES))


@pytest.fixture
def settings(settings_for: SettingsFor) -> Settings:
    return settings_for(*NAMES, REPO_STATS_MAX_AGE="0")


def asked(simulator: Simulator) -> Counter[int]:
    """The statuses of the requests for stars since the last look."""
    found = Counter(request.status for request in simulator.log if is_about_stars(request))
    simulator.log.clear()
    return found


def star_files(settings: Settings) -> dict[str, bytes]:
    root = Path(settings.warehouse) / "star_days"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.parquet")}


def _counting(method: Any, opened: list[str]) -> Any:
    """A method of `Files` that notes the path that it is called with."""

    def count(self: Files, path: str, *more: Any) -> Any:
        opened.append(path)
        return method(self, path, *more)

    return count


def severity(result: dg.ExecuteInProcessResult, check: str) -> dg.AssetCheckSeverity:
    [found] = [
        each
        for each in result.get_asset_check_evaluations()
        if f"{each.asset_key.to_user_string()}.{each.check_name}" == check
    ]
    return found.severity


def test_stars_are_read_once_then_once_a_day_and_recorded_if_they_changed(
    first_run: Run, run: Run, simulator: Simulator, settings: Settings
) -> None:
    first = first_run(settings)
    assert first.success
    assert asked(simulator) == {200: count_star_pages(simulator, *NAMES)}
    assert set(materialisations(first, "star_days")) == set(NAMES)
    shown = metadata(first, "star_days", A)
    assert (shown["listed_stars"], shown["unlisted_stars"]) == (120, 0)
    rows = table(settings, "star_days", A)
    assert (
        dict(zip(rows["day"], rows["stars"], strict=True))
        == find_repository(simulator, A).star_days
    )
    assert set(rows["repo_id"]) == {find_repository(simulator, A).id}
    stored = star_files(settings)

    quiet = run(settings)
    assert asked(simulator) == {}
    let_days_pass(settings)
    unchanged = run(settings)
    assert asked(simulator) == {304: 3}
    assert [set(materialisations(each, "star_days")) for each in (quiet, unchanged)] == [set()] * 2
    assert star_files(settings) == stored

    let_days_pass(settings)
    star(find_repository(simulator, B), simulator.clock())
    changed = run(settings)
    assert asked(simulator) == {200: 1, 304: 2}
    assert set(materialisations(changed, "star_days")) == {B}
    assert table(settings, "star_days", B)["stars"].sum() == 121
    for result in (first, quiet, unchanged, changed):
        assert checks(result)[REFRESHED]
        assert checks(result)[ADD_UP]


def test_a_quiet_step_logs_nothing_and_opens_no_file_of_stars(
    first_run: Run,
    run: Run,
    simulator: Simulator,
    settings: Settings,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert first_run(settings).success
    stored = star_files(settings)
    opened: list[str] = []
    for name in ("read", "open", "write"):
        monkeypatch.setattr(Files, name, _counting(getattr(Files, name), opened))
    quiet = run(settings)
    assert opened
    assert [path for path in opened if "star_days" in path] == []
    assert star_files(settings) == stored
    events = [
        entry.user_message if entry.dagster_event is None else entry.dagster_event.event_type_value
        for entry in instance.all_logs(quiet.run_id)
        if entry.step_key == "star_days"
    ]
    check = ["STEP_OUTPUT", "ASSET_CHECK_EVALUATION"]
    assert events == ["STEP_START", "STEP_OUTPUT", *check, *check, "STEP_SUCCESS"]


def test_a_lost_index_costs_requests_and_no_rows_and_a_lost_file_is_read_again(
    first_run: Run, run: Run, simulator: Simulator, settings: Settings
) -> None:
    assert first_run(settings).success
    asked(simulator)
    stored = star_files(settings)
    shutil.rmtree(Path(settings.warehouse) / "repo_states")
    assert run(settings).success
    assert asked(simulator) == {200: count_star_pages(simulator, *NAMES)}
    assert star_files(settings).keys() == stored.keys()
    assert table(settings, "star_days", A)["stars"].sum() == 120
    (Path(settings.warehouse) / "star_days" / f"{C}.parquet").unlink()
    assert run(settings).success
    assert asked(simulator) == {200: count_star_pages(simulator, C)}
    assert table(settings, "star_days", C)["stars"].sum() == 120
    assert run(settings, force=True).success
    assert asked(simulator) == {200: count_star_pages(simulator, *NAMES)}


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
    refused = run(settings)
    assert refused.success
    assert asked(simulator) == {304: 2, 403: 1}
    reason = findings(refused, REFRESHED)[B]
    assert reason.startswith("GitHub forbids reading acme/b (Resource not accessible")
    assert reason in messages(instance, refused)
    again = run(settings)
    assert asked(simulator) == {}
    assert findings(again, REFRESHED) == {B: reason}
    assert severity(again, REFRESHED) is dg.AssetCheckSeverity.WARN
    assert not (Path(settings.warehouse) / "problems").exists()
    assert star_files(settings) == stored
    find_repository(simulator, B).trouble = Trouble.FINE
    let_days_pass(settings)
    assert checks(run(settings))[REFRESHED]
    assert asked(simulator) == {304: 3}


def test_a_server_without_stars_by_day_is_told_in_a_line_and_asked_once_a_day(
    run: Run, simulator: Simulator, settings: Settings, instance: dg.DagsterInstance
) -> None:
    simulator.serves_stars = False
    first = run(settings)
    assert first.success
    assert messages(instance, first).count(NOT_TOLD) == 1
    assert asked(simulator) == {404: 3}
    second = run(settings)
    assert asked(simulator) == {}
    for result in (first, second):
        assert checks(result)[REFRESHED]
        assert checks(result)[ADD_UP]
        assert materialisations(result, "star_days") == {}
    simulator.serves_stars = True
    let_days_pass(settings)
    assert run(settings).success
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
    result = run(settings)
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
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(*(Shape(name, 3, 2, 2) for name in NAMES))
    others = 2 * len(NAMES)  # for objects and lists
    few = LimitRules(authorized=others + 1 + count_star_pages(simulator, A))
    simulator.limits = Limits(few, simulator.clock)
    settings = settings_for(*NAMES, REPO_STATS_MAX_WAIT="0", REPO_STATS_IN_FLIGHT="1")
    stopped = run(settings)
    assert not stopped.success
    assert "rate limit stopped" in failure(stopped)
    kept = [repo for repo, state in states_of(settings).items() if state.stars is not None]
    assert 0 < len(kept) < 3
    assert star_files(settings).keys() == {f"{repo}.parquet" for repo in kept}
    simulator.limits = Limits(LimitRules(), simulator.clock)
    asked(simulator)
    assert run(settings).success
    assert asked(simulator)[200] == count_star_pages(simulator, *(set(NAMES) - set(kept)))


def test_made_by_hand_it_records_every_picked_repository(
    first_run: Run, simulator: Simulator, settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert first_run(settings).success
    result = by_hand(settings, instance, ["star_days"], A, B)
    assert result.success
    assert metadata(result, "star_days", B)["dagster/partition_row_count"] == len(
        find_repository(simulator, B).star_days or table(settings, "star_days", B)
    )
