"""Reading one page of a list: from the store while it is fresh, else with one request."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum

from repo_stats.github.client import GitHubClient
from repo_stats.github.concurrency import _Item, _Result, run_bounded
from repo_stats.github.errors import (
    GoneError,
)
from repo_stats.github.http.responses import ApiResponse
from repo_stats.github.issues.pages import Freshness, Page, PageHead, PageKey, PageStore, hash_rows
from repo_stats.github.issues.requests import IssueList, PageRequest
from repo_stats.github.parsing import IssueRow, parse_issues

EMPTY_LIST_PAUSE = 5.0
"""Seconds before an empty page is asked for again where items are expected: GitHub has answered
`[]` for lists that were not empty (max-sixty/tend#345)."""


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


def _is_surprising(stored: PageHead | None, sent: PageHead | None, answer: ApiResponse) -> bool:
    """Whether an empty answer says something new, as none that is true does of an empty page."""
    if stored is not None and stored.rows:
        return True
    return sent is not None and sent.etag is not None and answer.token_id == sent.token_id


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
    reader: Reader, results: Sequence[PageResult], source: IssueList
) -> list[PageResult]:
    """Bring pages up to date from where they were read.

    Raises:
        GitHubError: one of them cannot be had.
    """
    requests = [PageRequest(source, result.key, result.head.url) for result in results]
    return await all_or_error(reader, requests, lambda request: read_page(reader, request))


async def ask_for_page(
    client: GitHubClient, request: PageRequest, sent: PageHead | None = None
) -> ApiResponse:
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
        return ApiResponse(
            asked_at=asked_at,
            answered_at=now,
            server_date=now,
            etag=None,
            token_id=None,
            next_url=None,
            body=[],
        )


async def confirm_page(
    reader: Reader, key: PageKey, sent: PageHead, answer: ApiResponse
) -> PageResult:
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
    reader: Reader, request: PageRequest, stored: PageHead | None, answer: ApiResponse
) -> PageResult:
    source = request.source
    rows = parse_issues(answer.body, source.repo, source.repo_id)
    head = _make_head(request, rows, answer, stored)
    await asyncio.to_thread(reader.store.write, request.key, Page(head, rows))
    is_same = stored is not None and stored.content_hash == head.content_hash
    return PageResult(request.key, Outcome.UNCHANGED if is_same else Outcome.FETCHED, head)


def _make_head(
    request: PageRequest, rows: Sequence[IssueRow], answer: ApiResponse, stored: PageHead | None
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


def _served_at(answer: ApiResponse) -> datetime:
    """GitHub's time, less all the time that the answer can have taken since its data was read."""
    return answer.server_date - (answer.answered_at - answer.asked_at)


def _outright(reader: Reader) -> Reader:
    """A reader that asks for a page once more, whatever is stored and however fresh."""
    now = datetime.now(timezone.utc)
    return replace(reader, freshness=Freshness(since=now, revalidate=False))


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
