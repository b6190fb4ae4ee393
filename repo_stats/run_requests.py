"""Asking Dagster to refresh some repositories, in as few runs as the watchlist's order allows."""

from collections.abc import Collection, Sequence

import dagster as dg

from repo_stats.jobs import (
    RANGE_END,
    RANGE_START,
    REFRESH_REPO,
    REFRESH_WATCHLIST,
    REPOSITORIES_TAG,
    name_repositories,
)

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
