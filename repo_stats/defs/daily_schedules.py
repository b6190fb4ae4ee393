"""The schedules `daily_traffic` and `daily_downloads`: what GitHub is asked for once a day.

They tick every hour. So what a daemon has missed while it was off is read soon after it is on
again, and repositories that are new are read within the hour.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

import dagster as dg

from repo_stats.config.marks import Mark
from repo_stats.defs.cuts import Cut
from repo_stats.defs.jobs import JOBS_OF_MARKS
from repo_stats.defs.refresh_runs import find_running_marked, request_refreshes
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.warehouse.files import WarehouseError

_TASKS: Mapping[Mark, tuple[str, str]] = {
    "traffic": ("40 * * * *", "Takes a snapshot of views, clones, referrers and paths"),
    "downloads": ("50 * * * *", "Reads the counters of release assets"),
}
"""When each ticks, and what its runs do. Never when another schedule is due: see `schedules`."""

Requests = list[dg.RunRequest] | dg.SkipReason


def build_daily_reading(repos: Sequence[str], cut: Cut, mark: Mark) -> dg.ScheduleDefinition:
    """The schedule for a mark.

    Args:
        repos: the repositories with the mark.
        cut: how large a run may be.
        mark: `traffic` or `downloads`.
    """
    cron, task = _TASKS[mark]

    @dg.schedule(
        name=f"daily_{mark}",
        cron_schedule=cron,
        job_name=JOBS_OF_MARKS[mark],
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            f"{task} once a day (UTC), of the repositories with `{mark}: true` in the watchlist. "
            "It looks every hour for those that were not asked on the day yet."
        ),
    )
    def daily_reading(
        context: dg.ScheduleEvaluationContext, warehouse: WarehouseResource
    ) -> Requests:
        moment = context.scheduled_execution_time
        # A daemon may be late. What was read since the moment of the tick is not due again.
        now = max(moment, datetime.now(timezone.utc))
        try:
            due = warehouse.daily_reads(mark).find_ready(repos, now)
        except WarehouseError as error:
            return dg.SkipReason(str(error))
        running = find_running_marked(context.instance, mark, repos)
        free = [repo for repo in due if repo not in running]
        key, options = f"daily {mark} {moment:%Y-%m-%d %H:%M}", dg.RunConfig()
        requests = request_refreshes(
            free, repos, f"daily {mark}", key, cut=cut, job=JOBS_OF_MARKS[mark], config=options
        )
        return requests or dg.SkipReason(_describe_waiting(due))

    return daily_reading


def _describe_waiting(due: Sequence[str]) -> str:
    if due:
        return "Every repository that is due is being read."
    return "Every repository was asked today, or had no first refresh yet."
