"""The schedules. They refresh what the sensors miss, and start nothing that is already running."""

import dagster as dg

from repo_stats.defs.jobs import REFRESH_HISTORY, REFRESH_WATCHLIST
from repo_stats.defs.refresh_runs import find_running_history, find_running_refresh, revalidation

_NIGHT = "5-55/10 3-5 * * *"
"""Never at the full hour, when `hourly_refresh` is due: a daemon may evaluate schedules in threads,
and two schedules that are due at once do not see each other's runs."""


@dg.schedule(
    cron_schedule="0 * * * *",
    job_name=REFRESH_WATCHLIST,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Refreshes the whole watchlist every hour. It starts nothing while a refresh is running."
    ),
)
def hourly_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Refresh the watchlist, unless a refresh is running."""
    return _skip_if_running(find_running_refresh(context.instance)) or dg.RunRequest()


@dg.schedule(
    cron_schedule=_NIGHT,
    job_name=REFRESH_WATCHLIST,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Requests everything from GitHub once a night (from 3:05 UTC), however fresh it is. With a "
        "token, what did not change is free. If a refresh is running, it tries again every ten "
        "minutes until 5:55 UTC."
    ),
)
def nightly_revalidation(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Request everything from GitHub, once a night, unless a refresh is running."""
    night = f"revalidation {context.scheduled_execution_time:%Y-%m-%d}"
    return _skip_if_running(find_running_refresh(context.instance)) or dg.RunRequest(
        run_key=night, run_config=revalidation()
    )


@dg.schedule(
    cron_schedule="30 * * * *",
    job_name=REFRESH_HISTORY,
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description=(
        "Refreshes all items, open or not, every hour, for the repositories with `history: true` "
        "in the watchlist. It starts nothing while such a refresh is running."
    ),
)
def hourly_history_refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Refresh all items, unless such a refresh is running."""
    return _skip_if_running(find_running_history(context.instance)) or dg.RunRequest()


def build_schedules(*, has_history: bool = False) -> list[dg.ScheduleDefinition]:
    """The schedules. They are on as soon as the daemon runs.

    Args:
        has_history: whether there are repositories of which all items are kept.
    """
    history = [hourly_history_refresh] if has_history else []
    return [hourly_refresh, nightly_revalidation, *history]


def _skip_if_running(run_id: str | None) -> dg.SkipReason | None:
    """Why to start nothing, if a run already does the same."""
    return None if run_id is None else dg.SkipReason(f"Run {run_id} is still refreshing.")
