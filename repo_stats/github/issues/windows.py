"""The windows of time that a long list is cut into. Pure functions.

A window holds the items that were last updated between its beginning and that of the next window.
Usually it is one page of the list sorted by update. An item that is touched while the list is read
moves to the end of the list, never to a place that was already read: so a window misses no
untouched item. And no page numbers are needed, so GitHub's cap on them does not matter.

The stored windows are the plan for the next reading. A window that holds more than a page by then
is cut while it is read. A window is dropped if the page before it also holds its items.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil

from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import BEGINNING, MOST_NUMBERED, IssueList, most_pages
from repo_stats.json_codec import UtcTime


@dataclass(frozen=True)
class TimeRange:
    """A range of time whose items are to be read, as one window or as several.

    Attributes:
        issue_list: the list.
        since: the range holds items updated at this time or later (UTC); `BEGINNING` for all.
        until: it holds items updated before this time (UTC); None if it has no end.
        pages: the most pages that its items should fill.
    """

    issue_list: IssueList
    since: UtcTime
    until: UtcTime | None
    pages: int

    @property
    def is_whole_list(self) -> bool:
        """Whether it is a whole list that was never cut."""
        return self.since == BEGINNING and self.until is None

    def is_covered_by(self, head: PageHead) -> bool:
        """Whether a page that begins where the range does reaches the range's end."""
        return _reaches(head, self.until)


def is_cut_by_time(issue_list: IssueList, keys: Iterable[PageKey]) -> bool:
    """Whether a list is read as windows: it is too long for page numbers, or was so once."""
    return issue_list.counter > MOST_NUMBERED or any(key.since is not None for key in keys)


def list_time_ranges(issue_list: IssueList, keys: Iterable[PageKey]) -> list[TimeRange]:
    """A whole list, cut where the stored windows begin, or in one piece if there are none.

    It is in one piece, too, if far more windows are stored than the list can need now.
    """
    begins = {key.since for key in keys if key.since is not None}
    if len(begins) > 2 * most_pages(issue_list.counter, issue_list.per_page):
        begins = set()
    bounds = sorted({BEGINNING, *begins})
    pages = max(1, ceil(issue_list.counter / issue_list.per_page))
    return [
        TimeRange(issue_list, since, until, pages)
        for since, until in pairwise([*bounds, None])
        if since is not None
    ]


def plan_time_ranges(
    issue_list: IssueList,
    heads: Mapping[PageKey, PageHead],
    freshness: Freshness,
    now: datetime,
) -> list[TimeRange]:
    """The time ranges of a list that need a request."""
    planned = []
    for time_range in list_time_ranges(issue_list, heads):
        request = issue_list.window(time_range.since)
        stored = heads.get(request.key)
        is_fresh = freshness.covers(stored, request.url, now)
        if stored is None or not is_fresh or not time_range.is_covered_by(stored):
            planned.append(time_range)
    return planned


def rest_of(time_range: TimeRange, head: PageHead, now: datetime) -> TimeRange:
    """What is left of a time range after its first page.

    How many pages that should be follows from how dense the items of that page are.

    Args:
        time_range: what is read.
        head: the head of its first page, which got past the beginning but did not reach the end.
        now: the present (UTC), where a range without an end stops.
    """
    begin = head.last_updated_at or time_range.since
    end = time_range.until or max(now, begin)
    passed = (begin - time_range.since + timedelta(seconds=1)).total_seconds()
    pages = ceil((end - begin).total_seconds() / passed)
    if time_range.since == BEGINNING:  # which is long before the oldest item
        pages = time_range.pages
    return replace(time_range, since=begin, pages=max(1, min(time_range.pages, pages)))


def absorb(heads: Mapping[PageKey, PageHead]) -> list[PageKey]:
    """The windows that a list needs: without those whose items an earlier page also holds.

    Args:
        heads: all windows of a list that was read completely.

    Returns:
        Their keys in the order of time.
    """
    kept: list[PageKey] = []
    for key, end in find_ends(heads).items():
        is_same_window = bool(kept) and key.since == kept[-1].since
        if not kept or is_same_window or not _reaches(heads[kept[-1]], end):
            kept.append(key)
    return kept


def find_ends(keys: Iterable[PageKey]) -> dict[PageKey, datetime | None]:
    """Where each window ends and the next one begins, in the order of time.

    The last window has no end (None), and a page with a number has none either.
    """
    keys = sorted(keys, key=_order)
    begins = sorted({key.since for key in keys if key.since is not None})
    following = dict(pairwise([*begins, None]))
    return {key: None if key.since is None else following[key.since] for key in keys}


def _reaches(head: PageHead, end: datetime | None) -> bool:
    """Whether a page of a list sorted by update holds all items before a time."""
    if head.ends_list:
        return True
    return end is not None and head.last_updated_at is not None and head.last_updated_at >= end


def _order(key: PageKey) -> tuple[datetime, int, str]:
    return (key.since or BEGINNING, key.part, key.label)
