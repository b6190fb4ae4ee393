"""Reading lists of open issues, each page memoised by itself.

`read_work` reads what is known beforehand, in any number of processes; `finish_list` then walks a
whole list to its true end. Both go through `read_page`, which asks for
nothing that is fresh, so that walking after reading costs only the requests that could not be
foreseen. Whether what was read is one moment's list is the matter of `proof`.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from repo_stats.github.errors import (
    PageCapError,
    TransientError,
)
from repo_stats.github.issues.page_reader import (
    EMPTY_LIST_PAUSE,
    PageResult,
    Reader,
    _outright,
    all_or_error,
    look_again,
    read_page,
    with_outcomes_of,
)
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import IssueList, PageRequest
from repo_stats.github.issues.windows import (
    TimeRange,
    absorb,
    cut_rest,
    is_cut_by_time,
    list_time_ranges,
)

MOST_PAGES = 10_000
"""Ten times what page numbers were ever reported to reach: a list that goes on runs in a circle."""


async def read_work(reader: Reader, unit: PageRequest | TimeRange) -> list[PageResult]:
    """Bring a part of a list up to date; none is read beyond what page numbers reach.

    Raises:
        GitHubError: a page cannot be had; those read are stored.
    """
    if isinstance(unit, TimeRange):
        return await read_time_range(reader, unit)
    with suppress(PageCapError):
        return [await read_page(reader, unit)]
    return []


async def read_time_range(reader: Reader, span: TimeRange) -> list[PageResult]:
    """Bring the items of a span up to date, as one window or as many as it turns out to take.

    Raises:
        GitHubError: a part of it cannot be had; the others are stored.
    """
    results = [await read_page(reader, span.source.window(span.since))]
    while not span.is_covered_by(results[-1].head):
        head = results[-1].head
        if head.last_updated_at is not None and head.last_updated_at > span.since:
            now = datetime.now(timezone.utc)
            results += await _read_pieces(reader, cut_rest(span, head, now))
            break
        following = await _read_next_part(reader, span.source, results[-1])
        if following is None:
            break
        results.append(following)
    return results


async def finish_list(reader: Reader, source: IssueList) -> list[PageResult]:
    """Walk a list from its first page to its true end.

    Args:
        reader: the API, the store, and what counts as fresh.
        source: the list.

    Returns:
        All its pages in order. Of pages by number only the last may be empty: it then proves that
        the full page before it is the end.

    Raises:
        GitHubError: a page cannot be had; those read are stored.
    """
    if not is_cut_by_time(source, await asyncio.to_thread(reader.store.keys, source.repo)):
        with suppress(PageCapError):
            return await _walk_numbers(reader, source)
    return await read_windows(reader, source)


async def read_windows(reader: Reader, source: IssueList) -> list[PageResult]:
    """Bring a whole list up to date as windows of time.

    Raises:
        GitHubError: a part of it cannot be had; the others are stored.
    """
    windows = await _read_all_spans(reader, source)
    doubtful = [window for window in windows if _is_doubtful(window, windows, source)]
    if not doubtful:
        return windows
    await reader.client.pause(EMPTY_LIST_PAUSE)
    await look_again(_outright(reader), doubtful, source)
    return with_outcomes_of(windows, await _read_all_spans(reader, source))


async def _read_all_spans(reader: Reader, source: IssueList) -> list[PageResult]:
    keys = await asyncio.to_thread(reader.store.keys, source.repo)
    spans = list_time_ranges(source, keys)
    lists = await all_or_error(reader, spans, lambda span: read_time_range(reader, span))
    results = {result.key: result for windows in lists for result in windows}
    kept = absorb({key: result.head for key, result in results.items()})
    return [results[key] for key in kept]


def _is_doubtful(window: PageResult, windows: Sequence[PageResult], source: IssueList) -> bool:
    """Whether a window came empty, once, although no other tells that the list ends before it.

    Its neighbour would have absorbed it, had it reached the end of the list itself.
    """
    if window.head.rows > 0 or window.head.answered_at > window.head.fetched_at:
        return False
    return len(windows) > 1 or (source.counter > 0 and source.has_issues)


async def _walk_numbers(reader: Reader, source: IssueList) -> list[PageResult]:
    """Read a list by page numbers to its end.

    Raises:
        PageCapError: it is longer than they reach.
    """
    results: list[PageResult] = []
    for number in range(1, MOST_PAGES + 1):
        results.append(await read_page(reader, source.numbered(number)))
        if _is_implausible(results):
            request = replace(source.numbered(number), is_expected=True)
            results[-1] = await read_page(_outright(reader), request)
        if results[-1].head.ends_list:
            return results
    raise TransientError(f"The list of {source.repo} did not end within {MOST_PAGES:,} pages.")


def _is_implausible(results: Sequence[PageResult]) -> bool:
    """Whether the latest page is empty although the page before it, as of then, has a next."""
    if len(results) < 2 or results[-1].head.rows > 0:
        return False
    before, latest = results[-2].head, results[-1].head
    asked_anew = before.fetched_at + timedelta(seconds=EMPTY_LIST_PAUSE)
    return before.next_url is not None and latest.fetched_at < asked_anew


async def _read_pieces(reader: Reader, pieces: Sequence[TimeRange]) -> list[PageResult]:
    lists = await all_or_error(reader, pieces, lambda piece: read_time_range(reader, piece))
    return [result for windows in lists for result in windows]


async def _read_next_part(
    reader: Reader, source: IssueList, result: PageResult
) -> PageResult | None:
    """The page after one that holds nothing but items of a single second; None if there is none.

    Only the cursor goes on from there, and a 304 does not prove that there still is none.
    """
    if result.head.next_url is None:
        request = PageRequest(source, result.key, result.head.url)
        result = await read_page(_outright(reader), request)
    since = result.key.since
    if result.head.next_url is None or since is None:
        return None
    key = PageKey.window(source.repo, since, result.key.part + 1)
    return await read_page(reader, PageRequest(source, key, result.head.next_url))
