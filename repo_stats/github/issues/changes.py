"""GitHub's list of changes: the items updated since a time, open or not, as they are now."""

from collections.abc import AsyncIterator
from datetime import datetime

from repo_stats.github.errors import TransientError
from repo_stats.github.issues.page_reader import EMPTY_LIST_PAUSE
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import PageRequest
from repo_stats.github.issues.walk import MOST_PAGES, ListReader
from repo_stats.github.parsing import IssueRow, parse_issues


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
        GitHubError: the list cannot be read.
    """
    issue_list, pages = reader.issue_list, reader.pages
    url: str | None = issue_list.changes_url(since)
    for number in range(1, MOST_PAGES + 1):
        if url is None:
            return
        request = PageRequest(issue_list, PageKey.numbered(issue_list.repo, number), url)
        response = await pages.ask(request)
        if response.body == [] and (is_expected or number > 1):
            await pages.client.pause(EMPTY_LIST_PAUSE)
            response = await pages.ask(request)
        for row in parse_issues(response.body, issue_list.repo, issue_list.repo_id):
            yield row
        url = response.next_url
    raise TransientError(
        f"The changes of {issue_list.repo} did not end within {MOST_PAGES:,} pages."
    )
