"""The schedules: which there are, what a tick requests, and when it requests nothing."""

from datetime import datetime, timezone
from typing import Any

import dagster as dg
import pytest

from repo_stats.definitions import build_defs
from repo_stats_tests.helpers.fixture_types import SettingsFor


def schedules_of(defs: dg.Definitions) -> dict[str, dg.ScheduleDefinition]:
    schedules = {}
    for schedule in defs.schedules or []:
        assert isinstance(schedule, dg.ScheduleDefinition)
        schedules[schedule.name] = schedule
    return schedules


def test_the_schedules_are_there_with_their_descriptions(defs: dg.Definitions) -> None:
    schedules = schedules_of(defs)
    assert schedules["hourly_refresh"].cron_schedule == "0 * * * *"
    assert schedules["nightly_revalidation"].cron_schedule == "5-55/10 3-5 * * *"
    assert schedules["hourly_pruning"].cron_schedule == "20 * * * *"
    assert schedules["hourly_pruning"].job_name == "prune_runs"
    assert {s.default_status for s in schedules.values()} == {dg.DefaultScheduleStatus.RUNNING}
    assert all(schedule.description for schedule in schedules.values())


def tick(defs: dg.Definitions, instance: dg.DagsterInstance, name: str = "hourly_refresh") -> Any:
    schedule = schedules_of(defs)[name]
    night = datetime(2026, 9, 1, 3, 10, tzinfo=timezone.utc)
    with dg.build_schedule_context(instance, scheduled_execution_time=night) as context:
        return schedule.evaluate_tick(context)


def test_a_tick_requests_a_run_of_the_whole_watchlist(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    [request] = tick(defs, kept_instance).run_requests
    assert request.partition_key is None


@pytest.mark.parametrize("job", ["refresh_watchlist", "refresh_repo"])
@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_a_tick_during_a_refresh_starts_no_second_one(
    defs: dg.Definitions,
    kept_instance: dg.DagsterInstance,
    job: str,
    status: dg.DagsterRunStatus,
) -> None:
    run = kept_instance.create_run_for_job(defs.resolve_job_def(job), status=status)
    skipped = tick(defs, kept_instance)
    assert skipped.run_requests == []
    assert run.run_id in skipped.skip_message


def test_all_ticks_of_a_night_request_the_same_revalidation(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    [request] = tick(defs, kept_instance, "nightly_revalidation").run_requests
    [again] = tick(defs, kept_instance, "nightly_revalidation").run_requests
    assert request.run_key == again.run_key
    assert request.run_config["resources"] == {"refresh": {"config": {"revalidate": True}}}


def test_all_items_are_refreshed_unless_they_are_being_refreshed(
    settings_for: SettingsFor, kept_instance: dg.DagsterInstance
) -> None:
    defs = build_defs(settings_for("a/b", "c/d", REPO_STATS_HISTORY="a/b"))
    assert len(tick(defs, kept_instance, "hourly_history_refresh").run_requests) == 1
    run = kept_instance.create_run_for_job(
        defs.resolve_job_def("refresh_history"), status=dg.DagsterRunStatus.STARTED
    )
    skipped = tick(defs, kept_instance, "hourly_history_refresh")
    assert skipped.run_requests == []
    assert skipped.skip_message == f"Run {run.run_id} is still refreshing."
    assert len(tick(defs, kept_instance).run_requests) == 1
