"""The schedules. They refresh what the sensors miss, and no repository that is being refreshed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

import dagster as dg

from repo_stats.config.marks import Mark
from repo_stats.defs.cuts import Cut
from repo_stats.defs.daily_schedules import build_daily_reading
from repo_stats.defs.jobs import PUBLISH_DIGEST, REFRESH_HISTORY, REFRESH_WATCHLIST
from repo_stats.defs.refresh_runs import (
    find_requested,
    find_running_marked,
    find_running_repos,
    request_refreshes,
)

_NIGHT = "5-55/10 3-5 * * *"
"""Never at the full hour, when `hourly_refresh` is due: a daemon may evaluate schedules in threads,
and two schedules that are due at once do not see each other's runs."""

_AS_USUAL = dg.RunConfig()
"""The configuration of runs that send no requests for what is fresh."""

Requests = list[dg.RunRequest] | dg.SkipReason


def build_schedules(
    watchlist: Sequence[str],
    marked: Mapping[Mark, Sequence[str]],
    cut: Cut,
    *,
    posts_digest: bool = False,
) -> list[dg.ScheduleDefinition]:
    """The schedules. They are on as soon as the daemon runs, the last one if it can post.

    Args:
        watchlist: the repositories.
        marked: those with each mark of the watchlist.
        cut: how large a run may be.
        posts_digest: whether there is a webhook to post digests to.
    """
    build: Mapping[Mark, Callable[[Sequence[str], Cut], dg.ScheduleDefinition]] = {
        "history": _build_history_refresh,
        "traffic": partial(build_daily_reading, mark="traffic"),
        "downloads": partial(build_daily_reading, mark="downloads"),
    }
    return [
        _build_hourly_refresh(watchlist, cut),
        _build_revalidation(watchlist, cut),
        *(build[mark](repos, cut) for mark, repos in marked.items() if repos),
        _build_digest(is_on=posts_digest),
    ]


def _build_hourly_refresh(watchlist: Sequence[str], cut: Cut) -> dg.ScheduleDefinition:
    @dg.schedule(
        cron_schedule="0 * * * *",
        job_name=REFRESH_WATCHLIST,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Refreshes the whole watchlist every hour, but no repository that is being refreshed."
        ),
    )
    def hourly_refresh(context: dg.ScheduleEvaluationContext) -> Requests:
        free = _without(watchlist, find_running_repos(context.instance, watchlist))
        key = f"hourly {context.scheduled_execution_time:%Y-%m-%d %H:%M}"
        return _or_skip(
            request_refreshes(free, watchlist, "hourly refresh", key, cut=cut, config=_AS_USUAL)
        )

    return hourly_refresh


def _build_revalidation(watchlist: Sequence[str], cut: Cut) -> dg.ScheduleDefinition:
    @dg.schedule(
        cron_schedule=_NIGHT,
        job_name=REFRESH_WATCHLIST,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Requests everything from GitHub once a night (from 3:05 UTC), however fresh it is. "
            "With a token, what did not change is free. A repository that is being refreshed has "
            "its turn ten minutes later, until 5:55 UTC."
        ),
    )
    def nightly_revalidation(context: dg.ScheduleEvaluationContext) -> Requests:
        time = context.scheduled_execution_time
        night = f"revalidation {time:%Y-%m-%d}"
        left = _without(watchlist, find_requested(context.instance, watchlist, night))
        if not left:
            return dg.SkipReason("Every repository was revalidated this night.")
        free = _without(left, find_running_repos(context.instance, watchlist))
        key = f"{night} {time:%H:%M}"
        return _or_skip(request_refreshes(free, watchlist, night, key, cut=cut))

    return nightly_revalidation


def _build_history_refresh(history_repos: Sequence[str], cut: Cut) -> dg.ScheduleDefinition:
    @dg.schedule(
        cron_schedule="30 * * * *",
        job_name=REFRESH_HISTORY,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Refreshes all items, open or not, every hour, for the repositories with `history: "
            "true` in the watchlist, but for none whose items are being refreshed."
        ),
    )
    def hourly_history_refresh(context: dg.ScheduleEvaluationContext) -> Requests:
        free = _without(
            history_repos, find_running_marked(context.instance, "history", history_repos)
        )
        return _or_skip(
            request_refreshes(
                free,
                history_repos,
                "hourly refresh of all items",
                f"history {context.scheduled_execution_time:%Y-%m-%d %H:%M}",
                cut=cut,
                job=REFRESH_HISTORY,
                config=_AS_USUAL,
            )
        )

    return hourly_history_refresh


def _build_digest(*, is_on: bool) -> dg.ScheduleDefinition:
    status = dg.DefaultScheduleStatus
    return dg.ScheduleDefinition(
        name="weekly_digest",
        cron_schedule="15 6 * * 1",
        job_name=PUBLISH_DIGEST,
        default_status=status.RUNNING if is_on else status.STOPPED,
        description=(
            "Posts what changed in the last week, on Mondays at 6:15 UTC. It is off as long as "
            "there is no webhook (REPO_STATS_WEBHOOK_URL)."
        ),
    )


def _without(repos: Sequence[str], others: Collection[str]) -> list[str]:
    return [repo for repo in repos if repo not in others]


def _or_skip(requests: list[dg.RunRequest]) -> Requests:
    """The requests, or why there are none."""
    return requests or dg.SkipReason("Every repository is being refreshed already.")
