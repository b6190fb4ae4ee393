"""Reads the stars of many repositories, and finds out whether the server tells them at all."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_stats.github.client import GitHubClient
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError, NotFoundError
from repo_stats.github.stars.reader import StarDays, StarSource, read_stars

PROBES = 3
"""After how many repositories with a 404 a server counts as one that does not tell stars by day."""


@dataclass(frozen=True)
class StarResults:
    """What was read of many repositories.

    Attributes:
        errors: why some could not be read, by repository.
        is_told: whether the server tells stars by day. If not, no more were asked for.
    """

    errors: Mapping[str, GitHubError]
    is_told: bool = True


async def read_each(
    client: GitHubClient,
    sources: Sequence[StarSource],
    started_at: datetime,
    store: Callable[[StarDays], Awaitable[None]],
    *,
    is_told: bool,
) -> StarResults:
    """Read the stars of repositories, several at once.

    Args:
        client: the API.
        sources: the repositories.
        started_at: when the run began (UTC).
        store: takes what was read of a repository, when it is read.
        is_told: whether the server has told stars by day before. If not, it is asked for a few
            repositories one by one first: a server without them answers 404 for each.

    Raises:
        RateLimitedError: a rate limit lasts longer than the client may wait.
        AccessError: GitHub accepts no token, or cannot be reached.
    """

    async def read(source: StarSource) -> None:
        await store(await read_stars(client, source, started_at))

    errors: dict[str, GitHubError] = {}
    done = 0
    while not is_told and done < min(PROBES, len(sources)):
        source = sources[done]
        _, failed = await run_bounded(1, [source], read, lambda each: each.repo)
        errors |= failed
        done += 1
        is_told = not isinstance(failed.get(source.repo), NotFoundError)
    if not is_told:
        return StarResults({}, is_told=not sources)
    _, failed = await run_bounded(
        client.in_flight, sources[done:], read, lambda source: source.repo
    )
    return StarResults({**errors, **failed})
