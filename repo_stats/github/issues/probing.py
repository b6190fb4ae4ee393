"""Where the items of a long range of time stand, asked before the range is cut into pieces.

Page numbers do not reach far into a long list, but they do so from either of its ends, and again
from every time. So single items, asked for by their places among the items sorted by update, say
where pieces of a few pages begin, however unevenly the updates are spread. What lies beyond the
places is cut in the same way, from the last of them on, while the pieces before it are read. These
times are hints: wherever a list is cut, its windows hold all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from repo_stats.github.errors import PageCapError
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import BEGINNING, MOST_NUMBERED, PageRequest
from repo_stats.github.issues.windows import TimeRange
from repo_stats.github.parsing import parse_issues

LONG_PIECE = 5
"""The most pages of a piece. They are read one after the other, so a longer range is cut."""

SHORT_PIECE = 2
"""The same where no more places are asked for later, so that the last pieces are read soon."""

MANY_PAGES = 100
"""Of a range with more pages than these only the last places are asked for, because enough pieces
are read at once anyway."""

MOST_PLACES = 5
"""The most places asked for from each end: these requests bring no page of the list."""

_SPARE = 0.07
"""The share of a page by which places are closer: a page begins with the last item of the page
before it, and items of one second are never parted."""


@dataclass(frozen=True)
class Place:
    """The place of an item among the items of a range, sorted by update.

    Attributes:
        number: counted from 1.
        is_from_end: whether the item that was updated last has the number 1.
    """

    number: int
    is_from_end: bool


@dataclass(frozen=True)
class Cut:
    """How a range is to be cut.

    Attributes:
        pages: the pages that a piece is expected to have. It has more where only the last places
            are asked for, but is not cut further.
        places: the places where pieces begin, from the beginning on, and then those from the end.
    """

    pages: int
    places: Sequence[Place]


def is_long(time_range: TimeRange) -> bool:
    """Whether a range is to be cut before it is read."""
    return time_range.pages > LONG_PIECE


def plan_cut(time_range: TimeRange) -> Cut:
    """Where to cut a long range, as far as page numbers reach.

    A range with a bound is reached from its beginning only, because GitHub takes no upper bound.
    """
    per_page = time_range.issue_list.per_page
    items = time_range.pages * per_page
    is_open = time_range.until is None
    ends = 2 if is_open and items > MOST_NUMBERED else 1
    are_all_reached = items <= (ends + 0.5) * MOST_NUMBERED
    pages = SHORT_PIECE if are_all_reached and is_open == (ends == 2) else LONG_PIECE
    reach = min(MOST_NUMBERED, items // 2 if ends == 2 else items - per_page)
    step = int((pages - _SPARE) * per_page)
    if reach // step > MOST_PLACES:
        step = reach // MOST_PLACES
    numbers = range(step, reach + 1, step)
    if time_range.pages > MANY_PAGES:
        numbers = numbers[-1:]
    return Cut(pages, [Place(number, end) for end in (False, True)[:ends] for number in numbers])


async def cut_at_places(pages: PageReader, time_range: TimeRange) -> list[TimeRange]:
    """Cut a long range where the items at some of its places were updated.

    Returns:
        The pieces: first one that is to be cut further, and then the newest; the range itself if
        GitHub tells no time within it.

    Raises:
        GitHubError: a place cannot be asked for.
    """
    cut = plan_cut(time_range)

    async def ask(place: Place) -> datetime | None:
        return await _ask(pages, time_range, place)

    told = dict(zip(cut.places, await pages.gather(cut.places, ask), strict=True))
    times = {place: time for place, time in told.items() if time is not None}
    pieces = _cut(time_range, cut, times)
    return sorted(pieces, key=lambda piece: (piece.pages, piece.since), reverse=True)


async def _ask(pages: PageReader, time_range: TimeRange, place: Place) -> datetime | None:
    """When the item at a place of a range was updated (UTC); None if GitHub does not tell."""
    issue_list = time_range.issue_list
    url = issue_list.placed_url(time_range.since, place.number, is_from_end=place.is_from_end)
    request = PageRequest(issue_list, PageKey.numbered(issue_list.repo, place.number), url)
    try:
        response = await pages.ask(request)
    except PageCapError:
        return None
    rows = parse_issues(response.body, issue_list.repo, issue_list.repo_id)
    # GitHub takes the first day of all times for a mistake: see `BEGINNING`.
    times = [row["updated_at"] for row in rows]
    return next((time for time in times if time > BEGINNING + timedelta(days=1)), None)


def _cut(time_range: TimeRange, cut: Cut, times: Mapping[Place, datetime]) -> list[TimeRange]:
    """Cut a range at the times of its places, as far as they are known, in the order of time.

    What page numbers do not reach follows the last place from the beginning. If GitHub does not
    tell that place, the range ends before it, and nothing is left.
    """
    since, until, issue_list = time_range.since, time_range.until, time_range.issue_list
    reached = cut.places[0].number * len(times) // issue_list.per_page
    last = [place for place in cut.places if not place.is_from_end][-1]
    bounds = {time for time in times.values() if time > since and (until is None or time < until)}
    return [
        TimeRange(
            issue_list,
            begin,
            end,
            max(1, time_range.pages - reached) if times.get(last) == begin else cut.pages,
        )
        for begin, end in pairwise([since, *sorted(bounds), until])
        if begin is not None
    ]
