"""GitHub's lists of changes: what was updated since a time, in whatever state it is by now."""

from collections.abc import AsyncIterator
from datetime import datetime

from repo_stats.github.errors import TransientError
from repo_stats.github.issues.page_reader import EMPTY_LIST_PAUSE, Reader, ask_for_page
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import IssueList, PageRequest
from repo_stats.github.issues.walk import MOST_PAGES
from repo_stats.github.parsing import IssueRow, parse_issues


async def iterate_changes(
    reader: Reader, source: IssueList, since: datetime, *, is_expected: bool = False
) -> AsyncIterator[IssueRow]:
    """All items, open or not, that were updated since a time, as they are now.

    An item that is touched while the list is read moves to its end and comes again there.

    Args:
        reader: the API.
        source: the list.
        since: the time, by GitHub's clock.
        is_expected: whether there should be any, so that none is not believed at once.

    Raises:
        GitHubError: the list cannot be had.
    """
    url: str | None = source.changes_url(since)
    for number in range(1, MOST_PAGES + 1):
        if url is None:
            return
        request = PageRequest(source, PageKey.numbered(source.repo, number), url)
        answer = await ask_for_page(reader.client, request)
        if answer.body == [] and (is_expected or number > 1):
            await reader.client.pause(EMPTY_LIST_PAUSE)
            answer = await ask_for_page(reader.client, request)
        for row in parse_issues(answer.body, source.repo, source.repo_id):
            yield row
        url = answer.next_url
    raise TransientError(f"The changes of {source.repo} did not end within {MOST_PAGES:,} pages.")
