"""The schedules: which there are, what a tick requests, and when it requests nothing."""

from datetime import datetime, timezone
from typing import Any

import dagster as dg
import pytest

from repo_stats.definitions import build_defs
from repo_stats_tests.helpers.deployment import requested
from repo_stats_tests.helpers.fixture_types import SettingsFor


def schedules_of(defs: dg.Definitions) -> dict[str, dg.ScheduleDefinition]:
    schedules = {}
    for schedule in defs.schedules or []:
        assert isinstance(schedule, dg.ScheduleDefinition)
        schedules[schedule.name] = schedule
    return schedules


def test_the_schedules_are_there_with_their_descriptions(defs: dg.Definitions) -> None:
    schedules = schedules_of(defs)
    assert {name: (each.job_name, each.cron_schedule) for name, each in schedules.items()} == {
        "hourly_refresh": ("refresh_watchlist", "0 * * * *"),
        "nightly_revalidation": ("refresh_watchlist", "5-55/10 3-5 * * *"),
        "weekly_digest": ("publish_digest", "15 6 * * 1"),
        "hourly_pruning": ("prune_runs", "20 * * * *"),
    }
    running = dg.DefaultScheduleStatus.RUNNING
    assert [name for name, each in schedules.items() if each.default_status != running] == [
        "weekly_digest"
    ]
    assert [name for name, schedule in schedules.items() if not schedule.description] == []


def test_digests_are_posted_by_themselves_if_there_is_a_webhook(
    settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPO_STATS_WEBHOOK_URL", "https://hooks.example/secret")
    schedules = schedules_of(build_defs(settings_for("a/b")))
    assert schedules["weekly_digest"].default_status == dg.DefaultScheduleStatus.RUNNING


def tick(defs: dg.Definitions, instance: dg.DagsterInstance, name: str = "hourly_refresh") -> Any:
    schedule = schedules_of(defs)[name]
    night = datetime(2026, 9, 1, 3, 10, tzinfo=timezone.utc)
    with dg.build_schedule_context(
        instance, scheduled_execution_time=night, repository_def=defs.get_repository_def()
    ) as context:
        return schedule.evaluate_tick(context)


def start(
    defs: dg.Definitions, instance: dg.DagsterInstance, job: str, tags: dict[str, str]
) -> None:
    instance.create_run_for_job(
        defs.resolve_job_def(job), status=dg.DagsterRunStatus.STARTED, tags=tags
    )


def test_a_tick_requests_a_run_of_the_whole_watchlist(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    requests = tick(defs, kept_instance).run_requests
    assert requested(requests) == [("refresh_watchlist", "a/b...e/f")]
    assert not requests[0].run_config["resources"]
    assert requests[0].tags["repo_stats/reason"] == "hourly refresh"


RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")


@pytest.mark.parametrize(
    ("job", "tags", "others"),
    [
        ("refresh_repo", {"dagster/partition": "c/d"}, ["a/b", "e/f"]),
        ("refresh_watchlist", {"dagster/partition": "a/b"}, ["c/d...e/f"]),
        ("refresh_watchlist", dict(zip(RANGE, ("c/d", "e/f"), strict=True)), ["a/b"]),
        ("refresh_watchlist", {"dagster/partition": "no/longer"}, ["a/b...e/f"]),
        ("refresh_history", {}, ["a/b...e/f"]),
    ],
)
def test_beside_a_running_refresh_the_other_repositories_are_refreshed(
    settings_for: SettingsFor,
    kept_instance: dg.DagsterInstance,
    job: str,
    tags: dict[str, str],
    others: list[str],
) -> None:
    defs = build_defs(settings_for("a/b", "c/d", "e/f", REPO_STATS_HISTORY="c/d"))
    start(defs, kept_instance, job, tags)
    for schedule in ("hourly_refresh", "nightly_revalidation"):
        requests = tick(defs, kept_instance, schedule).run_requests
        assert requested(requests) == [("refresh_watchlist", picked) for picked in others]


def test_beside_a_refresh_of_all_repositories_none_is_started(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    start(defs, kept_instance, "refresh_watchlist", {})
    for schedule in ("hourly_refresh", "nightly_revalidation"):
        skipped = tick(defs, kept_instance, schedule)
        assert skipped.run_requests == []
        assert skipped.skip_message == "Every repository is being refreshed already."


def test_each_repository_is_revalidated_once_a_night(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    start(defs, kept_instance, "refresh_repo", {"dagster/partition": "c/d"})
    requests = tick(defs, kept_instance, "nightly_revalidation").run_requests
    assert requested(requests) == [("refresh_watchlist", "a/b"), ("refresh_watchlist", "e/f")]
    assert requests[0].run_config["resources"] == {"refresh": {"config": {"revalidate": True}}}
    for request in requests:
        kept_instance.create_run_for_job(
            defs.resolve_job_def("refresh_watchlist"),
            status=dg.DagsterRunStatus.SUCCESS,
            tags=request.tags,
        )
    skipped = tick(defs, kept_instance, "nightly_revalidation")
    assert skipped.skip_message == "Every repository is being refreshed already."
    [run] = kept_instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
    kept_instance.report_run_canceled(run)
    requests = tick(defs, kept_instance, "nightly_revalidation").run_requests
    assert requested(requests) == [("refresh_watchlist", "c/d")]


def test_all_items_are_refreshed_unless_they_are_being_refreshed(
    settings_for: SettingsFor, kept_instance: dg.DagsterInstance
) -> None:
    defs = build_defs(settings_for("a/b", "c/d", "e/f", REPO_STATS_HISTORY="a/b,e/f"))
    requests = tick(defs, kept_instance, "hourly_history_refresh").run_requests
    assert requested(requests) == [("refresh_history", "a/b...e/f")]
    start(defs, kept_instance, "refresh_history", {"dagster/partition": "e/f"})
    requests = tick(defs, kept_instance, "hourly_history_refresh").run_requests
    assert requested(requests) == [("refresh_history", "a/b")]
    start(defs, kept_instance, "refresh_history", {})
    assert tick(defs, kept_instance, "hourly_history_refresh").run_requests == []
    assert requested(tick(defs, kept_instance).run_requests) == [("refresh_watchlist", "a/b...e/f")]
