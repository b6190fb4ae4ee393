"""The asset `issue_pages`: the pages of the issues lists, each memoised by itself."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import dagster as dg

from repo_stats.assets.asking import RETRY_POLICY, Context, ask, freshness_of_run
from repo_stats.assets.presentation import (
    BACKFILL_POLICY,
    CODE_VERSION,
    OWNERS,
    definition_metadata,
)
from repo_stats.github.pages import ListSource, PageKey, PageRequest
from repo_stats.github.scan import Outcome, PageResult, Reader, read_pages
from repo_stats.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.schemas import ISSUE_PAGES, REPO_METADATA
from repo_stats.warehouse.tables import Tables

ISSUE_PAGES_KEY = dg.AssetKey(ISSUE_PAGES.name)

NO_PARTITION = dg.SpecificPartitionsPartitionMapping([])
"""Pages and repositories have different partitions, and Dagster has no mapping between the two
that its daemon understands. Mapping all to all would show every repository as out of sync as soon
as a page of any other changes; so the dependency is declared, without partitions."""


def build_issue_pages() -> dg.AssetsDefinition:
    """The asset, partitioned by page."""

    @dg.asset(
        key=ISSUE_PAGES_KEY,
        partitions_def=ISSUE_PAGE_PARTITIONS,
        backfill_policy=BACKFILL_POLICY,
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        group_name="issues",
        owners=OWNERS,
        kinds={"github", "parquet"},
        metadata=definition_metadata(ISSUE_PAGES),
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
        keys = sorted(PageKey.parse(key) for key in context.partition_keys)
        sources = _find_sources(warehouse.tables, github, sorted({key.repo for key in keys}))
        pages = warehouse.pages
        requests = [sources[key.repo].request(key.number, pages.head(key)) for key in keys]
        client = github.client(context.log)
        reader = Reader(client, pages, freshness_of_run(context, github, refresh))
        recorder = PageRecorder(context, pages)
        results = ask(context, _read(reader, requests, recorder))
        recorder.add_partitions()
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


class PageRecorder:
    """Records materialisations of `issue_pages` from within a step, for pages with new content.

    A page is recorded before its partition is added: a run killed in between leaves a page without
    a partition, which the next run notices and records anew.

    Args:
        context: of the step.
        pages: where the pages are stored.
    """

    def __init__(self, context: Context, pages: PageFolder) -> None:
        self._context = context
        self._pages = pages
        self._recorded: list[str] = []

    def record_if_new(self, result: PageResult) -> None:
        """Record a page if its content is new."""
        if result.outcome is Outcome.FETCHED and is_partition(result):
            self.record(result)

    def record(self, result: PageResult) -> None:
        """Record a page."""
        self._context.log_event(
            dg.AssetMaterialization(
                ISSUE_PAGES_KEY,
                partition=str(result.key),
                metadata={
                    "dagster/uri": self._pages.uri(result.key),
                    "dagster/partition_row_count": result.head.rows,
                    "content_hash": result.head.content_hash,
                },
                tags={"dagster/data_version": result.head.content_hash},
            )
        )
        self._recorded.append(str(result.key))

    def add_partitions(self) -> None:
        """Add the partitions of all recorded pages, once a step."""
        if self._recorded:
            self._context.instance.add_dynamic_partitions(
                ISSUE_PAGE_PARTITIONS.name or "", sorted(self._recorded)
            )


def is_partition(result: PageResult) -> bool:
    """Whether a page is a partition: an empty one is not, unless the whole list is empty."""
    return result.head.rows > 0 or result.key.number == 1


def count_outcomes(results: Iterable[PageResult]) -> str:
    """How many pages came to be up to date in which way, for the log."""
    counts = Counter(result.outcome for result in results)
    parts = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    return f"{counts.total()} pages, {parts}"


def list_source(github: GitHubResource, repo: str, repo_id: int) -> ListSource:
    """The list of open issues of a repository, as this project reads it."""
    return ListSource(repo, repo_id, github.api_url, github.per_page)


def _find_sources(
    tables: Tables, github: GitHubResource, repos: Sequence[str]
) -> dict[str, ListSource]:
    try:
        metadata = tables.read(REPO_METADATA, repos)
    except WarehouseError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    return {
        repo: list_source(github, repo, int(repo_id))
        for repo, repo_id in zip(metadata["repo"], metadata["repo_id"], strict=True)
    }


async def _read(
    reader: Reader, requests: Sequence[PageRequest], recorder: PageRecorder
) -> list[PageResult]:
    async with reader.client:
        return await read_pages(reader, requests, recorder.record_if_new)
