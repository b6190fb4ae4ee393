"""Reading lists of open issues: each page memoised by itself, the list followed to its true end.

`read_pages` reads many known pages at once, in any number of processes; `finish_list` walks one
list from its first page to its end. Both go through `read_page`, which asks for nothing that is
fresh, so that walking after reading costs only the requests that reading could not foresee.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TypeVar

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import GitHubError, PageCapError, TransientError
from repo_stats.github.pages import (
    Freshness,
    ListSource,
    Page,
    PageHead,
    PageKey,
    PageRequest,
    PageStore,
    hash_rows,
    is_cursor,
)
from repo_stats.github.rows import parse_issues

EMPTY_LIST_PAUSE = 5.0
"""Seconds before an empty page is asked for again where items are expected: GitHub has answered
`[]` for lists that were not empty (max-sixty/tend#345)."""

MOST_PAGES = 100_000
"""Ten million items: a list that goes on past this runs in a circle."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Outcome(Enum):
    """How a page came to be up to date."""

    FRESH = "fresh"
    """Validated recently enough: not asked for."""
    UNCHANGED = "unchanged"
    """Asked for: GitHub holds what is stored."""
    FETCHED = "fetched"
    """Asked for: its content is new."""


@dataclass(frozen=True)
class PageResult:
    """A page that is up to date now."""

    key: PageKey
    outcome: Outcome
    head: PageHead


@dataclass(frozen=True)
class Reader:
    """What reading pages takes: the API, the store, and what counts as fresh."""

    client: GitHubClient
    store: PageStore
    freshness: Freshness


async def read_page(reader: Reader, request: PageRequest) -> PageResult:
    """Bring one page up to date, with one request as a rule, and store it the moment it arrives.

    A page that is empty against expectation is asked for twice, with a pause between.

    Raises:
        GitHubError: the page cannot be had; what is stored stays.
    """
    key, source = request.key, request.source
    stored = await asyncio.to_thread(reader.store.head, key)
    if stored is not None and reader.freshness.covers(stored, request.url):
        return PageResult(key, Outcome.FRESH, stored)
    is_same_address = stored is not None and stored.url == request.url
    etag = stored.etag if stored and is_same_address and reader.freshness.revalidate else None
    answer = await reader.client.get(request.url, repo=source.repo, shape=list, etag=etag)
    if answer.body == [] and (request.is_expected or (stored is not None and stored.rows)):
        await reader.client.pause(EMPTY_LIST_PAUSE)
        answer = await reader.client.get(request.url, repo=source.repo, shape=list)
    if answer.body is None and stored is not None:
        await asyncio.to_thread(reader.store.confirm, key, stored, answer.asked_at)
        confirmed = replace(stored, validated_at=answer.asked_at)
        return PageResult(key, Outcome.UNCHANGED, confirmed)
    rows = parse_issues(answer.body, source.repo, source.repo_id)
    head = PageHead(
        url=request.url,
        next_url=answer.next_url,
        etag=answer.etag,
        fetched_at=answer.asked_at,
        validated_at=answer.asked_at,
        content_hash=hash_rows(rows),
        rows=len(rows),
        is_full=len(rows) >= source.per_page,
    )
    await asyncio.to_thread(reader.store.write, key, Page(head, rows))
    is_same = stored is not None and stored.content_hash == head.content_hash
    return PageResult(key, Outcome.UNCHANGED if is_same else Outcome.FETCHED, head)


async def read_pages(
    reader: Reader,
    requests: Sequence[PageRequest],
    on_page: Callable[[PageResult], None] = lambda result: None,
) -> list[PageResult]:
    """Bring many pages up to date at once, and leave out those that page numbers do not reach.

    Args:
        reader: the API, the store, and what counts as fresh.
        requests: the pages, those of a list in their order.
        on_page: told of each page as it is done.

    Raises:
        GitHubError: a page cannot be had; the others that were under way are stored.
    """
    capped: set[str] = set()

    async def read(request: PageRequest) -> PageResult | None:
        if request.source.repo in capped:
            return None
        try:
            result = await read_page(reader, request)
        except PageCapError:
            capped.add(request.source.repo)
            return None
        on_page(result)
        return result

    results = await run_bounded(reader.client.in_flight, requests, read)
    return [result for result in results if result is not None]


async def finish_list(
    reader: Reader,
    source: ListSource,
    expected_items: int = 0,
    on_page: Callable[[PageResult], None] = lambda result: None,
) -> list[PageResult]:
    """Walk a list from its first page to its true end.

    Args:
        reader: the API, the store, and what counts as fresh.
        source: the list.
        expected_items: GitHub's counter; unless it is 0, an empty list is not believed at once.
        on_page: told of each page as it is done.

    Returns:
        All its pages in order. Only the last may be empty: it then proves that the full page
        before it is the end.

    Raises:
        GitHubError: a page cannot be had; those before it are stored.
    """
    results: list[PageResult] = []
    for number in range(1, MOST_PAGES + 1):
        try:
            results.append(await _read_next(reader, source, number, results, expected_items))
        except PageCapError:
            if not results:
                raise
            results[-1] = await _read_link_anew(reader, source, results[-1])
            if results[-1].head.next_url is None:
                return results
            results.append(await _read_next(reader, source, number, results, expected_items))
        if _is_implausible(results):
            results[-1] = await _read_anew(reader, source, results[-1], is_expected=True)
        on_page(results[-1])
        if results[-1].head.ends_list:
            return results
    raise TransientError(f"The list of {source.repo} did not end within {MOST_PAGES:,} pages.")


async def _read_next(
    reader: Reader,
    source: ListSource,
    number: int,
    results: Sequence[PageResult],
    expected_items: int,
) -> PageResult:
    """Read a page by its number, or past the page cap by the cursor of the page before it.

    Raises:
        PageCapError: it is past the cap, and the page before it has no cursor.
    """
    previous = results[-1].head if results else None
    by_number = source.request(number, is_expected=number == 1 and expected_items > 0)
    if previous is None or previous.next_url is None:
        if previous is not None and is_cursor(previous.url):
            raise PageCapError(f"No page number reaches past page {number - 1} of {source.repo}.")
        return await read_page(reader, by_number)
    by_cursor = PageRequest(source, number, previous.next_url)
    stored = await asyncio.to_thread(reader.store.head, by_cursor.key)
    if is_cursor(previous.url) or (stored is not None and stored.url == by_cursor.url):
        return await read_page(reader, by_cursor)
    try:
        return await read_page(reader, by_number)
    except PageCapError:
        return await read_page(reader, by_cursor)


def _is_implausible(results: Sequence[PageResult]) -> bool:
    """Whether the latest page is empty although the page before it, as of then, has a next."""
    if len(results) < 2 or results[-1].head.rows > 0:
        return False
    before, latest = results[-2].head, results[-1].head
    asked_anew = before.fetched_at + timedelta(seconds=EMPTY_LIST_PAUSE)
    return before.next_url is not None and latest.fetched_at < asked_anew


async def _read_anew(
    reader: Reader, source: ListSource, result: PageResult, *, is_expected: bool = False
) -> PageResult:
    """Read a page once more, whatever is stored and however fresh."""
    outright = Freshness(since=datetime.now(timezone.utc), revalidate=False)
    request = PageRequest(source, result.key.number, result.head.url, is_expected)
    return await read_page(replace(reader, freshness=outright), request)


async def _read_link_anew(reader: Reader, source: ListSource, result: PageResult) -> PageResult:
    """Have the `Link` of a full page that seems to be the last, where no number reaches past it.

    A 304 does not prove that there is still no page after it, so it may have to be fetched.
    """
    if result.head.fetched_at >= reader.freshness.since:
        return result
    return await _read_anew(reader, source, result)


async def run_bounded(
    width: int, items: Iterable[_Item], work: Callable[[_Item], Awaitable[_Result]]
) -> list[_Result]:
    """Await `work` on each item, `width` at once, in order.

    After a transient error the other items are still worked on, so that a retry has less to do;
    after any other error none is begun.

    Raises:
        GitHubError: the first error that is not transient, else the first.
    """
    queue = iter(enumerate(items))
    results: dict[int, _Result] = {}
    errors: list[GitHubError] = []

    def is_final(error: GitHubError) -> bool:
        return not isinstance(error, TransientError)

    async def work_through_queue() -> None:
        for index, item in queue:
            try:
                results[index] = await work(item)
            except GitHubError as error:
                errors.append(error)
            if any(map(is_final, errors)):
                return

    await asyncio.gather(*(work_through_queue() for _ in range(width)))
    if errors:
        raise next(filter(is_final, errors), errors[0])
    return [results[index] for index in sorted(results)]
