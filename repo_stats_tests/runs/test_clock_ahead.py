"""A refresh under a clock that is ahead, and refreshes after the clock is right again."""

import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest
import time_machine

from repo_stats.metrics.stars import stars_growth
from repo_stats.report.charts import SEEN
from repo_stats.report.data import read_report
from repo_stats.simulator.changes import open_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import star
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.runs import messages, metadata, table

SHAPE = Shape("acme/rocket", 15, 9)

REPO = SHAPE.full_name

ITEMS = ("repo_metadata", "issues")
"""All items, and what they need."""


def right_now() -> float:
    """The time, however far the machine's clock is ahead."""
    hatch = time_machine.escape_hatch
    return hatch.time.time() if hatch.is_travelling() else time.time()


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    """A GitHub whose own clock is right."""
    return simulate(SHAPE, clock=right_now)


def let_something_happen(simulator: Simulator) -> None:
    """Ten more issues and seven more stars."""
    repository = find_repository(simulator, REPO)
    for _ in range(10):
        open_issue(repository, right_now())
    for _ in range(7):
        star(repository, right_now())


def failed_checks(result: dg.ExecuteInProcessResult) -> list[str]:
    return [each.check_name for each in result.get_asset_check_evaluations() if not each.passed]


def warnings(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> list[str]:
    return [text for text in messages(instance, result) if "this machine's clock" in text]


def test_after_a_clock_was_ahead_a_refresh_asks_again_and_every_number_goes_on(
    run: Run, simulator: Simulator, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    settings = settings_for(REPO)
    with time_machine.travel(datetime.now(timezone.utc) - timedelta(days=8)):
        assert run(settings).success
    let_something_happen(simulator)
    ahead = datetime.now(timezone.utc) + timedelta(days=2)
    with time_machine.travel(ahead):
        assert run(settings).success
    let_something_happen(simulator)

    result = run(settings)

    assert result.success
    assert failed_checks(result) == []
    [row] = table(settings, "repo_statistics", REPO).to_dict("records")
    assert (row["stars"], row["open_items"], row["is_exact"]) == (134, 35, True)
    assert row["snapshot_at"] <= datetime.now(timezone.utc)
    history = table(settings, "repo_history", REPO)
    assert history["stars"].tolist() == [120, 127, 134]
    assert stars_growth(row, to_arrow(REPO_HISTORY, history), None, 7) == 14
    now = datetime.now(timezone.utc)
    shown = read_report(Tables(Files(settings.warehouse)), REPO, None, now)
    assert [day["value"] for day in shown.stars if day["kind"] == SEEN] == [120, 134]
    [warning] = warnings(instance, result)
    assert f"Data of {REPO} was stored at {ahead:%Y-%m-%d %H:}" in warning
    assert f"clock ({datetime.now(timezone.utc):%Y-%m-%d %H:}" in warning
    simulator.log.clear()
    assert warnings(instance, run(settings)) == []
    assert simulator.log == []


@pytest.mark.parametrize(
    ("max_age", "force", "lost"), [("3600", True, None), long("0", False, "repo_metadata")]
)
def test_after_a_clock_was_a_year_ahead_force_and_a_maximum_age_of_0_ask_again(
    run: Run,
    simulator: Simulator,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    max_age: str,
    force: bool,
    lost: str | None,
) -> None:
    settings = settings_for(REPO, REPO_STATS_MAX_AGE=max_age)
    with time_machine.travel(datetime.now(timezone.utc) + timedelta(days=365)):
        assert run(settings).success
    let_something_happen(simulator)
    if lost is not None:  # then another step is the first to notice
        (Path(settings.warehouse) / lost / f"{REPO}.parquet").unlink()

    result = run(settings, force=force)

    assert failed_checks(result) == []
    [row] = table(settings, "repo_statistics", REPO).to_dict("records")
    assert (row["stars"], row["open_items"], row["is_exact"]) == (127, 25, True)
    assert table(settings, "repo_history", REPO)["stars"].tolist() == [120, 127]
    assert len(warnings(instance, result)) == 1


def test_after_a_clock_was_ahead_all_items_are_brought_up_to_date_again(
    run: Run, simulator: Simulator, settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    settings = settings_for(REPO, REPO_STATS_HISTORY=REPO)
    with time_machine.travel(datetime.now(timezone.utc) + timedelta(days=365)):
        assert run(settings, select=ITEMS).success
        assert run(settings, "refresh_history", select=ITEMS).success
    let_something_happen(simulator)

    result = run(settings, "refresh_history", select=ITEMS)

    ids = {issue["id"] for issue in find_repository(simulator, REPO).issues}
    assert set(table(settings, "issues", REPO)["id"]) == ids
    assert metadata(result, "issues", REPO)["read_as"] == "full revalidation"
    assert len(warnings(instance, result)) == 1
