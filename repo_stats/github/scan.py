"""Reading lists of open issues, each page memoised by itself.

`read_unit` reads what is known beforehand, in any number of processes; `finish_list` then walks a
whole list to its true end. Both go through `read_page`, which asks for
nothing that is fresh, so that walking after reading costs only the requests that could not be
foreseen. Whether what was read is one moment's list is the matter of `proof`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TypeVar

from repo_stats.github.client import Answer, GitHubClient
from repo_stats.github.errors import (
    CredentialsError,
    GitHubError,
    GoneError,
    PageCapError,
    RateLimitedError,
    TransientError,
)
from repo_stats.github.lists import MOST_NUMBERED, ListSource, PageRequest
from repo_stats.github.pages import (
    Freshness,
    Page,
    PageHead,
    PageKey,
    PageStore,
    hash_rows,
)
from repo_stats.github.rows import Row, parse_issues
from repo_stats.github.spans import Span, absorb, cut_rest, list_spans

EMPTY_LIST_PAUSE = 5.0
"""Seconds before an empty page is asked for again where items are expected: GitHub has answered
`[]` for lists that were not empty (max-sixty/tend#345)."""

MOST_PAGES = 10_000
"""Ten times what page numbers were ever reported to reach: a list that goes on runs in a circle."""

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


OnPage = Callable[[PageResult], None]


@dataclass(frozen=True)
class Reader:
    """What reading pages takes: the API, the store, and what counts as fresh.

    Attributes:
        client: the API.
        store: where pages are kept.
        freshness: of the run.
        on_page: told of each page as it is done.
    """

    client: GitHubClient
    store: PageStore
    freshness: Freshness
    on_page: OnPage = lambda result: None

    def since(self, moment: datetime) -> "Reader":
        """A reader that asks again for all that was not vouched for since a moment."""
        return replace(self, freshness=Freshness(since=moment, revalidate=True))


async def read_page(reader: Reader, request: PageRequest) -> PageResult:
    """Bring one page up to date, with one request as a rule, and store it the moment it arrives.

    A page that is empty against expectation is asked for twice, with a pause between.

    Raises:
        GitHubError: the page cannot be had; what is stored stays.
    """
    key = request.key
    stored = await asyncio.to_thread(reader.store.head, key)
    if stored is not None and reader.freshness.covers(stored, request.url):
        return PageResult(key, Outcome.FRESH, stored)
    is_same_address = stored is not None and stored.url == request.url
    sent = stored if is_same_address and reader.freshness.revalidate else None
    answer = await ask_for_page(reader.client, request, sent)
    if answer.body == [] and (request.is_expected or _is_surprising(stored, sent, answer)):
        await reader.client.pause(EMPTY_LIST_PAUSE)
        answer = await ask_for_page(reader.client, request)
    if answer.body is None and sent is not None:
        result = await confirm_page(reader, key, sent, answer)
    else:
        result = await _store(reader, request, stored, answer)
    reader.on_page(result)
    return result


def _is_surprising(stored: PageHead | None, sent: PageHead | None, answer: Answer) -> bool:
    """Whether an empty answer says something new, as none that is true does of an empty page."""
    if stored is not None and stored.rows:
        return True
    return sent is not None and sent.etag is not None and answer.token_id == sent.token_id


async def read_unit(reader: Reader, unit: PageRequest | Span) -> list[PageResult]:
    """Bring a part of a list up to date; none is read beyond what page numbers reach.

    Raises:
        GitHubError: a page cannot be had; those read are stored.
    """
    if isinstance(unit, Span):
        return await read_span(reader, unit)
    with suppress(PageCapError):
        return [await read_page(reader, unit)]
    return []


async def read_span(reader: Reader, span: Span) -> list[PageResult]:
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


async def finish_list(reader: Reader, source: ListSource) -> list[PageResult]:
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


async def read_windows(reader: Reader, source: ListSource) -> list[PageResult]:
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


async def _read_all_spans(reader: Reader, source: ListSource) -> list[PageResult]:
    keys = await asyncio.to_thread(reader.store.keys, source.repo)
    spans = list_spans(source, keys)
    lists = await all_or_error(reader, spans, lambda span: read_span(reader, span))
    results = {result.key: result for windows in lists for result in windows}
    kept = absorb({key: result.head for key, result in results.items()})
    return [results[key] for key in kept]


def _is_doubtful(window: PageResult, windows: Sequence[PageResult], source: ListSource) -> bool:
    """Whether a window came empty, once, although no other tells that the list ends before it.

    Its neighbour would have absorbed it, had it reached the end of the list itself.
    """
    if window.head.rows > 0 or window.head.answered_at > window.head.fetched_at:
        return False
    return len(windows) > 1 or (source.counter > 0 and source.has_issues)


def is_cut_by_time(source: ListSource, keys: Iterable[PageKey]) -> bool:
    """Whether a list is read as windows: once it was, and if it is too long for page numbers."""
    return source.counter > MOST_NUMBERED or any(key.since is not None for key in keys)


def with_outcomes_of(
    earlier: Iterable[PageResult], results: Iterable[PageResult]
) -> list[PageResult]:
    """Results with the outcome of all requests for them: new content is so for a whole run."""
    before = {(result.key, result.outcome) for result in earlier}
    return [
        replace(result, outcome=_strongest(result.outcome, result.key, before))
        for result in results
    ]


def _strongest(outcome: Outcome, key: PageKey, before: Set[tuple[PageKey, Outcome]]) -> Outcome:
    for stronger in (Outcome.FETCHED, Outcome.UNCHANGED):
        if outcome is stronger or (key, stronger) in before:
            return stronger
    return outcome


async def look_again(
    reader: Reader, results: Sequence[PageResult], source: ListSource
) -> list[PageResult]:
    """Bring pages up to date from where they were read.

    Raises:
        GitHubError: one of them cannot be had.
    """
    requests = [PageRequest(source, result.key, result.head.url) for result in results]
    return await all_or_error(reader, requests, lambda request: read_page(reader, request))


async def ask_for_page(
    client: GitHubClient, request: PageRequest, sent: PageHead | None = None
) -> Answer:
    """Ask for a page, conditionally if a stored head is given.

    Where issues are disabled, GitHub may say that the list is gone: there is nothing on it then.

    Raises:
        GitHubError: the page cannot be had.
    """
    etag, owner = (None, None) if sent is None else (sent.etag, sent.token_id)
    repo = request.source.repo
    asked_at = datetime.now(timezone.utc)
    try:
        return await client.get(request.url, repo=repo, shape=list, etag=etag, etag_owner=owner)
    except GoneError:
        if request.source.has_issues:
            raise
        now = datetime.now(timezone.utc)
        return Answer(
            asked_at=asked_at,
            answered_at=now,
            server_date=now,
            etag=None,
            token_id=None,
            next_url=None,
            body=[],
        )


async def confirm_page(reader: Reader, key: PageKey, sent: PageHead, answer: Answer) -> PageResult:
    """Record that a 304 vouched for the page whose head was sent."""
    confirmed = replace(
        sent,
        validated_at=answer.asked_at,
        answered_at=answer.answered_at,
        served_at=_served_at(answer),
    )
    await asyncio.to_thread(reader.store.confirm, key, sent, confirmed)
    return PageResult(key, Outcome.UNCHANGED, confirmed)


async def _store(
    reader: Reader, request: PageRequest, stored: PageHead | None, answer: Answer
) -> PageResult:
    source = request.source
    rows = parse_issues(answer.body, source.repo, source.repo_id)
    head = _make_head(request, rows, answer, stored)
    await asyncio.to_thread(reader.store.write, request.key, Page(head, rows))
    is_same = stored is not None and stored.content_hash == head.content_hash
    return PageResult(request.key, Outcome.UNCHANGED if is_same else Outcome.FETCHED, head)


def _make_head(
    request: PageRequest, rows: Sequence[Row], answer: Answer, stored: PageHead | None
) -> PageHead:
    content_hash = hash_rows(rows)
    known = stored if stored is not None and stored.url == request.url else None
    has_content = known is not None and known.content_hash == content_hash
    return PageHead(
        url=request.url,
        next_url=answer.next_url,
        etag=answer.etag,
        token_id=answer.token_id,
        fetched_at=known.fetched_at if known and has_content else answer.answered_at,
        validated_at=answer.asked_at,
        answered_at=answer.answered_at,
        served_at=_served_at(answer),
        content_hash=content_hash,
        rows=len(rows),
        is_full=len(rows) >= request.source.per_page,
        last_updated_at=max((row["updated_at"] for row in rows), default=None),
    )


def _served_at(answer: Answer) -> datetime:
    """GitHub's time, less all the time that the answer can have taken since its data was read."""
    return answer.server_date - (answer.answered_at - answer.asked_at)


async def _walk_numbers(reader: Reader, source: ListSource) -> list[PageResult]:
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


def _outright(reader: Reader) -> Reader:
    """A reader that asks for a page once more, whatever is stored and however fresh."""
    now = datetime.now(timezone.utc)
    return replace(reader, freshness=Freshness(since=now, revalidate=False))


async def _read_pieces(reader: Reader, pieces: Sequence[Span]) -> list[PageResult]:
    lists = await all_or_error(reader, pieces, lambda piece: read_span(reader, piece))
    return [result for windows in lists for result in windows]


async def _read_next_part(
    reader: Reader, source: ListSource, result: PageResult
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


async def all_or_error(
    reader: Reader, items: Sequence[_Item], work: Callable[[_Item], Awaitable[_Result]]
) -> list[_Result]:
    """Await `work` on each item of one repository.

    Raises:
        GitHubError: one of them failed; all others were tried.
    """
    results, errors = await run_bounded(reader.client.in_flight, items, work, lambda item: "")
    for error in errors.values():
        raise error
    return results


async def run_bounded(
    width: int,
    items: Iterable[_Item],
    work: Callable[[_Item], Awaitable[_Result]],
    group: Callable[[_Item], str],
) -> tuple[list[_Result], dict[str, GitHubError]]:
    """Await `work` on each item, `width` at once, begun in order.

    An error that asking again does not mend ends the work on the items of its group; after one
    that is likely to pass the others of the group are still worked on, so that a retry has less
    to do.

    Returns:
        The results in order, and the errors by group: one that is not transient, else the first.

    Raises:
        RateLimitedError: nothing more may be asked for a long time.
        CredentialsError: nothing may be asked at all.
    """
    queue = iter(enumerate(items))
    results: dict[int, _Result] = {}
    errors: dict[str, GitHubError] = {}
    fatal: list[GitHubError] = []

    async def work_through_queue() -> None:
        for index, item in queue:
            name = group(item)
            if fatal or _is_final(errors.get(name)):
                continue
            try:
                results[index] = await work(item)
            except (RateLimitedError, CredentialsError) as error:
                fatal.append(error)
            except GitHubError as error:
                if name not in errors or _is_final(error):
                    errors[name] = error

    await asyncio.gather(*(work_through_queue() for _ in range(width)))
    for error in fatal:
        raise error
    return [results[index] for index in sorted(results)], errors


def _is_final(error: GitHubError | None) -> bool:
    return error is not None and not isinstance(error, TransientError)
