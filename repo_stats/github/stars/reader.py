"""Reads the stars of repositories by day: the newest weeks alone, or all of them.

The borders of pages move each week. So only the first page is requested with its validator, and
the others are read one after the other, up to the first that is not full.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import ContradictoryError, EndlessListError
from repo_stats.github.fields import FieldError, read_number
from repo_stats.github.http.responses import ApiResponse
from repo_stats.github.stars.reading import StarReading
from repo_stats.github.stars.sums import (
    find_contradiction,
    find_shortfall,
    is_explained,
    may_have_drifted,
)
from repo_stats.github.stars.weeks import (
    PER_PAGE,
    StarWeek,
    list_days,
    parse_page,
    replace_days,
    require_row,
)

MOST_PAGES = 100
"""The last page that GitHub serves."""


@dataclass(frozen=True)
class StarSource:
    """A repository whose stars are to be read.

    Attributes:
        repo: the watchlist's name of it.
        repo_id: GitHub's number of it.
        counter: its stars, as GitHub's counter has told before.
        known: the last reading, if only the newest weeks are needed; None to read all weeks.
        load: gives the days with stars that are stored, or None if they cannot be read.
    """

    repo: str
    repo_id: int
    counter: int
    known: StarReading | None
    load: Callable[[], Mapping[date, int] | None]


@dataclass(frozen=True)
class StarDays:
    """What was read of a repository.

    Attributes:
        source: the repository.
        reading: what is known now, all but the hash of the rows.
        days: the days with stars, and how many; None if they are as they are stored.
    """

    source: StarSource
    reading: StarReading
    days: Mapping[date, int] | None

    @property
    def is_whole(self) -> bool:
        """Whether all weeks were read, and not the newest alone."""
        return self.reading.read_at == self.reading.asked_at


async def read_stars(client: GitHubClient, source: StarSource, started_at: datetime) -> StarDays:
    """Read the stars of a repository by day, and compare their sum with GitHub's counter.

    The counter is asked for again only if the one from before does not explain the sum.

    Args:
        client: the API.
        source: the repository.
        started_at: when the run began (UTC).

    Raises:
        NotFoundError: the server does not tell stars by day, or does not know the repository.
        ContradictoryError: what it tells contradicts itself.
        GitHubError: they cannot be read.
    """
    found = await _read(client, source, started_at)
    if not _is_plausible(found) and found.reading.listed > source.counter and not found.is_whole:
        # More stars were taken back in older weeks than is tolerated for a month.
        found = await _read(client, replace(source, known=None), started_at)
    if _is_plausible(found):
        return _compare(found, source.counter)
    return _compare(found, await _read_counter(client, source))


async def _read(client: GitHubClient, source: StarSource, started_at: datetime) -> StarDays:
    known = source.known
    response = await _ask(client, source, 1)
    if response.body is None and known is not None:
        return StarDays(source, replace(known, asked_at=started_at, problem=None), None)
    weeks = parse_page(response.body, source.repo)
    require_row(weeks, source.repo)
    if not weeks and source.counter:
        raise ContradictoryError(
            f"GitHub's list of the stars of {source.repo} is empty, and its counter says "
            f"{source.counter}. What is stored stays; a refresh asks again after a day."
        )
    stored = await _load_joining(source, weeks)
    if stored is not None and known is not None:
        days, read_at = replace_days(stored, weeks), known.read_at
    else:
        weeks = await _read_rest(client, source, weeks)
        days, read_at = list_days(weeks), started_at
    reading = StarReading(
        started_at,
        read_at=read_at,
        newest=weeks[0].first_day if weeks else None,
        etag=response.etag,
        token_id=response.token_id,
        listed=sum(days.values()),
    )
    return StarDays(source, reading, days)


async def _load_joining(source: StarSource, weeks: Sequence[StarWeek]) -> Mapping[date, int] | None:
    """The stored days, if the first page joins on to them: the rest need not be read then."""
    if source.known is None or len(weeks) < PER_PAGE:
        return None
    if source.known.newest not in {week.first_day for week in weeks}:
        return None
    return await asyncio.to_thread(source.load)


async def _read_rest(
    client: GitHubClient, source: StarSource, first: list[StarWeek]
) -> list[StarWeek]:
    """All weeks, given those on the first page."""
    weeks, page, number = [*first], first, 1
    while len(page) >= PER_PAGE:
        number += 1
        if number > MOST_PAGES:
            raise EndlessListError(
                f"GitHub's list of the stars of {source.repo} has more than "
                f"{PER_PAGE * MOST_PAGES:,} weeks, which is more than is read. What is stored "
                "stays; a refresh asks again after a day."
            )
        page = parse_page((await _ask(client, source, number)).body, source.repo)
        require_row([weeks[-1], *page], source.repo)
        weeks += page
    return weeks


async def _ask(client: GitHubClient, source: StarSource, number: int) -> ApiResponse:
    """Request a page; the first one conditionally, if it was read before."""
    known = source.known if number == 1 else None
    return await client.get(
        f"{_address(client, source)}/history?per_page={PER_PAGE}&page={number}",
        repo=source.repo,
        shape=list,
        etag=None if known is None else known.etag,
        etag_owner=None if known is None else known.token_id,
    )


async def _read_counter(client: GitHubClient, source: StarSource) -> int:
    url = f"{_address(client, source)}/count"
    response = await client.get(url, repo=source.repo, shape=dict)
    try:
        return read_number(response.body, "count")
    except FieldError as error:
        raise ContradictoryError(
            f"GitHub's counter of the stars of {source.repo} cannot be read ({error}). What is "
            "stored stays; a refresh asks again after a day."
        ) from error


def _address(client: GitHubClient, source: StarSource) -> str:
    """The address by number, which stays valid when the name changes or is taken over."""
    return f"{client.api_url}/repositories/{source.repo_id}/stargazers"


def _is_plausible(found: StarDays) -> bool:
    """Whether the counter from before explains the sum, so that it need not be asked for again."""
    listed, counter = found.reading.listed, found.source.counter
    return is_explained(listed, counter) or _has_drifted(found)


def _has_drifted(found: StarDays) -> bool:
    drifted = may_have_drifted(found.reading.listed, found.source.counter)
    return drifted and not found.is_whole


def _compare(found: StarDays, after: int) -> StarDays:
    """What was read, compared with the counter from before and with a later one."""
    listed, before = found.reading.listed, found.source.counter
    contradiction = find_contradiction(listed, before, after)
    reading = replace(
        found.reading,
        unlisted=max(0, before - listed, after - listed),
        contradiction=None if _has_drifted(found) else contradiction,
        shortfall=find_shortfall(listed, before, after),
    )
    return replace(found, reading=reading)
