"""Polls repositories for activity: one conditional request for the newest item of each.

The request puts the item that was updated last first, so any change to an issue or pull request
shows. Only the deletion or transfer of another item goes unnoticed.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from repo_stats.github.client import GitHubClient
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import (
    AccessError,
    GitHubError,
    GoneError,
    LoneLimitError,
    PermanentError,
    RateLimitedError,
    TransientError,
    to_github_error,
)
from repo_stats.github.fields import FieldError, read_number, read_time

POLL_TIMEOUT = 10.0
"""Seconds that polling one repository may take, retries included, so that it delays no other."""

REST_SECONDS = 3600.0
"""Seconds until a repository that cannot be read is polled again: GitHub charges each refusal."""

SHORT_REST_SECONDS = 300.0
"""The same of a repository that a limit stopped while others were answered."""


@dataclass(frozen=True)
class ActivityState:
    """The newest item of a repository when it was last polled, and what was done about changes.

    Times are seconds since the epoch.

    Attributes:
        newest: the item's number and when it was updated; empty if there is no item.
        etag: the validator to poll again with.
        token_id: fingerprint of the token that the validator belongs to.
        polled_at: when the repository was last polled.
        changed_at: when the latest change was noticed; None if a refresh has read it since.
        requested_at: when a refresh was last requested; 0 if never.
        requests: how many refreshes were requested for the change, none of which has read it yet.
        rests_until: when the repository may be polled again; 0 for at any time.
    """

    newest: str
    etag: str | None
    token_id: str | None
    polled_at: float
    changed_at: float | None = None
    requested_at: float = 0.0
    requests: int = 0
    rests_until: float = 0.0


@dataclass(frozen=True)
class PollResult:
    """The result of polling repositories.

    Attributes:
        states: the new states of the repositories that were polled.
        errors: why some cannot be polled.
        refusal: why no more could be polled; None if all were.
    """

    states: Mapping[str, ActivityState]
    errors: Mapping[str, GitHubError]
    refusal: GitHubError | None = None


async def poll_repositories(
    client: GitHubClient,
    repos: Mapping[str, int],
    known: Mapping[str, ActivityState],
    clock: Callable[[], float],
    until: float,
) -> PollResult:
    """Request the newest item of each repository.

    Args:
        client: the API.
        repos: GitHub's number of each repository, in the order to poll them.
        known: the states from before. A repository without one counts as changed.
        clock: gives the time in seconds since the epoch.
        until: when to stop polling further repositories, by the clock.
    """
    states: dict[str, ActivityState] = {}

    async def poll(repo: str) -> None:
        now, before = clock(), known.get(repo)
        if now >= until:
            return
        try:
            states[repo] = await _poll_in_time(client, repo, repos[repo], before, now)
        except (RateLimitedError, AccessError):
            # These say nothing about the repository, so its state stays as it is.
            raise
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - one repository must not stop the others
            failure = to_github_error(error, repo)
            states[repo] = _after_failure(before, failure, now)
            # Disabled issues are no error: there is nothing to watch.
            if not isinstance(failure, GoneError):
                raise failure  # noqa: B904 - it keeps its cause

    try:
        _, errors = await run_bounded(client.in_flight, list(repos), poll, lambda repo: repo)
    except (RateLimitedError, AccessError) as error:
        return PollResult(states, {}, error)
    return PollResult(states, errors)


def _after_failure(before: ActivityState | None, error: GitHubError, now: float) -> ActivityState:
    state = before or ActivityState("", None, None, now)
    rests_until = now + _rest_after(error) if isinstance(error, PermanentError) else 0.0
    return replace(state, polled_at=now, rests_until=rests_until)


def _rest_after(error: PermanentError) -> float:
    return SHORT_REST_SECONDS if isinstance(error, LoneLimitError) else REST_SECONDS


async def _poll_in_time(
    client: GitHubClient, repo: str, repo_id: int, before: ActivityState | None, now: float
) -> ActivityState:
    try:
        polling = _poll(client, repo, repo_id, before, now)
        return await asyncio.wait_for(polling, POLL_TIMEOUT)
    except asyncio.TimeoutError:
        raise TransientError(
            f"GitHub took more than {POLL_TIMEOUT:.0f} s to answer for {repo}; "
            "the next poll tries again."
        ) from None


async def _poll(
    client: GitHubClient, repo: str, repo_id: int, before: ActivityState | None, now: float
) -> ActivityState:
    url = (
        f"{client.api_url}/repositories/{repo_id}/issues"
        "?state=all&sort=updated&direction=desc&per_page=1"
    )
    etag, owner = (before.etag, before.token_id) if before else (None, None)
    response = await client.get(url, repo=repo, shape=list, etag=etag, etag_owner=owner)
    if response.body is None and before is not None:
        return replace(before, polled_at=now, rests_until=0.0)
    newest = _describe_newest(response.body, repo)
    state = before or ActivityState(newest, None, None, now, changed_at=now)
    is_new = newest != state.newest
    return replace(
        state,
        newest=newest,
        etag=response.etag,
        token_id=response.token_id,
        polled_at=now,
        changed_at=now if is_new else state.changed_at,
        rests_until=0.0,
    )


def _describe_newest(items: Sequence[Any], repo: str) -> str:
    """The number of the newest item, and when it was updated; empty if there is no item."""
    if not items:
        return ""
    try:
        read_time(items[0], "updated_at")
        return f"{read_number(items[0], 'number', least=1)} {items[0]['updated_at']}"
    except (FieldError, TypeError) as error:
        raise TransientError(
            f"GitHub's newest item of {repo} is not an issue ({error}); the next poll tries again."
        ) from error
