"""Telling which items of a long list are still on it by counting them, not by reading them again.

An item that is on the list has a place in it, sorted by update: as many items stand before it as
were updated before it. So one look at the page where an item should stand tells of all items
before it, up to what page numbers reach, that none of them has left: each that had would have moved
the item to an earlier place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_stats.github.errors import PageCapError
from repo_stats.github.issues.page_reader import Reader, all_or_error, ask_for_page
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import MOST_NUMBERED, IssueList, PageRequest
from repo_stats.github.issues.windows import FIRST_UPDATE
from repo_stats.github.parsing import parse_issues


@dataclass(frozen=True)
class CountedSegment:
    """Items that follow each other in a list sorted by update, of which one look tells.

    Attributes:
        since: from when on the items of the list are counted (UTC).
        ids: the items; the last was updated in a second of its own, so that its place is certain.
    """

    since: datetime
    ids: Sequence[int]

    def find_page(self, per_page: int) -> tuple[int, int]:
        """The number of the page where the last item stands, and its place there, from 0."""
        page, place = divmod(len(self.ids) - 1, per_page)
        return page + 1, place


def cut_segments(
    updates: Mapping[int, datetime], longest: int = MOST_NUMBERED
) -> list[CountedSegment]:
    """Cut items into stretches; each but the first begins with the last item of one before.

    Items that share their second with so many others that no stretch can end are in none.

    Args:
        updates: when each item was updated, by its id.
        longest: the most items in a stretch.
    """
    ids = sorted(updates, key=lambda number: updates[number])
    times = [updates[number] for number in ids]
    ends = [place for place in range(len(ids)) if _is_alone(times, place)]
    stretches: list[CountedSegment] = []
    begin, since = 0, FIRST_UPDATE
    for place, end in enumerate(ends):
        following = ends[place + 1] if place + 1 < len(ends) else None
        if end - begin >= longest:
            begin, since = end, times[end]
        elif following is None or following - begin >= longest:
            stretches.append(CountedSegment(since, ids[begin : end + 1]))
            begin, since = end, times[end]
    return stretches


async def count_present(
    reader: Reader, source: IssueList, updates: Mapping[int, datetime]
) -> set[int]:
    """The items that are known to be on a list still; about all others nothing is known.

    Args:
        reader: the API.
        source: the list.
        updates: when each item was updated that was on the list and not touched since, by its id.

    Raises:
        GitHubError: GitHub cannot be asked.
    """

    async def look(stretch: CountedSegment) -> Sequence[int]:
        number, place = stretch.find_page(source.per_page)
        url = source.counted_url(stretch.since, number)
        request = PageRequest(source, PageKey.numbered(source.repo, number), url)
        try:
            answer = await ask_for_page(reader.client, request)
        except PageCapError:
            return ()
        rows = parse_issues(answer.body[: place + 1], source.repo, source.repo_id)
        listed = [row["id"] for row in rows]
        is_in_place = listed[place:] == [stretch.ids[-1]] and set(listed) <= set(stretch.ids)
        return stretch.ids if is_in_place else ()

    return set().union(*await all_or_error(reader, cut_segments(updates), look))


def _is_alone(times: Sequence[datetime], place: int) -> bool:
    """Whether no other item was updated in the same second."""
    return times[place - 1 : place] != [times[place]] and times[place + 1 : place + 2] != [
        times[place]
    ]
