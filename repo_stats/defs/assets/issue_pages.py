"""The asset `issue_pages`: the pages of the issues lists, each memoised by itself."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from repo_stats.defs.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.defs.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.failures import RETRY_POLICY, ask, give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import (
    Progress,
    count_outcomes,
    freshness_of_run,
    list_sources,
)
from repo_stats.defs.steps.page_partitions import ISSUE_PAGES_KEY, PageRecorder
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError
from repo_stats.github.issues.page_reader import PageResult, Reader
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import IssueList, PageRequest
from repo_stats.github.issues.walk import read_work
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.schemas import ISSUE_PAGES, REPO_METADATA

NO_PARTITION = dg.SpecificPartitionsPartitionMapping([])
"""Pages and repositories have different partitions, and Dagster has no mapping between the two
that its daemon understands. Mapping all to all would show every repository as out of sync as soon
as a page of any other changes; so the dependency is declared, without partitions."""


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
        keeps its ETag and its age: one younger than the maximum age costs no request, an older
        one a conditional request, which is free with a token if nothing changed. A
        materialisation is recorded only when the content of a page is new. Usually
        `open_issues` reads the pages; a single one can be materialised here by hand.
        """
        keys = _parse_keys(context.partition_keys)
        pages = warehouse.pages
        with plain_failures(context):
            metadata = warehouse.tables.read(REPO_METADATA, sorted({key.repo for key in keys}))
            listed = list_sources(github, metadata, {key.repo for key in keys})
            requests = _make_requests(keys, {source.repo: source for source in listed}, pages)
        client = github.client(context.log)
        recorder = PageRecorder(context, pages)
        freshness = freshness_of_run(context, github, refresh)
        progress = Progress(context.log, "pages read", len(requests))

        def on_page(result: PageResult) -> None:
            recorder.record_if_new(result)
            progress.advance()

        reader = Reader(client, pages, freshness, on_page)
        try:
            results, errors = ask(context, _read(reader, requests))
        finally:
            recorder.add_partitions()
        if reasons := give_reasons(context, errors):
            raise dg.Failure("\n".join(dict.fromkeys(reasons.values())), allow_retries=False)
        if missing := set(keys) - {result.key for result in results}:
            raise dg.Failure(
                f"Page {min(missing)} is past what page numbers reach; materialise open_issues of "
                f"{min(missing).repo}, which follows the list to its end.",
                allow_retries=False,
            )
        context.log.info(count_outcomes(results))
        # No output: it would materialise every page of the run, also those without new content.
        yield from ()

    return issue_pages


async def _read(
    reader: Reader, requests: Sequence[PageRequest]
) -> tuple[list[PageResult], dict[str, GitHubError]]:
    async with reader.client:
        pages, errors = await run_bounded(
            reader.client.in_flight,
            requests,
            lambda request: read_work(reader, request),
            lambda request: request.source.repo,
        )
    return [result for results in pages for result in results], errors


def _make_requests(
    keys: Sequence[PageKey], sources: Mapping[str, IssueList], pages: PageFolder
) -> list[PageRequest]:
    try:
        return [sources[key.repo].request(key, pages.head(key)) for key in keys]
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def _parse_keys(keys: Sequence[str]) -> list[PageKey]:
    try:
        return sorted(PageKey.parse(key) for key in keys)
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
