"""Counting the items of a long list, to know which are still on it without reading it again.

In a list sorted by update, the place of an item is the number of items that were updated before it.
So one request, for the page where an item should stand, checks all items before it: if one of them
had left the list, the item would stand in an earlier place. See steps 9 and 10 of
`docs/exactness.md`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_stats.github.errors import PageCapError
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import BEGINNING, MOST_NUMBERED, PageRequest
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.parsing import parse_issues


@dataclass(frozen=True)
class CountedSegment:
    """Items that follow each other in a list sorted by update, and that one request counts.

    Attributes:
        since: counting begins with the items updated at this time or later (UTC);
            `BEGINNING` for all.
        ids: the items in order. No other item was updated in the same second as the last one, so
            the last one's place is certain.
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
    """Cut items into segments.

    A segment can only end with an item that is the only one updated in its second. The next segment
    begins with that same item. Where more than `longest` items lie between two possible ends, the
    items are left out.

    Args:
        updates: when each item was updated, by its id.
        longest: the most items in a segment.
    """
    ids = sorted(updates, key=lambda number: updates[number])
    times = [updates[number] for number in ids]
    at_once = Counter(times)
    ends = [place for place, time in enumerate(times) if at_once[time] == 1]
    segments: list[CountedSegment] = []
    begin, since = 0, BEGINNING
    for place, end in enumerate(ends):
        following = ends[place + 1] if place + 1 < len(ends) else None
        if end - begin >= longest:
            # Too many items share their seconds: leave them out, and start again behind them.
            begin, since = end, times[end]
        elif following is None or following - begin >= longest:
            # The next possible end would make the segment too long.
            segments.append(CountedSegment(since, ids[begin : end + 1]))
            begin, since = end, times[end]
    return segments


async def count_present(reader: ListReader, updates: Mapping[int, datetime]) -> set[int]:
    """The items that are known to be still on a list. Nothing is known about all others.

    Args:
        reader: reads the list.
        updates: when each item was updated, by its id. The items were on the list, and have not
            been touched since.

    Raises:
        GitHubError: a page cannot be read.
    """
    issue_list = reader.issue_list

    async def count(segment: CountedSegment) -> Sequence[int]:
        number, place = segment.find_page(issue_list.per_page)
        url = issue_list.counted_url(segment.since, number)
        request = PageRequest(issue_list, PageKey.numbered(issue_list.repo, number), url)
        try:
            response = await reader.pages.ask(request)
        except PageCapError:
            return ()
        rows = parse_issues(response.body[: place + 1], issue_list.repo, issue_list.repo_id)
        listed = [row["id"] for row in rows]
        is_in_place = listed[place:] == [segment.ids[-1]] and set(listed) <= set(segment.ids)
        return segment.ids if is_in_place else ()

    return set().union(*await reader.pages.gather(cut_segments(updates), count))
