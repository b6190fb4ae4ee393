"""Refreshes that are queued or running, and requests for new ones, so that none runs twice."""

from collections.abc import Collection, Sequence, Set
from datetime import datetime, timedelta, timezone
from itertools import groupby

import dagster as dg

from repo_stats.clock import MARGIN
from repo_stats.defs.jobs import (
    PARTITION,
    RANGE_END,
    RANGE_START,
    REFRESH_HISTORY,
    REFRESH_REPO,
    REFRESH_WATCHLIST,
    REPOSITORIES_TAG,
    name_repositories,
)

RUNNING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

GIVEN_UP_AFTER = timedelta(hours=3)
"""A run that seems to run for longer was probably killed, and blocks nothing. Neither does one that
seems to begin in the future: the clock was ahead then."""

_REFRESHES = {REFRESH_WATCHLIST, REFRESH_REPO}

_REFRESHED = {dg.AssetKey("repo_metadata"), dg.AssetKey("open_issues")}


def find_running_refresh(instance: dg.DagsterInstance) -> str | None:
    """The id of a refresh that is queued or running, or None.

    A refresh is a run of one of the jobs, or a run of its assets that somebody started by hand.
    """
    return _first_id(_find_running(instance, _REFRESHES, _REFRESHED))


def find_running_history(instance: dg.DagsterInstance) -> str | None:
    """The id of a run that refreshes all items and is queued or running, or None."""
    return _first_id(_find_running(instance, {REFRESH_HISTORY}, {dg.AssetKey("issues")}))


def find_running_repos(instance: dg.DagsterInstance, watchlist: Sequence[str]) -> set[str]:
    """The repositories that are being refreshed."""
    runs = _find_running(instance, _REFRESHES, _REFRESHED)
    return {repo for run in runs for repo in repos_of_run(run, watchlist)}


def repos_of_run(run: dg.DagsterRun, watchlist: Sequence[str]) -> list[str]:
    """The repositories of the watchlist that a run covers by its tags; all if it names none."""
    if PARTITION in run.tags:
        return [repo for repo in watchlist if repo == run.tags[PARTITION]]
    try:
        first = watchlist.index(run.tags[RANGE_START])
        last = watchlist.index(run.tags[RANGE_END])
    except (KeyError, ValueError):
        return list(watchlist)
    return list(watchlist[first : last + 1])


def _find_running(
    instance: dg.DagsterInstance, jobs: Collection[str], assets: Set[dg.AssetKey]
) -> list[dg.DagsterRun]:
    """The queued or running runs of some jobs, or of some assets by hand."""
    now = datetime.now(timezone.utc)
    recent = dg.RunsFilter(
        statuses=RUNNING,
        created_after=now - GIVEN_UP_AFTER,
        created_before=now + timedelta(seconds=MARGIN),
    )
    records = instance.get_run_records(recent)
    runs = [record.dagster_run for record in records]
    return [
        run
        for run in runs
        if run.job_name in jobs or not assets.isdisjoint(run.asset_selection or ())
    ]


def _first_id(runs: Sequence[dg.DagsterRun]) -> str | None:
    return runs[0].run_id if runs else None


REASON_TAG = "repo_stats/reason"

FIRST_WAIT, LONGEST_WAIT = 120.0, 3600.0
"""Seconds until a refresh that failed is requested again; the wait doubles each time."""


def wait_after(attempts: int) -> float:
    """Seconds until a refresh may be requested again, after so many requests without success."""
    doublings = min(attempts - 1, 10)  # past the longest wait already; 2.0**1024 would overflow
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0**doublings) if attempts > 0 else 0.0


def request_refreshes(
    repos: Collection[str], watchlist: Sequence[str], reason: str, key: str
) -> list[dg.RunRequest]:
    """Request as few runs as possible: one for each group of neighbours in the watchlist.

    The runs send conditional requests for everything, however fresh it is.

    Args:
        repos: what to refresh.
        watchlist: all repositories, in their order.
        reason: why, for the run's tags.
        key: identifies this request: Dagster starts a run with the same key only once.
    """
    groups = _group_neighbours(repos, watchlist)
    return [_request(group, reason, f"{key} {group[0]}") for group in groups]


def request_histories(
    repos: Collection[str], histories: Sequence[str], reason: str, key: str
) -> list[dg.RunRequest]:
    """Request as few runs as possible that read all items of repositories.

    Args:
        repos: what to read.
        histories: all repositories of which all items are kept, in their order.
        reason: why, for the run's tags.
        key: identifies this request: Dagster starts a run with the same key only once.
    """
    requests = []
    for group in _group_neighbours(repos, histories):
        tags = {REPOSITORIES_TAG: name_repositories(group), REASON_TAG: reason}
        if len(histories) > 1:  # otherwise the job's own tags name the only one
            tags |= {RANGE_START: group[0], RANGE_END: group[-1]}
        requests.append(dg.RunRequest(f"{key} {group[0]}", tags=tags, job_name=REFRESH_HISTORY))
    return requests


def revalidation() -> dg.RunConfig:
    """The configuration of a run that asks GitHub for everything again, however fresh it is."""
    return dg.RunConfig(resources={"refresh": {"config": {"revalidate": True}}})


def _request(group: Sequence[str], reason: str, key: str) -> dg.RunRequest:
    tags = {REPOSITORIES_TAG: name_repositories(group), REASON_TAG: reason}
    if len(group) == 1:
        return dg.RunRequest(
            key, revalidation(), tags, job_name=REFRESH_REPO, partition_key=group[0]
        )
    tags |= {RANGE_START: group[0], RANGE_END: group[-1]}
    return dg.RunRequest(key, revalidation(), tags, job_name=REFRESH_WATCHLIST)


def _group_neighbours(repos: Collection[str], watchlist: Sequence[str]) -> list[list[str]]:
    runs = groupby(watchlist, lambda repo: repo in repos)
    return [list(group) for is_wanted, group in runs if is_wanted]
