"""The schedule: the whole watchlist once an hour, never twice at the same time."""

from datetime import datetime, timedelta, timezone

import dagster as dg

from repo_stats.jobs import REFRESH_HISTORY, REFRESH_REPO, REFRESH_WATCHLIST

RUNNING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

_REFRESHED = {dg.AssetKey("repo_metadata"), dg.AssetKey("open_issues")}

GIVEN_UP_AFTER = timedelta(hours=3)
"""A run that claims to run for longer was killed without a word, and holds up nothing."""


def build_schedules(*, has_history: bool = False) -> list[dg.ScheduleDefinition]:
    """The schedules, switched off until somebody switches them on."""

    @dg.schedule(
        cron_schedule="0 * * * *",
        job_name=REFRESH_WATCHLIST,
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
        cron_schedule="30 * * * *",
        job_name=REFRESH_HISTORY,
        description=(
            "Refreshes the history of those repositories whose history is kept every hour; a "
            "refresh of it that is still running then is left to finish instead."
        ),
    )
    def hourly_history_refresh(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        running = _find_running(context.instance, {REFRESH_HISTORY}, {dg.AssetKey("issues")})
        if running is not None:
            return dg.SkipReason(f"Run {running} is still refreshing.")
        return dg.RunRequest()

    return [hourly_refresh, hourly_history_refresh] if has_history else [hourly_refresh]


def find_running_refresh(instance: dg.DagsterInstance) -> str | None:
    """The id of a refresh that is queued or running, or None.

    A refresh is a run of one of the jobs, or one that somebody started from the assets' pages.
    """
    return _find_running(instance, {REFRESH_WATCHLIST, REFRESH_REPO}, _REFRESHED)


def _find_running(
    instance: dg.DagsterInstance, jobs: set[str], assets: set[dg.AssetKey]
) -> str | None:
    since = datetime.now(timezone.utc) - GIVEN_UP_AFTER
    for record in instance.get_run_records(dg.RunsFilter(statuses=RUNNING, created_after=since)):
        run = record.dagster_run
        is_ours = run.job_name in jobs
        if is_ours or not assets.isdisjoint(run.asset_selection or ()):
            return run.run_id
    return None
