"""Which refreshes are queued or running, so that nobody starts a second one over the same."""

from collections.abc import Collection, Sequence, Set
from datetime import datetime, timedelta, timezone

import dagster as dg

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
"""A run that claims to run for longer was killed without a word, and holds up nothing."""


_REFRESHES = {REFRESH_WATCHLIST, REFRESH_REPO}


_REFRESHED = {dg.AssetKey("repo_metadata"), dg.AssetKey("open_issues")}


def find_running_refresh(instance: dg.DagsterInstance) -> str | None:
    """The id of a refresh that is queued or running, or None.

    A refresh is a run of one of the jobs, or one that somebody started from the assets' pages.
    """
    return _first_id(_find_running(instance, _REFRESHES, _REFRESHED))


def find_running_history(instance: dg.DagsterInstance) -> str | None:
    """The id of a run that brings all items up to date and is queued or running, or None."""
    return _first_id(_find_running(instance, {REFRESH_HISTORY}, {dg.AssetKey("issues")}))


def find_running_repos(instance: dg.DagsterInstance, watchlist: Sequence[str]) -> set[str]:
    """The repositories that are being refreshed."""
    runs = _find_running(instance, _REFRESHES, _REFRESHED)
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


def _find_running(
    instance: dg.DagsterInstance, jobs: Collection[str], assets: Set[dg.AssetKey]
) -> list[dg.DagsterRun]:
    """The runs of some jobs, or of some assets by hand, that are queued or running."""
    since = datetime.now(timezone.utc) - GIVEN_UP_AFTER
    records = instance.get_run_records(dg.RunsFilter(statuses=RUNNING, created_after=since))
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
"""Seconds until a refresh that came to nothing is asked for again: doubled each time."""


def wait_after(attempts: int) -> float:
    """Seconds until a refresh may be asked for again that was asked for so often, in vain."""
    doublings = min(attempts - 1, 10)  # more would be past any wait, and past what a float holds
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0**doublings) if attempts > 0 else 0.0


def request_refreshes(
    repos: Collection[str], watchlist: Sequence[str], reason: str, key: str
) -> list[dg.RunRequest]:
    """A run for each stretch of repositories that stand beside each other in the watchlist.

    The runs ask GitHub whatever the age of what is stored, conditionally.

    Args:
        repos: what to refresh.
        watchlist: all repositories, in their order.
        reason: why, for the run's tags.
        key: tells this request from all others: the same is carried out once only.
    """
    return [
        _request(stretch, reason, f"{key} {stretch[0]}") for stretch in _stretches(repos, watchlist)
    ]


def revalidation() -> dg.RunConfig:
    """The configuration of a run that asks again for everything, whatever its age."""
    return dg.RunConfig(resources={"refresh": {"config": {"revalidate": True}}})


def _request(stretch: Sequence[str], reason: str, key: str) -> dg.RunRequest:
    tags = {REPOSITORIES_TAG: name_repositories(stretch), REASON_TAG: reason}
    if len(stretch) == 1:
        return dg.RunRequest(
            key, revalidation(), tags, job_name=REFRESH_REPO, partition_key=stretch[0]
        )
    tags |= {RANGE_START: stretch[0], RANGE_END: stretch[-1]}
    return dg.RunRequest(key, revalidation(), tags, job_name=REFRESH_WATCHLIST)


def _stretches(repos: Collection[str], watchlist: Sequence[str]) -> list[list[str]]:
    stretches: list[list[str]] = []
    is_open = False
    for repo in watchlist:
        if repo in repos:
            if not is_open:
                stretches.append([])
            stretches[-1].append(repo)
        is_open = repo in repos
    return stretches
