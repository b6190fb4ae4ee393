"""Reading one list: the parts that were planned, and then the whole list to its true end.

Every page goes through `PageReader.read`, which sends no request for a fresh page. So a walk after
the planned parts costs only the requests that could not be planned. `snapshot` proves whether the
pages hold the list of one moment. `bounds` says when a list is left because it does not end.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import cached_property
from itertools import count

from repo_stats.github.errors import EndlessListError, PageCapError
from repo_stats.github.issues.bounds import NewItems, Walk
from repo_stats.github.issues.page_reader import (
    EMPTY_LIST_PAUSE,
    PageReader,
    PageResult,
    with_outcomes_of,
)
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.planning import Work
from repo_stats.github.issues.probing import cut_at_places, is_long
from repo_stats.github.issues.proof import is_implausible
from repo_stats.github.issues.requests import IssueList, PageRequest
from repo_stats.github.issues.windows import (
    TimeRange,
    absorb,
    is_cut_by_time,
    list_time_ranges,
    rest_of,
)


@dataclass(frozen=True)
class ListReader:
    """Reads one list.

    Attributes:
        pages: reads its pages.
        issue_list: the list.
        added: the pages that it has stored under names that had none before.
    """

    pages: PageReader
    issue_list: IssueList
    added: set[PageKey] = field(default_factory=set, compare=False)

    def since(self, moment: datetime) -> "ListReader":
        """A reader that revalidates every page that was not validated since a moment."""
        return replace(self, pages=self.pages.since(moment))

    @cached_property
    def _walk(self) -> Walk:
        """The pages that this reader has read."""
        return Walk(self.issue_list, self.pages.client.usage, is_alone=self.pages.is_alone)

    @cached_property
    def _turns(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.pages.client.in_flight)

    async def read(self, work: Work) -> list[PageResult]:
        """Bring a part of the list up to date.

        Returns:
            Its pages; none if page numbers do not reach that far.

        Raises:
            GitHubError: a page cannot be read; the pages that were read are stored.
        """
        return await self._clean_up_after(self._read(work))

    async def read_to_end(self) -> list[PageResult]:
        """Walk the list from its first page to its true end.

        Returns:
            All its pages in order. Of pages by number only the last may be empty, which proves that
            the list ends with the full page before it.

        Raises:
            GitHubError: a page cannot be read; the pages that were read are stored.
        """
        walk = replace(self)  # with a count of its own
        return await walk._clean_up_after(walk._read_to_end())

    async def read_windows(self) -> list[PageResult]:
        """Bring the whole list up to date as windows of time.

        Raises:
            GitHubError: a window cannot be read; the windows that were read are stored.
        """
        walk = replace(self)
        return await walk._clean_up_after(walk._read_windows())

    async def _clean_up_after(self, reading: Awaitable[list[PageResult]]) -> list[PageResult]:
        """Remove the pages that were added to a list before it was found to have no end."""
        try:
            return await reading
        except EndlessListError:
            for key in self.added:
                await asyncio.to_thread(self.pages.index.delete, key)
            raise

    async def _read(self, work: Work) -> list[PageResult]:
        if isinstance(work, TimeRange):
            return await self._read_time_range(work)
        with suppress(PageCapError):
            return [await self._read_page(work)]
        return []

    async def _read_to_end(self) -> list[PageResult]:
        if not is_cut_by_time(self.issue_list, await self._keys()):
            with suppress(PageCapError):
                return await self._walk_numbers()
        return await self._read_windows()

    async def _read_page(self, request: PageRequest) -> PageResult:
        # Many parts may wait for a request: none may be sent after another part has met a bound.
        async with self._turns:
            with self._walk.read_part():
                result = await self.pages.read(request)
        if result.is_new:
            self.added.add(result.key)
        with self._walk.read_part():
            self._walk.count(result)
        return result

    def _go_on_after(self, result: PageResult, new_items: NewItems) -> None:
        """Check that a list may go on after a page.

        Raises:
            EndlessListError: it has no end.
        """
        with self._walk.read_part():
            new_items.require(result.head.updates)
            self._walk.count_longer(result)

    async def _read_windows(self) -> list[PageResult]:
        windows = await self._read_all_ranges()
        doubtful = [window for window in windows if self._is_doubtful(window, windows)]
        if not doubtful:
            return windows
        await self.pages.client.pause(EMPTY_LIST_PAUSE)
        await self.pages.unconditional().read_again(doubtful, self.issue_list)
        return with_outcomes_of(windows, await self._read_all_ranges())

    async def _walk_numbers(self) -> list[PageResult]:
        """Read the list by page numbers to its end.

        Raises:
            PageCapError: the list is longer than page numbers reach.
            EndlessListError: the list has no end.
        """
        results: list[PageResult] = []
        new_items = NewItems(self.issue_list.repo)
        for number in count(1):
            results.append(await self._read_page(self.issue_list.numbered(number)))
            if is_implausible(results):
                request = replace(self.issue_list.numbered(number), is_expected=True)
                results[-1] = await self.pages.unconditional().read(request)
            if results[-1].head.ends_list:
                break
            self._go_on_after(results[-1], new_items)
        return results

    async def _read_all_ranges(self) -> list[PageResult]:
        ranges = list_time_ranges(self.issue_list, await self._keys())
        results = {result.key: result for result in await self._read_ranges(ranges)}
        kept = absorb({key: result.head for key, result in results.items()})
        return [results[key] for key in kept]

    async def _read_ranges(self, ranges: Sequence[TimeRange]) -> list[PageResult]:
        """Bring time ranges up to date, the newest first.

        A list whose end was read before the rest is proved by a few requests that count its items,
        and not by requesting all of it again.
        """
        parts = await self.pages.gather([*reversed(ranges)], self._read_time_range)
        return [result for windows in parts for result in windows]

    async def _read_time_range(self, time_range: TimeRange) -> list[PageResult]:
        """Bring the items of a time range up to date, as one window or several."""
        if time_range.is_whole_list and not await self._keys():
            return await self._read_unknown(time_range)
        return await self._read_in_order(time_range)

    async def _read_unknown(self, time_range: TimeRange) -> list[PageResult]:
        """Read a time range of which nothing is stored, in pieces if it is long.

        All pieces begin at once, so that none waits for the last page of another one.
        """
        if not is_long(time_range):
            return await self._read_in_order(time_range)
        with self._walk.read_part():
            pieces = await cut_at_places(self.pages, time_range)
        if len(pieces) == 1:
            return await self._read_in_order(pieces[0])
        parts = await self.pages.gather(pieces, self._read_unknown, width=len(pieces))
        return [result for windows in parts for result in windows]

    async def _read_in_order(self, time_range: TimeRange) -> list[PageResult]:
        """Bring the items of a time range up to date, one page after the other."""
        results = [await self._read_page(self.issue_list.window(time_range.since))]
        new_items = NewItems(self.issue_list.repo)
        while not time_range.is_covered_by(results[-1].head):
            head = results[-1].head
            self._go_on_after(results[-1], new_items)
            if head.last_updated_at is not None and head.last_updated_at > time_range.since:
                time_range = rest_of(time_range, head, datetime.now(timezone.utc))
                if is_long(time_range):
                    return results + await self._read_unknown(time_range)
                results.append(await self._read_page(self.issue_list.window(time_range.since)))
                new_items = NewItems(self.issue_list.repo)
                continue
            following = await self._read_next_part(results[-1])
            if following is None:
                break
            results.append(following)
        return results

    async def _read_next_part(self, result: PageResult) -> PageResult | None:
        """The page after one that holds only items of a single second; None if there is none.

        Time cannot cut such a page: only GitHub's cursor leads on. A stored page without a `next`
        is first requested without its ETag, because a 304 does not prove that there is no `next`.
        """
        if result.head.next_url is None:
            request = PageRequest(self.issue_list, result.key, result.head.url)
            result = await self.pages.unconditional().read(request)
        since = result.key.since
        if result.head.next_url is None or since is None:
            return None
        key = PageKey.window(self.issue_list.repo, since, result.key.part + 1)
        return await self._read_page(PageRequest(self.issue_list, key, result.head.next_url))

    def _is_doubtful(self, window: PageResult, windows: Sequence[PageResult]) -> bool:
        """Whether a single empty response is all that says that a window has no items.

        If the window before it had reached the end of the list, `absorb` would have dropped it.
        """
        if window.head.rows > 0 or window.head.answered_at > window.head.fetched_at:
            return False
        has_items = self.issue_list.counter > 0 and self.issue_list.has_issues
        return len(windows) > 1 or has_items

    async def _keys(self) -> list[PageKey]:
        return list(await asyncio.to_thread(self.pages.index.heads, self.issue_list.repo))
