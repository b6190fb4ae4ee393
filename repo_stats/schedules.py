"""The schedules: the safety nets beneath the sensors, never two refreshes at the same time."""

import dagster as dg

from repo_stats.jobs import REFRESH_WATCHLIST
from repo_stats.run_requests import revalidation
from repo_stats.running import find_running_refresh


def build_schedules() -> list[dg.ScheduleDefinition]:
    """The schedules, on as soon as there is a daemon."""

    @dg.schedule(
        cron_schedule="0 * * * *",
        job_name=REFRESH_WATCHLIST,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Refreshes the whole watchlist every hour; a refresh that is still running then is "
            "left to finish instead."
        ),
    )
    def hourly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        running = find_running_refresh(context.instance)
        if running is not None:
            return dg.SkipReason(f"Run {running} is still refreshing.")
        return dg.RunRequest()

    @dg.schedule(
        cron_schedule="*/10 3-5 * * *",
        job_name=REFRESH_WATCHLIST,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Asks GitHub once a night (from 3:00 UTC) for everything, however fresh: what did not "
            "change costs free conditional requests. If a refresh is running, it waits for its "
            "end."
        ),
    )
    def nightly_revalidation(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        running = find_running_refresh(context.instance)
        if running is not None:
            return dg.SkipReason(f"Run {running} is still refreshing; the next tick tries again.")
        night = f"revalidation {context.scheduled_execution_time:%Y-%m-%d}"
        return dg.RunRequest(run_key=night, run_config=revalidation())

    return [hourly_refresh, nightly_revalidation]
