"""Noticing that something happened in a repository: one conditional request for its newest item.

Whatever happens to an issue or pull request makes it the one that was updated last; only what is
deleted or transferred goes unnoticed unless it was that one.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from repo_stats.github.client import GitHubClient
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import (
    CredentialsError,
    GitHubError,
    GoneError,
    PermanentError,
    RateLimitedError,
    TransientError,
)

LOOK_TIMEOUT = 10.0
"""Seconds that a look may take, retries included: one that hangs must not hold up the others."""


REST = 3600.0
"""Seconds for which a repository is left alone that cannot be read: GitHub charges each refusal."""


@dataclass(frozen=True)
class ActivityState:
    """What the newest item of a repository was when it was looked at last.

    Times are seconds since the epoch.

    Attributes:
        newest: its number and when it was updated; empty if there is none.
        etag: the validator to look again with.
        token_id: fingerprint of the token that the validator belongs to.
        looked_at: when that was.
        changed_at: when the latest change was noticed that no refresh is known to have brought in.
        requested_at: when a refresh was last asked for; 0 if none was.
        requests: how often a refresh was asked for since, without one that brought it in.
        rests_until: when it may be looked at again; 0 if at any time.
    """

    newest: str
    etag: str | None
    token_id: str | None
    looked_at: float
    changed_at: float | None = None
    requested_at: float = 0.0
    requests: int = 0
    rests_until: float = 0.0


@dataclass(frozen=True)
class PollResult:
    """What came of looking at repositories.

    Attributes:
        seen: what is seen now of those that were looked at.
        errors: why some cannot be looked at.
        refusal: why no more could be asked, if that was so.
    """

    seen: Mapping[str, ActivityState]
    errors: Mapping[str, GitHubError]
    refusal: GitHubError | None = None


async def look_at(
    client: GitHubClient,
    repos: Mapping[str, int],
    known: Mapping[str, ActivityState],
    clock: Callable[[], float],
    until: float,
) -> PollResult:
    """Look at the newest item of each repository.

    Args:
        client: the API.
        repos: GitHub's number of each repository, in the order to look at them.
        known: what was seen of them before. One that was never seen counts as changed.
        clock: tells the time, in seconds since the epoch.
        until: when to look at no further ones, by the clock.
    """
    seen: dict[str, ActivityState] = {}

    async def look(repo: str) -> None:
        now, before = clock(), known.get(repo)
        if now >= until:
            return
        unseen = before or ActivityState("", None, None, now)
        try:
            looking = _look(client, repo, repos[repo], before, now)
            seen[repo] = await asyncio.wait_for(looking, LOOK_TIMEOUT)
        except asyncio.TimeoutError:
            seen[repo] = replace(unseen, looked_at=now)
            raise TransientError(
                f"GitHub took more than {LOOK_TIMEOUT:.0f} s to answer for {repo}."
            ) from None
        except GoneError:
            seen[repo] = replace(unseen, looked_at=now, rests_until=now + REST)
        except (RateLimitedError, CredentialsError):
            raise
        except GitHubError as error:
            rest = now + REST if isinstance(error, PermanentError) else 0.0
            seen[repo] = replace(unseen, looked_at=now, rests_until=rest)
            raise

    try:
        _, errors = await run_bounded(client.in_flight, list(repos), look, lambda repo: repo)
    except (RateLimitedError, CredentialsError) as error:
        return PollResult(seen, {}, error)
    return PollResult(seen, errors)


async def _look(
    client: GitHubClient, repo: str, repo_id: int, before: ActivityState | None, now: float
) -> ActivityState:
    url = (
        f"{client.api_url}/repositories/{repo_id}/issues"
        "?state=all&sort=updated&direction=desc&per_page=1"
    )
    etag, owner = (before.etag, before.token_id) if before else (None, None)
    answer = await client.get(url, repo=repo, shape=list, etag=etag, etag_owner=owner)
    if answer.body is None and before is not None:
        return replace(before, looked_at=now, rests_until=0.0)
    newest = " ".join(f"{item.get('number')} {item.get('updated_at')}" for item in answer.body)
    sighting = before or ActivityState(newest, None, None, now, changed_at=now)
    is_new = newest != sighting.newest
    return replace(
        sighting,
        newest=newest,
        etag=answer.etag,
        token_id=answer.token_id,
        looked_at=now,
        changed_at=now if is_new else sighting.changed_at,
        rests_until=0.0,
    )
