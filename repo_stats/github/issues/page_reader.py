"""Reading one page of a list: from the store while it is fresh, else with one request."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum
from typing import TypeVar

from repo_stats.github.client import GitHubClient
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import EndlessListError, GoneError
from repo_stats.github.http.responses import ApiResponse
from repo_stats.github.issues.ownership import require_own_items
from repo_stats.github.issues.page_heads import make_empty_response, make_head
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_times import find_begin, find_served_at
from repo_stats.github.issues.pages import Freshness, Page, PageHead, PageKey
from repo_stats.github.issues.requests import BEGINNING, IssueList, PageRequest
from repo_stats.github.parsing import IssueRow, parse_issues

EMPTY_LIST_PAUSE = 5.0
"""Seconds to wait before an unexpectedly empty page is requested again: GitHub has answered `[]`
for lists that were not empty (max-sixty/tend#345)."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class Outcome(Enum):
    """How a page was brought up to date."""

    FRESH = "fresh"
    """There was no request: it was validated recently enough."""
    UNCHANGED = "unchanged"
    """There was a request: GitHub has the content that is stored."""
    FETCHED = "fetched"
    """There was a request: the content is new."""


@dataclass(frozen=True)
class PageResult:
    """A page that is up to date now.

    Attributes:
        key: its name.
        outcome: how it was brought up to date.
        head: what is known of it.
        is_new: whether no page was stored under its name before.
        highest: the highest number of an item on it; 0 if it has none, or was not received now.
        remaining: how many requests its response says are left; None if there was no response, or
            it says nothing.
    """

    key: PageKey
    outcome: Outcome
    head: PageHead
    is_new: bool = False
    highest: int = 0
    remaining: int | None = None


OnPage = Callable[[PageResult], None]


@dataclass(frozen=True)
class PageReader:
    """Brings single pages up to date, and stores each one when it arrives.

    Attributes:
        client: the API.
        index: the stored pages.
        freshness: which stored pages need no request.
        on_page: called with each page that was requested.
        is_alone: whether the run reads the list of one repository only.
    """

    client: GitHubClient
    index: PageIndex
    freshness: Freshness
    on_page: OnPage = lambda result: None
    is_alone: bool = False

    def since(self, moment: datetime) -> "PageReader":
        """A reader that revalidates every page that was not validated since a moment."""
        return replace(self, freshness=Freshness(since=moment, revalidate=True))

    def unconditional(self) -> "PageReader":
        """A reader that requests every page in full, whatever is stored and however fresh it is."""
        now = datetime.now(timezone.utc)
        return replace(self, freshness=Freshness(since=now, revalidate=False))

    async def read(self, request: PageRequest) -> PageResult:
        """Bring a page up to date, usually with one request.

        A page that is unexpectedly empty is requested a second time, after a pause.

        Raises:
            GitHubError: the page cannot be read; what is stored stays.
        """
        stored = await asyncio.to_thread(self.index.head, request.key)
        now = datetime.now(timezone.utc)
        if stored is not None and self.freshness.covers(stored, request.url, now):
            return PageResult(request.key, Outcome.FRESH, stored)
        is_same_address = stored is not None and stored.url == request.url
        sent = stored if is_same_address and self.freshness.revalidate else None
        response = await self.ask(request, sent)
        if response.body == [] and (request.is_expected or _is_surprising(stored, sent, response)):
            await self.client.pause(EMPTY_LIST_PAUSE)
            response = await self.ask(request)
        if response.body is None and sent is not None:
            result = await self.confirm(request.key, sent, response)
        else:
            result = await self._store(request, stored, response)
        self.on_page(result)
        return result

    async def read_again(
        self, results: Sequence[PageResult], issue_list: IssueList
    ) -> list[PageResult]:
        """Bring pages of a list up to date, each from the address where it was read.

        Raises:
            GitHubError: one of them cannot be read.
        """
        requests = [PageRequest(issue_list, result.key, result.head.url) for result in results]
        return await self.gather(requests, self.read)

    async def ask(self, request: PageRequest, sent: PageHead | None = None) -> ApiResponse:
        """Request a page, conditionally if the head of a stored one is given.

        If issues are disabled, GitHub may respond that the list is gone. It then counts as empty.

        Raises:
            GitHubError: the page cannot be read.
        """
        etag, owner = (None, None) if sent is None else (sent.etag, sent.token_id)
        repo = request.issue_list.repo
        asked_at = datetime.now(timezone.utc)
        try:
            return await self.client.get(
                request.url, repo=repo, shape=list, etag=etag, etag_owner=owner
            )
        except GoneError:
            if request.issue_list.has_issues:
                raise
            return make_empty_response(asked_at)

    async def parse(self, issue_list: IssueList, response: ApiResponse) -> list[IssueRow]:
        """The rows of a page of a list, which are all of its repository.

        Raises:
            GitHubError: they are not, or the page holds something that is no item.
        """
        rows = parse_issues(response.body, issue_list.repo, issue_list.repo_id)
        await require_own_items(self.client, issue_list, response.body)
        return rows

    async def confirm(self, key: PageKey, sent: PageHead, response: ApiResponse) -> PageResult:
        """Store that a 304 confirmed the page whose head was sent."""
        confirmed = replace(
            sent,
            fetched_at=find_begin(sent, response),
            validated_at=response.asked_at,
            answered_at=response.answered_at,
            served_at=find_served_at(response),
        )
        await asyncio.to_thread(self.index.confirm, key, sent, confirmed)
        return PageResult(key, Outcome.UNCHANGED, confirmed)

    async def gather(
        self, items: Sequence[_Item], work: Callable[[_Item], Awaitable[_Result]], width: int = 0
    ) -> list[_Result]:
        """Await `work` on each item of one repository, `width` at once, or as many as requests.

        Raises:
            GitHubError: one of them failed; all others were tried.
        """
        results, errors = await run_bounded(
            width or self.client.in_flight, items, work, lambda item: ""
        )
        for error in errors.values():
            raise error
        return results

    async def _store(
        self, request: PageRequest, stored: PageHead | None, response: ApiResponse
    ) -> PageResult:
        issue_list = request.issue_list
        rows = await self.parse(issue_list, response)
        head = make_head(request, rows, response, stored)
        _require_bound(request, head)
        await asyncio.to_thread(self.index.write, request.key, Page(head, rows))
        is_same = stored is not None and stored.content_hash == head.content_hash
        outcome = Outcome.UNCHANGED if is_same else Outcome.FETCHED
        highest = max((row["number"] for row in rows), default=0)
        remaining = None if response.quota is None else response.quota.remaining
        return PageResult(request.key, outcome, head, stored is None, highest, remaining)


def with_outcomes_of(
    earlier: Iterable[PageResult], results: Iterable[PageResult]
) -> list[PageResult]:
    """Give each result the strongest outcome of its page: content that was new in a run stays new.

    Args:
        earlier: earlier results for the same pages, and perhaps for others.
        results: the latest results.
    """
    before = {(result.key, result.outcome) for result in earlier}
    return [
        replace(result, outcome=_strongest(result.outcome, result.key, before))
        for result in results
    ]


def _require_bound(request: PageRequest, head: PageHead) -> None:
    """Check that a window does not end before it begins.

    Raises:
        EndlessListError: it does, so the server ignores the time that it is asked for.
    """
    since = request.key.since
    if since is None or since <= BEGINNING or head.last_updated_at is None:
        return
    if head.last_updated_at < since:
        raise EndlessListError(
            f"GitHub's list of {request.issue_list.repo} holds only items from before the time "
            "that was asked for, so it was not read further; the next refresh tries again."
        )


def _strongest(outcome: Outcome, key: PageKey, before: Set[tuple[PageKey, Outcome]]) -> Outcome:
    for stronger in (Outcome.FETCHED, Outcome.UNCHANGED):
        if outcome is stronger or (key, stronger) in before:
            return stronger
    return outcome


def _is_surprising(stored: PageHead | None, sent: PageHead | None, response: ApiResponse) -> bool:
    """Whether an empty response contradicts what is stored.

    If an empty page is stored and its own validator was sent, a correct response would be a 304.
    """
    if stored is not None and stored.rows:
        return True
    return sent is not None and sent.etag is not None and response.token_id == sent.token_id
