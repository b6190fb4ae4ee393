"""Windows of time that a long list is cut into. Pure functions.

A window is the items last updated from one time until the next window's: one answer of the list
sorted by update, as a rule. Nothing that a window misses is lost to the list, because a touched
item moves behind the end of what was read and never before it; no page number is needed, so that
no cap is met. The stored windows are the plan of the next scan: one whose items have come to fill
more than an answer is cut as it is read, and one that its neighbour's answer reaches across is
dropped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from math import ceil

from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import MOST_NUMBERED, IssueList


def is_cut_by_time(source: IssueList, keys: Iterable[PageKey]) -> bool:
    """Whether a list is read as windows: once it was, and if it is too long for page numbers."""
    return source.counter > MOST_NUMBERED or any(key.since is not None for key in keys)


FIRST_UPDATE = datetime(2008, 1, 1, tzinfo=timezone.utc)
"""Nothing on GitHub is older; 1970 would be answered by an empty list (airbytehq/airbyte#85376)."""


PAGES_PER_WINDOW = 4
"""Expected answers in each piece that a span is cut into: each piece wastes half an answer."""


MOST_PIECES = 20
"""Pieces that one span is cut into at most: more would not be read at once anyway."""


_FINEST = timedelta(hours=1)


@dataclass(frozen=True)
class TimeRange:
    """A stretch of time whose items are to be read, as one window or as several.

    Attributes:
        source: the list.
        since: items updated at this time or later (UTC).
        until: and before this one; None for no end.
        pages: answers that it will take at most, by what is known before.
    """

    source: IssueList
    since: datetime
    until: datetime | None
    pages: int

    @property
    def is_whole_list(self) -> bool:
        """Whether it is a list that was never cut."""
        return self.since == FIRST_UPDATE and self.until is None

    def is_covered_by(self, head: PageHead) -> bool:
        """Whether the answer that begins where the span does reaches its end."""
        return _reaches(head, self.until)


def list_time_ranges(source: IssueList, keys: Sequence[PageKey]) -> list[TimeRange]:
    """All of a list, cut where the stored windows begin: without any, in one piece."""
    begins = {key.since for key in keys if key.since is not None}
    bounds = sorted({FIRST_UPDATE, *begins})
    pages = max(1, ceil(source.counter / source.per_page))
    return [
        TimeRange(source, since, until, pages)
        for since, until in pairwise([*bounds, None])
        if since is not None
    ]


def plan_time_ranges(
    source: IssueList, heads: Mapping[PageKey, PageHead], freshness: Freshness
) -> list[TimeRange]:
    """The spans of a list that stored windows do not answer without asking."""
    planned = []
    for span in list_time_ranges(source, list(heads)):
        request = source.window(span.since)
        stored = heads.get(request.key)
        is_fresh = freshness.covers(stored, request.url)
        if stored is None or not is_fresh or not span.is_covered_by(stored):
            planned.append(span)
    return planned


def cut_rest(span: TimeRange, head: PageHead, now: datetime) -> list[TimeRange]:
    """Cut what an answer leaves of its span into pieces that can be read at once.

    How many is told by how densely the items of the answer follow each other; of a whole list,
    about whose later items the oldest ones say nothing, by GitHub's counter, and the pieces then
    get shorter toward now, where most updates are.

    Args:
        span: the span whose first answer `head` is; it does not cover it.
        head: of an answer that got further than the span's beginning.
        now: the present (UTC), which an open span ends at.
    """
    begin = head.last_updated_at or span.since
    end = span.until or max(now, begin + timedelta(seconds=1))
    if span.is_whole_list:
        pages = span.pages
        bounds = _spread_toward(begin, end, _count_pieces(pages))
    else:
        passed = (begin - span.since + timedelta(seconds=1)).total_seconds()
        pages = min(span.pages, ceil((end - begin).total_seconds() / passed))
        bounds = _spread_evenly(begin, end, _count_pieces(pages))
    return [
        TimeRange(span.source, since, until, max(2, pages))
        for since, until in pairwise([*bounds, span.until])
        if since is not None
    ]


def absorb(heads: Mapping[PageKey, PageHead]) -> list[PageKey]:
    """The windows of a completely read list without those that an earlier answer reaches across.

    Args:
        heads: all its windows.

    Returns:
        Their keys in order of time.
    """
    kept: list[PageKey] = []
    for key, end in find_ends(list(heads)).items():
        is_same_window = bool(kept) and key.since == kept[-1].since
        if not kept or is_same_window or not _reaches(heads[kept[-1]], end):
            kept.append(key)
    return kept


def find_ends(keys: Sequence[PageKey]) -> dict[PageKey, datetime | None]:
    """Until when the items of each window are its own, in order of time.

    None stands for no end, which is also that of a page by number.
    """
    begins = sorted({key.since for key in keys if key.since is not None})
    following = dict(pairwise([*begins, None]))
    return {
        key: None if key.since is None else following[key.since] for key in sorted(keys, key=_order)
    }


def _reaches(head: PageHead, end: datetime | None) -> bool:
    """Whether an answer of a list sorted by update holds all items until a time."""
    if head.ends_list:
        return True
    return end is not None and head.last_updated_at is not None and head.last_updated_at >= end


def _order(key: PageKey) -> tuple[datetime, int, str]:
    return (key.since or FIRST_UPDATE, key.part, key.label)


def _count_pieces(pages: int) -> int:
    return max(1, min(MOST_PIECES, ceil(pages / PAGES_PER_WINDOW)))


def _spread_evenly(begin: datetime, end: datetime, pieces: int) -> list[datetime]:
    """Where pieces of equal length begin, in whole seconds."""
    seconds = int((end - begin).total_seconds())
    offsets = {seconds * piece // pieces for piece in range(pieces)}
    return [begin + timedelta(seconds=offset) for offset in sorted(offsets)]


def _spread_toward(begin: datetime, end: datetime, pieces: int) -> list[datetime]:
    """Where pieces begin half of which are of equal length and half get shorter toward the end."""
    length = max(end - begin, timedelta(seconds=1))
    ratio = min(1.0, _FINEST / length)
    finer = pieces // 2
    ages = [length * ratio ** (piece / (finer + 1)) for piece in range(1, finer + 1)]
    bounds = {*_spread_evenly(begin, end, pieces - finer), *(end - age for age in ages)}
    return sorted(bound.replace(microsecond=0) for bound in bounds if bound >= begin)
