"""GitHub's list of changes: the items updated since a time, open or not, as they are now."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from itertools import count

from repo_stats.github.errors import EndlessListError
from repo_stats.github.issues.bounds import NewItems
from repo_stats.github.issues.page_reader import EMPTY_LIST_PAUSE
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import PageRequest, believe_number, most_pages
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.parsing import IssueRow


async def iterate_changes(
    reader: ListReader, since: datetime, *, is_expected: bool = False
) -> AsyncIterator[IssueRow]:
    """All items, open or not, that were updated since a time, as they are now.

    An item that is touched while the list is read moves to the end, and is yielded there again.

    Args:
        reader: reads the list.
        since: the time, by GitHub's clock.
        is_expected: whether items are expected, so that an empty list is requested twice.

    Raises:
        GitHubError: the list cannot be read, or has no end.
    """
    issue_list, pages = reader.issue_list, reader.pages
    url = issue_list.changes_url(since)
    new_items, bound = NewItems(issue_list.repo), _ChangesBound(reader)
    for number in count(1):
        request = PageRequest(issue_list, PageKey.numbered(issue_list.repo, number), url)
        response = await pages.ask(request)
        if response.body == [] and (is_expected or number > 1):
            await pages.client.pause(EMPTY_LIST_PAUSE)
            response = await pages.ask(request)
        rows = await pages.parse(issue_list, response)
        for row in rows:
            yield row
        if response.next_url is None:
            return
        url = response.next_url
        new_items.require({row["id"]: int(row["updated_at"].timestamp()) for row in rows})
        await bound.require_end(number, max(row["number"] for row in rows))


async def read_highest_number(reader: ListReader) -> int:
    """The number of the item that was opened last: there are about as many items, or fewer.

    Raises:
        GitHubError: the list cannot be read.
    """
    issue_list = reader.issue_list
    key = PageKey.numbered(issue_list.repo, 1)
    url = replace(issue_list, state="all").newest_url()
    response = await reader.pages.ask(PageRequest(issue_list, key, url))
    rows = await reader.pages.parse(issue_list, response)
    return max((row["number"] for row in rows), default=0)


class _ChangesBound:
    """The most pages of a list of changes: it has no more items than there are, open or not.

    Args:
        reader: asks for the highest number, but only if the list is longer than usual.
    """

    def __init__(self, reader: ListReader) -> None:
        self._reader = reader
        self._highest = 0
        self._newest: int | None = None

    async def require_end(self, pages: int, number: int) -> None:
        """Check that the list may go on after a number of pages.

        Args:
            pages: how many pages were read.
            number: the highest number on the latest one.

        Raises:
            EndlessListError: it should have ended.
            GitHubError: the highest number cannot be read.
        """
        self._highest = max(self._highest, number)
        counter, per_page = self._reader.issue_list.counter, self._reader.issue_list.per_page
        if pages > most_pages(counter, per_page) and self._newest is None:
            self._newest = await read_highest_number(self._reader)
        items = max(believe_number(self._highest, counter, per_page), self._newest or 0)
        if pages > most_pages(items, per_page):
            raise EndlessListError(
                f"GitHub's list of changes of {self._reader.issue_list.repo} goes on after "
                f"{pages:,} pages, so it was not read further; the next refresh tries again."
            )
