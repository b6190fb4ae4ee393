"""Which refreshes are queued or running, so that nobody starts a second one over the same."""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import dagster as dg

from repo_stats.jobs import PARTITION, RANGE_END, RANGE_START, REFRESH_REPO, REFRESH_WATCHLIST

RUNNING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

GIVEN_UP_AFTER = timedelta(hours=3)
"""A run that claims to run for longer was killed without a word, and holds up nothing."""

_REFRESHED = {dg.AssetKey("repo_metadata"), dg.AssetKey("open_issues")}


def find_running_refreshes(instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """The refreshes that are queued or running.

    A refresh is a run of one of the jobs, or one that somebody started from the assets' pages.
    """
    since = datetime.now(timezone.utc) - GIVEN_UP_AFTER
    records = instance.get_run_records(dg.RunsFilter(statuses=RUNNING, created_after=since))
    return [record.dagster_run for record in records if _is_refresh(record.dagster_run)]


def find_running_refresh(instance: dg.DagsterInstance) -> str | None:
    """The id of a refresh that is queued or running, or None."""
    runs = find_running_refreshes(instance)
    return runs[0].run_id if runs else None


def find_running_repos(instance: dg.DagsterInstance, watchlist: Sequence[str]) -> set[str]:
    """The repositories that are being refreshed."""
    runs = find_running_refreshes(instance)
    return {repo for run in runs for repo in repos_of_run(run, watchlist)}


def repos_of_run(run: dg.DagsterRun, watchlist: Sequence[str]) -> list[str]:
    """The repositories of the watchlist that a run is about, as its tags tell; all if none does."""
    if PARTITION in run.tags:
        return [repo for repo in watchlist if repo == run.tags[PARTITION]]
    try:
        first = watchlist.index(run.tags[RANGE_START])
        last = watchlist.index(run.tags[RANGE_END])
    except (KeyError, ValueError):
        return list(watchlist)
    return list(watchlist[first : last + 1])


def _is_refresh(run: dg.DagsterRun) -> bool:
    is_ours = run.job_name in (REFRESH_WATCHLIST, REFRESH_REPO)
    return is_ours or not _REFRESHED.isdisjoint(run.asset_selection or ())
