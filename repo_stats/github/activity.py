"""Noticing that something happened in a repository: one conditional request for its newest item.

Whatever happens to an issue or pull request makes it the one that was updated last; only what is
deleted or transferred goes unnoticed unless it was that one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import GitHubError, GoneError
from repo_stats.github.scan import run_bounded


@dataclass(frozen=True)
class Sighting:
    """What the newest item of a repository was when it was looked at last.

    Times are seconds since the epoch.

    Attributes:
        newest: its number and when it was updated; empty if there is none.
        etag: the validator to look again with.
        token_id: fingerprint of the token that the validator belongs to.
        looked_at: when that was.
        changed_at: when a change was noticed that no refresh was asked for yet; None if none was.
        requested_at: when a refresh was last asked for; 0 if none was.
    """

    newest: str
    etag: str | None
    token_id: str | None
    looked_at: float
    changed_at: float | None = None
    requested_at: float = 0.0


async def look_at(
    client: GitHubClient,
    repos: Mapping[str, int],
    known: Mapping[str, Sighting],
    clock: Callable[[], float],
    until: float,
) -> tuple[dict[str, Sighting], dict[str, GitHubError]]:
    """Look at the newest item of each repository.

    Args:
        client: the API.
        repos: GitHub's number of each repository, in the order to look at them.
        known: what was seen of them before. One that was never seen counts as changed.
        clock: tells the time, in seconds since the epoch.
        until: when to look at no further ones, by the clock.

    Returns:
        What is seen now, and why some repositories cannot be looked at.

    Raises:
        RateLimitedError: nothing more may be asked for a long time.
        CredentialsError: GitHub accepts no token.
    """
    seen: dict[str, Sighting] = {}

    async def look(repo: str) -> None:
        if clock() < until:
            seen[repo] = await _look(client, repo, repos[repo], known.get(repo), clock)

    _, errors = await run_bounded(client.in_flight, list(repos), look, lambda repo: repo)
    return seen, errors


async def _look(
    client: GitHubClient,
    repo: str,
    repo_id: int,
    before: Sighting | None,
    clock: Callable[[], float],
) -> Sighting:
    url = (
        f"{client.api_url}/repositories/{repo_id}/issues"
        "?state=all&sort=updated&direction=desc&per_page=1"
    )
    etag, owner = (before.etag, before.token_id) if before else (None, None)
    now = clock()
    try:
        answer = await client.get(url, repo=repo, shape=list, etag=etag, etag_owner=owner)
    except GoneError:
        return replace(before, looked_at=now) if before else Sighting("", None, None, now)
    if answer.body is None and before is not None:
        return replace(before, looked_at=now)
    newest = " ".join(f"{item.get('number')} {item.get('updated_at')}" for item in answer.body)
    is_new = before is None or before.newest != newest
    pending = before.changed_at if before else None
    return Sighting(
        newest,
        answer.etag,
        answer.token_id,
        now,
        now if is_new and pending is None else pending,
        before.requested_at if before else 0.0,
    )
