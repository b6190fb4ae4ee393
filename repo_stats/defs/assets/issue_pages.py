"""The asset `issue_pages`: the pages of the issues lists, each memoised by itself."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import dagster as dg

from repo_stats.defs.failing import RETRY_POLICY, StepError
from repo_stats.defs.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.clock_warnings import warn_of_future_times
from repo_stats.defs.steps.failures import ask, give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import (
    Progress,
    count_outcomes,
    find_issue_lists,
    freshness_of_run,
)
from repo_stats.defs.steps.page_partitions import ISSUE_PAGES_KEY, PageRecorder
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader, PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import IssueList, PageRequest
from repo_stats.github.issues.walk import ListReader
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.one_by_one import work_on_each
from repo_stats.warehouse.schemas import ISSUE_PAGES, REPO_METADATA

NO_PARTITION = dg.SpecificPartitionsPartitionMapping([])
"""The mapping between pages and repositories: none.

Dagster has no mapping between these two kinds of partitions that its daemon understands. Mapping
all to all would show every repository as out of sync as soon as any page changes."""


def build_issue_pages() -> dg.AssetsDefinition:
    """The asset, partitioned by page."""

    @dg.asset(
        key=ISSUE_PAGES_KEY,
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(ISSUE_PAGES, ISSUE_PAGE_PARTITIONS, "issues", {"github", "parquet"}),
        deps=[dg.AssetDep("repo_metadata", partition_mapping=NO_PARTITION)],
        output_required=False,
    )
    def issue_pages(
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.Output[None]]:
        """A page of a repository's list of open issues and pull requests, as GitHub sent it.

        One row per item, oldest first, with the object as received in the column `raw`. Each page
        keeps its ETag and its age. A page younger than the maximum age costs no request. An older
        one costs a conditional request, which is free with a token if nothing changed. A
        materialisation is recorded only if the content of a page is new. `open_issues` reads the
        pages by itself; materialise this asset to read a single page by hand.
        """
        keys = _parse_keys(context.partition_keys)
        index = PageIndex(warehouse.pages)
        with plain_failures(context):
            lists, unread = _find_lists(github, warehouse, sorted({key.repo for key in keys}))
            requests = _make_requests([key for key in keys if key.repo in lists], lists, index)
            warn_of_future_times(context, index.latest(lists))
        freshness = freshness_of_run(context, github, refresh)
        pages = PageReader(github.client(context.log), index, freshness)
        _read_and_record(context, pages, requests, PageRecorder(context, warehouse.pages), unread)
        # No output: it would materialise every page of the run, even one without new content.
        yield from ()

    return issue_pages


def _read_and_record(
    context: dg.AssetExecutionContext,
    pages: PageReader,
    requests: Sequence[PageRequest],
    recorder: PageRecorder,
    unread: Mapping[str, GitHubError],
) -> None:
    """Bring pages up to date, and record those with new content, even if others fail.

    Args:
        context: of the step.
        pages: reads the pages.
        requests: the pages.
        recorder: records them.
        unread: why nothing is known of other repositories, whose pages were picked as well.

    Raises:
        StepError: a page cannot be read.
    """
    progress = Progress(context.log, "pages read", len(requests))

    def record(result: PageResult) -> None:
        recorder.record_if_new(result)
        progress.advance()

    try:
        results, errors = ask(context, _read(replace(pages, on_page=record), requests))
    finally:
        recorder.add_partitions()
    if reasons := give_reasons(context, {**unread, **errors}):
        raise StepError("\n".join(dict.fromkeys(reasons.values())))
    if missing := {request.key for request in requests} - {result.key for result in results}:
        first = min(missing)
        raise StepError(
            f"Page {first} is past what page numbers reach; materialise open_issues of "
            f"{first.repo}, which follows the list to its end."
        )
    context.log.info(count_outcomes(results))


def _find_lists(
    github: GitHubResource, warehouse: WarehouseResource, repos: Sequence[str]
) -> tuple[dict[str, IssueList], dict[str, GitHubError]]:
    """The lists of repositories, and why some cannot be read, by repository."""
    rows, errors = work_on_each(repos, lambda repo: warehouse.tables.load(REPO_METADATA, repo).rows)
    metadata = join_frames(REPO_METADATA, list(rows.values()))
    return {each.repo: each for each in find_issue_lists(github, metadata, rows)}, errors


async def _read(
    pages: PageReader, requests: Sequence[PageRequest]
) -> tuple[list[PageResult], dict[str, GitHubError]]:
    async with pages.client:
        parts, errors = await run_bounded(
            pages.client.in_flight,
            requests,
            lambda request: ListReader(pages, request.issue_list).read(request),
            lambda request: request.issue_list.repo,
        )
    return [result for results in parts for result in results], errors


def _make_requests(
    keys: Sequence[PageKey], lists: Mapping[str, IssueList], index: PageIndex
) -> list[PageRequest]:
    try:
        return [lists[key.repo].request(key, index.head(key)) for key in keys]
    except ValueError as error:
        raise StepError(str(error)) from None


def _parse_keys(keys: Sequence[str]) -> list[PageKey]:
    try:
        return sorted(PageKey.parse(key) for key in keys)
    except ValueError as error:
        raise StepError(str(error)) from None
