"""Files that exist and cannot be read, as on a broken disk: they hold up no other repository."""

from pathlib import Path

import dagster as dg
import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.warehouse.stale import REFRESH_FAILURES
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.runs import NUMBERS, failure, findings, messages, table

GOOD, BAD = Shape("acme/good", 30, 4), Shape("acme/bad", 20, 5)


def test_numbers_of_another_repository_that_cannot_be_read_are_named_and_hold_up_nothing(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(GOOD)
    settings = settings_for(GOOD.full_name, BAD.full_name)
    unreadable = Path(settings.warehouse) / f"repo_statistics/{BAD.full_name}.parquet"
    unreadable.mkdir(parents=True)
    result = run(settings, "refresh_repo", partition_key=GOOD.full_name, select=NUMBERS)
    assert result.success
    assert findings(result, "repo_statistics.recent") == {
        BAD.full_name: f"{unreadable} cannot be read (Is a directory)."
    }


@pytest.mark.parametrize(
    "path",
    [
        long(f"repo_metadata/{BAD.full_name}.parquet"),
        f"issue_pages/{BAD.full_name}/0001.parquet",
        f"open_issues/{BAD.full_name}.parquet",
        long(f"issues_per_user/{BAD.full_name}.parquet"),
        f"repo_statistics/{BAD.full_name}.parquet",
    ],
)
def test_a_file_that_cannot_be_read_leaves_one_repository_stale(
    run: Run,
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    path: str,
) -> None:
    simulate(GOOD, BAD)
    settings = settings_for(GOOD.full_name, BAD.full_name)
    unreadable = Path(settings.warehouse) / path
    unreadable.mkdir(parents=True)
    result = run(settings, select=NUMBERS)
    assert result.success
    assert len(table(settings, "repo_statistics", GOOD.full_name)) == 1
    reason = f"{BAD.full_name} is left as it was: {unreadable} cannot be "
    assert any(line.startswith(reason) for line in messages(instance, result))


def test_failures_that_cannot_be_read_end_a_run_in_one_sentence(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulate(GOOD)
    settings = settings_for(GOOD.full_name)
    unreadable = Path(settings.warehouse) / REFRESH_FAILURES / f"{GOOD.full_name}.json"
    unreadable.mkdir(parents=True)
    result = run(settings)
    assert failure(result).startswith(f"{unreadable} cannot be read")
    assert not any(event.is_step_up_for_retry for event in result.all_events)
