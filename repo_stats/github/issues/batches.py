"""Reading the lists of several repositories at once: an error stops only the work on its list."""

from collections.abc import Sequence

from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError
from repo_stats.github.issues.page_reader import PageReader, PageResult
from repo_stats.github.issues.planning import ListPlan, PageBatch, Work
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.snapshot import ListSnapshot, read_list, take_snapshot
from repo_stats.github.issues.walk import ListReader


async def read_batch(
    pages: PageReader, batch: PageBatch
) -> tuple[dict[str, ListSnapshot], list[PageResult], dict[str, GitHubError]]:
    """Read the lists and parts of lists of a batch.

    Returns:
        The snapshots of its lists, all pages that it read, and errors, by repository.

    Raises:
        RateLimitedError: a rate limit lasts longer than the client may wait.
        AccessError: GitHub accepts no token, or cannot be reached.
    """

    async def read(piece: Work | ListPlan) -> ListSnapshot | list[PageResult]:
        if isinstance(piece, ListPlan):
            return await read_list(pages, piece)
        return await ListReader(pages, piece.issue_list).read(piece)

    async with pages.client:
        done, errors = await run_bounded(
            pages.client.in_flight,
            [*batch.work, *batch.lists],
            read,
            lambda piece: piece.issue_list.repo,
        )
    snapshots = [piece for piece in done if isinstance(piece, ListSnapshot)]
    parts = [piece.results if isinstance(piece, ListSnapshot) else piece for piece in done]
    return (
        {snapshot.repo: snapshot for snapshot in snapshots},
        [result for part in parts for result in part],
        errors,
    )


async def take_snapshots(
    pages: PageReader, lists: Sequence[IssueList]
) -> tuple[dict[str, ListSnapshot], dict[str, GitHubError]]:
    """Read lists to their end, and prove what they held.

    Returns:
        The snapshots and the errors, by repository.

    Raises:
        RateLimitedError: a rate limit lasts longer than the client may wait.
        AccessError: GitHub accepts no token, or cannot be reached.
    """
    async with pages.client:
        snapshots, errors = await run_bounded(
            pages.client.in_flight,
            lists,
            lambda issue_list: take_snapshot(pages, issue_list),
            lambda issue_list: issue_list.repo,
        )
    return {snapshot.repo: snapshot for snapshot in snapshots}, errors
