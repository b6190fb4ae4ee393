"""Stars by day in runs: when they are asked for, what is stored, and what the checks find."""

import shutil
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import star
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import (
    by_hand,
    checks,
    materialisations,
    metadata,
    table,
)
from repo_stats_tests.helpers.star_requests import (
    asked,
    count_star_pages,
    let_days_pass,
    star_files,
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


def _counting(method: Any, opened: list[str]) -> Any:
    """A method of `Files` that notes the path that it is called with."""

    def count(self: Files, path: str, *more: Any) -> Any:
        opened.append(path)
        return method(self, path, *more)

    return count


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

    quiet = run(settings, select=STARS)
    assert asked(simulator) == {}
    let_days_pass(settings)
    unchanged = run(settings, select=STARS)
    assert asked(simulator) == {304: 3}
    assert [set(materialisations(each, "star_days")) for each in (quiet, unchanged)] == [set()] * 2
    assert star_files(settings) == stored

    let_days_pass(settings)
    star(find_repository(simulator, B), simulator.clock())
    changed = run(settings, select=STARS)
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
    quiet = run(settings, select=STARS)
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
    assert run(settings, select=STARS).success
    assert asked(simulator) == {200: count_star_pages(simulator, *NAMES)}
    assert star_files(settings).keys() == stored.keys()
    assert table(settings, "star_days", A)["stars"].sum() == 120
    (Path(settings.warehouse) / "star_days" / f"{C}.parquet").unlink()
    assert run(settings, select=STARS).success
    assert asked(simulator) == {200: count_star_pages(simulator, C)}
    assert table(settings, "star_days", C)["stars"].sum() == 120
    assert run(settings, select=STARS, force=True).success
    assert asked(simulator) == {200: count_star_pages(simulator, *NAMES)}


def test_made_by_hand_it_records_every_picked_repository(
    first_run: Run, simulator: Simulator, settings: Settings, instance: dg.DagsterInstance
) -> None:
    assert first_run(settings).success
    result = by_hand(settings, instance, ["star_days"], A, B)
    assert result.success
    assert metadata(result, "star_days", B)["dagster/partition_row_count"] == len(
        find_repository(simulator, B).star_days or table(settings, "star_days", B)
    )
