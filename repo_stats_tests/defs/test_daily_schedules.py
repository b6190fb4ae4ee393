"""The schedules of what is read once a day: whom a tick asks, and when it asks nobody."""

from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg
import pytest

from repo_stats.config.marks import Mark
from repo_stats.config.settings import Settings
from repo_stats.definitions import build_defs
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.warehouse.daily_reads import DailyReads
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.deployment import requested
from repo_stats_tests.helpers.fixture_types import SettingsFor

REPOS = ("a/b", "c/d", "e/f", "g/h")

TOMORROW = datetime.now(timezone.utc) + timedelta(days=1)


@pytest.fixture
def settings(settings_for: SettingsFor) -> Settings:
    """Four repositories, of which the first three are marked and were refreshed before."""
    marked = ",".join(REPOS[:3])
    settings = settings_for(*REPOS, REPO_STATS_TRAFFIC=marked, REPO_STATS_DOWNLOADS=marked)
    for repo in REPOS:
        Files(settings.warehouse).write(f"repo_metadata/{repo}.parquet", b"")
    return settings


def tick(settings: Settings, instance: dg.DagsterInstance, mark: str) -> Any:
    defs = build_defs(settings)
    [schedule] = [s for s in defs.schedules or [] if s.name == f"daily_{mark}"]
    assert isinstance(schedule, dg.ScheduleDefinition)
    with dg.build_schedule_context(
        instance,
        scheduled_execution_time=TOMORROW,
        repository_def=defs.get_repository_def(),
        resources={"warehouse": WarehouseResource(root=settings.warehouse)},
    ) as context:
        return schedule.evaluate_tick(context)


@pytest.mark.parametrize("mark", ["traffic", "downloads"])
def test_a_tick_asks_those_that_were_not_asked_on_the_day(
    settings: Settings, kept_instance: dg.DagsterInstance, mark: Mark
) -> None:
    defs, files = build_defs(settings), Files(settings.warehouse)
    job, reads = f"refresh_{mark}", DailyReads(files, mark)
    assert requested(tick(settings, kept_instance, mark).run_requests) == [(job, "a/b...e/f")]
    reads.record(["c/d"], TOMORROW - timedelta(minutes=5))
    requests = tick(settings, kept_instance, mark).run_requests
    assert requested(requests) == [(job, "a/b"), (job, "e/f")]
    assert requests[0].tags["repo_stats/reason"] == f"daily {mark}"
    files.delete("repo_metadata/a/b.parquet")
    assert requested(tick(settings, kept_instance, mark).run_requests) == [(job, "e/f")]
    kept_instance.create_run_for_job(
        defs.resolve_job_def(job),
        status=dg.DagsterRunStatus.STARTED,
        tags={"dagster/partition": "e/f"},
    )
    assert tick(settings, kept_instance, mark).skip_message == (
        "Every repository that is due is being read."
    )
    reads.record(REPOS, TOMORROW)
    assert tick(settings, kept_instance, mark).skip_message == (
        "Every repository was asked today, or had no first refresh yet."
    )


def test_a_tick_that_cannot_read_when_they_were_asked_says_why(
    settings: Settings, kept_instance: dg.DagsterInstance
) -> None:
    path = Files(settings.warehouse).uri("daily_reads/traffic.json")
    Files(path).write("in_the_way", b"")
    skipped = tick(settings, kept_instance, "traffic")
    assert skipped.run_requests == []
    assert str(skipped.skip_message).startswith(f"{path} cannot be read")
