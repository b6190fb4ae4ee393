"""Where the items of a long list stand in time, asked before the list is cut into windows.

Page numbers do not reach far into a long list, but they do so from either of its ends. So single
items, asked for by their places among the items sorted by update, say where windows of about two
pages begin, however unevenly the updates are spread. These times are hints: wherever a list is cut,
its windows hold all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from repo_stats.github.errors import PageCapError
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import BEGINNING, MOST_NUMBERED, IssueList, PageRequest
from repo_stats.github.issues.windows import PAGES_PER_PROBE
from repo_stats.github.parsing import parse_issues

MOST_PLACES = 5
"""The most places asked for from each end: these requests bring no page of the list."""

_SPARE = 0.1
"""The share of a page by which places are closer, for items that are touched meanwhile."""


@dataclass(frozen=True)
class Place:
    """The place of an item in a list sorted by update.

    Attributes:
        number: counted from 1.
        is_from_end: whether the item that was updated last has the number 1.
    """

    number: int
    is_from_end: bool


def choose_places(counter: int, per_page: int) -> list[Place]:
    """The places of a long list to ask for, from both ends; none if page numbers reach all of it.

    Args:
        counter: about how many items the list has.
        per_page: how many of them a page has.
    """
    if counter <= MOST_NUMBERED:
        return []
    reach = min(MOST_NUMBERED, counter // 2)
    step = int((PAGES_PER_PROBE - _SPARE) * per_page)
    if reach // step > MOST_PLACES:
        step = reach // MOST_PLACES
    numbers = range(step, reach + 1, step)
    return [Place(number, is_from_end) for is_from_end in (False, True) for number in numbers]


async def find_bounds(
    pages: PageReader, issue_list: IssueList
) -> tuple[list[datetime], list[datetime]]:
    """When the items at some places of a list that was never read were updated.

    Returns:
        The times (UTC) of the places from the oldest update on, and of those from the newest one
        back, each in the order of time. Places that GitHub does not tell are left out.

    Raises:
        GitHubError: a place cannot be asked for.
    """

    async def ask(place: Place) -> tuple[bool, Sequence[datetime]]:
        url = issue_list.placed_url(place.number, is_from_end=place.is_from_end)
        request = PageRequest(issue_list, PageKey.numbered(issue_list.repo, place.number), url)
        try:
            response = await pages.ask(request)
        except PageCapError:
            return place.is_from_end, ()
        rows = parse_issues(response.body, issue_list.repo, issue_list.repo_id)
        # GitHub takes the first day of all times for a mistake: see `BEGINNING`.
        times = [row["updated_at"] for row in rows]
        return place.is_from_end, [t for t in times if t > BEGINNING + timedelta(days=1)]

    places = choose_places(issue_list.counter, issue_list.per_page)
    told = await pages.gather(places, ask)
    oldest = {time for is_from_end, times in told if not is_from_end for time in times}
    newest = {time for is_from_end, times in told if is_from_end for time in times}
    return sorted(oldest), sorted(newest)
