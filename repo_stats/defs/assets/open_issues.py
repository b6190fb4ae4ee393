"""The graph-backed asset `open_issues`: plan the pages, fetch them in parallel, combine them."""

from collections.abc import Iterator, Sequence

import dagster as dg
import pandas as pd

from repo_stats.defs.assets.issue_pages import NO_PARTITION
from repo_stats.defs.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import CHECKS, check_lists
from repo_stats.defs.steps.failures import RETRY_POLICY, ask, give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import (
    Progress,
    count_outcomes,
    freshness_of_run,
    list_sources,
    recent_requests,
    usage_metadata,
)
from repo_stats.defs.steps.materializations import describe_partitions
from repo_stats.defs.steps.page_partitions import (
    ISSUE_PAGES_KEY,
    _record_and_retire,
)
from repo_stats.defs.steps.snapshot_tables import (
    FetchReport,
    FoundList,
    describe_lists,
    find_lists,
    join_items,
)
from repo_stats.defs.steps.stale_repositories import StaleRepositories
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import PageResult, Reader
from repo_stats.github.issues.planning import ListPlan, PageBatch, Work, make_batches, plan_list
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.snapshot import ListSnapshot, read_exactly, read_list
from repo_stats.github.issues.walk import read_work
from repo_stats.warehouse.scans import ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA

RESULT = "result"


@dg.op(
    out=dg.DynamicOut(io_manager_key="step_values"),
    retry_policy=RETRY_POLICY,
    code_version=CODE_VERSION,
)
def plan_pages(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    warehouse: WarehouseResource,
    repo_metadata: pd.DataFrame,
) -> Iterator[dg.DynamicOutput[PageBatch]]:
    """Tell which pages have to be asked for, and spread them over a few steps."""
    freshness = freshness_of_run(context, github, refresh)
    with plain_failures(context):
        sound = StaleRepositories(context, warehouse.refresh_failures).sound
        plans = [
            plan_list(source, warehouse.pages.heads(source.repo), freshness)
            for source in list_sources(github, repo_metadata, sound)
        ]
    sliding_window = SlidingWindow(github.per_minute, recent_requests(repo_metadata))
    batches = make_batches(plans, github.fetch_steps, github.in_flight, sliding_window)
    asked = sum(batch.pages for batch in batches)
    context.log.info(
        f"Pages to ask for: {asked} (repositories: {len(plans)}, steps: {len(batches)})"
    )
    for number, batch in enumerate(batches, start=1):
        yield dg.DynamicOutput(batch, mapping_key=f"batch_{number:02d}")


@dg.op(
    out=dg.Out(io_manager_key="step_values"),
    retry_policy=RETRY_POLICY,
    code_version=CODE_VERSION,
)
def fetch_pages(
    context: dg.OpExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    warehouse: WarehouseResource,
    batch: PageBatch,
) -> FetchReport:
    """Ask for pages, several at once, and store each the moment it arrives."""
    client = github.client(context.log, batch.in_flight, batch.sliding_window)
    progress = Progress(context.log, "pages read", batch.pages)
    freshness = freshness_of_run(context, github, refresh)
    reader = Reader(client, warehouse.pages, freshness, progress.advance)
    listings, results, errors = ask(context, _read_batch(reader, batch))
    context.log.info(count_outcomes(results))
    return FetchReport(listings, results, client.usage, give_reasons(context, errors))


@dg.op(
    ins={"issue_pages": dg.In(dg.Nothing)},
    out={
        RESULT: dg.Out(io_manager_key="tables"),
        **{spec.get_python_identifier(): dg.Out(dg.Nothing) for spec in CHECKS},
    },
    retry_policy=RETRY_POLICY,
    code_version=CODE_VERSION,
)
def combine_pages(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    warehouse: WarehouseResource,
    repo_metadata: pd.DataFrame,
    reports: list[FetchReport],
) -> Iterator[dg.Output[ScannedFrame] | dg.AssetCheckResult]:
    """Follow each list to its true end, prove what it holds, and make one table of it."""
    troubles = StaleRepositories(context, warehouse.refresh_failures)
    with plain_failures(context):
        troubles.record({r: why for report in reports for r, why in report.reasons.items()})
    sources = list_sources(github, repo_metadata, troubles.sound)
    freshness = freshness_of_run(context, github, refresh)
    sent = Usage.total(report.usage for report in reports).sent or recent_requests(repo_metadata)
    client = github.client(context.log, sliding_window=SlidingWindow(github.per_minute, sent))
    progress = Progress(context.log, "pages followed")
    reader = Reader(client, warehouse.pages, freshness, progress.advance)
    with plain_failures(context):
        found = find_lists(warehouse, sources, freshness, reports)
    unknown = [source for source in sources if source.repo not in found]
    read, errors = ask(context, _read_lists(reader, unknown))
    with plain_failures(context):
        troubles.record(give_reasons(context, errors))
        lists = {**found, **{r: FoundList.of(listing) for r, listing in read.items()}}
        _record_and_retire(context, warehouse.pages, lists)
        items = join_items(warehouse, lists)
        troubles.clear(lists)
    asked = [result for report in reports for result in report.results]
    facts = {**describe_lists(items, lists, asked), **troubles.facts()}
    usage = Usage.total([client.usage, *(report.usage for report in reports)])
    materialisations = describe_partitions(
        context,
        warehouse.tables,
        OPEN_ISSUES,
        items.frame,
        facts,
        set(lists),
        of_run=usage_metadata(usage),
        made_of=[REPO_METADATA],
    )
    if lists:
        lines = [f"{repo}: {item_list.describe(asked)}" for repo, item_list in lists.items()]
        context.log.info("\n".join(lines))
    yield dg.Output(items, RESULT)
    materialisations.record()
    yield troubles.check(OPEN_ISSUES.name)
    yield from check_lists(items, sources)


def build_open_issues(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.graph_asset(
        **asset_arguments(OPEN_ISSUES, partitions, "issues", {"github", "parquet"}),
        check_specs=CHECKS,
        ins={
            "issue_pages": dg.AssetIn(
                ISSUE_PAGES_KEY, partition_mapping=NO_PARTITION, dagster_type=dg.Nothing
            )
        },
    )
    def open_issues(repo_metadata: pd.DataFrame, issue_pages: None) -> dict[str, object]:
        """The open issues and pull requests of a repository, as GitHub lists them.

        One row per item. GitHub's list is always taken as the truth: each refresh revalidates all
        of its pages, so that what was closed, deleted or transferred is gone by itself. Pages
        that did not change cost a free conditional request with a token, and none at all while
        they are younger than the maximum age. Where the list changes while it is read, its pages
        are asked for again until the rows are proved to be those of one moment; the check `exact`
        names a repository of which they are not.
        """
        reports = plan_pages(repo_metadata).map(fetch_pages)
        outputs = combine_pages(repo_metadata, reports.collect(), issue_pages)
        return dict(zip(outputs._fields, outputs, strict=True))

    return open_issues


async def _read_batch(
    reader: Reader, batch: PageBatch
) -> tuple[dict[str, ListSnapshot], list[PageResult], dict[str, GitHubError]]:
    """The lists of a batch, the results of all its pages, and what went wrong, by repository."""
    pieces = [*batch.units, *batch.lists]

    async def read(piece: Work | ListPlan) -> ListSnapshot | list[PageResult]:
        if isinstance(piece, ListPlan):
            return await read_list(reader, piece)
        return await read_work(reader, piece)

    async with reader.client:
        done, errors = await run_bounded(
            reader.client.in_flight, pieces, read, lambda piece: piece.source.repo
        )
    listings = [piece for piece in done if isinstance(piece, ListSnapshot)]
    parts = [piece.results if isinstance(piece, ListSnapshot) else piece for piece in done]
    return (
        {listing.repo: listing for listing in listings},
        [result for part in parts for result in part],
        errors,
    )


async def _read_lists(
    reader: Reader, sources: Sequence[IssueList]
) -> tuple[dict[str, ListSnapshot], dict[str, GitHubError]]:
    """Each repository's list, walked to its end and proved."""
    async with reader.client:
        listings, errors = await run_bounded(
            reader.client.in_flight,
            sources,
            lambda source: read_exactly(reader, source),
            lambda source: source.repo,
        )
    return {listing.repo: listing for listing in listings}, errors
