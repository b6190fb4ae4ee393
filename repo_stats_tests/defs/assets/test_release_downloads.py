"""The asset `release_downloads`: what is read once a day, and a counter that falls."""

from pathlib import Path

import pytest

from repo_stats.config.settings import Settings
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import checks, findings, materialisations, table

ONE, TWO = "acme/one", "acme/two"


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    return simulate(Shape(ONE, 3, 2), Shape(TWO, 3, 2))


@pytest.fixture
def settings(settings_for: SettingsFor, simulator: Simulator, first_run: Run) -> Settings:
    settings = settings_for(ONE, TWO, REPO_STATS_DOWNLOADS=f"{ONE},{TWO}")
    assert first_run(settings).success
    simulator.log.clear()
    return settings


def forget_that_it_was_asked(settings: Settings) -> None:
    (Path(settings.warehouse) / "daily_reads" / "downloads.json").unlink()


def test_counters_are_read_once_a_day_and_only_what_changed_is_stored_and_recorded(
    run: Run, settings: Settings, simulator: Simulator
) -> None:
    first = run(settings, "refresh_downloads")
    assert first.success
    assert len(simulator.log) == 2
    assert set(materialisations(first, "release_downloads")) == {ONE, TWO}
    assert len(table(settings, "release_downloads", ONE)) == 6
    assert checks(first) == {
        "release_downloads.refreshed": True,
        "release_downloads.counters_never_fall": True,
    }
    assert run(settings, "refresh_downloads").success
    assert len(simulator.log) == 2
    before = {
        path: path.read_bytes() for path in Path(settings.warehouse).rglob("release_downloads/*/*")
    }
    find_repository(simulator, TWO).releases[0]["assets"][0]["download_count"] += 50
    forget_that_it_was_asked(settings)
    second = run(settings, "refresh_downloads")
    assert set(materialisations(second, "release_downloads")) == {TWO}
    changed = [path.name for path, content in before.items() if path.read_bytes() != content]
    assert changed == ["two.parquet"]


def test_a_falling_counter_fails_the_check_of_its_repository_only(
    run: Run, settings: Settings, simulator: Simulator
) -> None:
    for name in (ONE, TWO):
        find_repository(simulator, name).releases[0]["assets"][0]["download_count"] = 9_000
    assert run(settings, "refresh_downloads").success
    stored = table(settings, "release_downloads", ONE)
    find_repository(simulator, ONE).releases[0]["assets"][0]["download_count"] = 10
    forget_that_it_was_asked(settings)
    result = run(settings, "refresh_downloads")
    assert result.success
    told = findings(result, "release_downloads.counters_never_fall")
    number, count = stored["asset_id"].iloc[0], stored["downloads"].iloc[0]
    assert set(told) == {ONE}
    assert told[ONE] == (
        f"The downloads of v1.2.0-linux-x86_64.tar.gz (asset {number} of v1.2.0) of acme/one fell "
        f"from {count} to {count - 8_990}, which no counter does; the lower count is not stored."
    )
    assert table(settings, "release_downloads", ONE).equals(stored)
