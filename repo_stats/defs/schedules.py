"""The schedules: the safety nets beneath the sensors, never two refreshes at the same time."""

import dagster as dg

from repo_stats.defs.jobs import REFRESH_HISTORY, REFRESH_WATCHLIST
from repo_stats.defs.refresh_runs import find_running_history, find_running_refresh, revalidation

_NIGHT = "5-55/10 3-5 * * *"
"""Never at the full hour: where a daemon evaluates schedules in threads, those of the same moment
do not see each other's runs."""


def build_schedules(*, has_history: bool = False) -> list[dg.ScheduleDefinition]:
    """The schedules, on as soon as there is a daemon.

    Args:
        has_history: whether there are repositories of which all items are kept.
    """

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
        return _skip_beside(find_running_refresh(context.instance)) or dg.RunRequest()

    @dg.schedule(
        cron_schedule=_NIGHT,
        job_name=REFRESH_WATCHLIST,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Asks GitHub once a night (from 3:05 UTC) for everything, however fresh: what did not "
            "change costs free conditional requests. If a refresh is running, it waits for its "
            "end."
        ),
    )
    def nightly_revalidation(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        night = f"revalidation {context.scheduled_execution_time:%Y-%m-%d}"
        return _skip_beside(find_running_refresh(context.instance)) or dg.RunRequest(
            run_key=night, run_config=revalidation()
        )

    @dg.schedule(
        cron_schedule="30 * * * *",
        job_name=REFRESH_HISTORY,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Brings all items of the repositories with history up to date every hour; a run that "
            "is still at it then is left to finish instead."
        ),
    )
    def hourly_history_refresh(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        return _skip_beside(find_running_history(context.instance)) or dg.RunRequest()

    history = [hourly_history_refresh] if has_history else []
    return [hourly_refresh, nightly_revalidation, *history]


def _skip_beside(running: str | None) -> dg.SkipReason | None:
    """Why to start nothing, if there is a run that does the same already."""
    return None if running is None else dg.SkipReason(f"Run {running} is still refreshing.")
