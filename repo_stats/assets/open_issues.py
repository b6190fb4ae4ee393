"""The graph-backed asset `open_issues`: plan the pages, fetch them in parallel, combine them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg
import pandas as pd

from repo_stats.assets.asking import (
    RETRY_POLICY,
    Progress,
    ask,
    freshness_of_run,
    plain_failures,
    usage_metadata,
)
from repo_stats.assets.issue_pages import NO_PARTITION
from repo_stats.assets.page_recording import (
    ISSUE_PAGES_KEY,
    PageRecorder,
    count_outcomes,
    is_partition,
    latest_versions,
    list_sources,
    read_and_record,
)
from repo_stats.assets.presentation import CODE_VERSION, asset_arguments, describe_partitions
from repo_stats.github.pages import ListSource, PageKey, PageRequest, plan_requests, split_evenly
from repo_stats.github.scan import Outcome, PageResult, Reader, finish_list, run_bounded
from repo_stats.github.usage import Usage
from repo_stats.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.statistics import deduplicate
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.tables import Scan, ScannedItems

LEAST_PAGES_PER_STEP = 3
"""Fewer pages are not worth a process of their own: a step costs as much as its requests."""


@dataclass(frozen=True)
class PageBatch:
    """The pages one step reads, and how many of them at once."""

    requests: Sequence[PageRequest]
    in_flight: int


@dataclass(frozen=True)
class FetchReport:
    """What one step read, and what that cost."""

    results: Sequence[PageResult]
    usage: Usage


@dg.op(
    out=dg.DynamicOut(io_manager_key="step_values"),
    retry_policy=RETRY_POLICY,
    code_version=CODE_VERSION,
)
def plan_pages(
    context: dg.OpExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    warehouse: WarehouseResource,
    repo_metadata: pd.DataFrame,
) -> Iterator[dg.DynamicOutput[PageBatch]]:
    """Tell which pages have to be asked for, and spread them over a few steps."""
    freshness = freshness_of_run(context, github, refresh)
    pages = warehouse.pages
    with plain_failures(context):
        requests = [
            request
            for source, count in list_sources(github, repo_metadata)
            for request in plan_requests(source, count, pages.heads(source.repo), freshness)
        ]
    most_steps = min(github.fetch_steps, github.in_flight)
    batches = split_evenly(requests, most_steps, LEAST_PAGES_PER_STEP)
    context.log.info(
        f"Pages to ask for: {len(requests)} (repositories: {len(repo_metadata)}, "
        f"steps: {len(batches)})"
    )
    for number, batch in enumerate(batches, start=1):
        share = github.in_flight // len(batches)
        yield dg.DynamicOutput(PageBatch(batch, share), mapping_key=f"batch_{number:02d}")


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
    client = github.client(context.log, batch.in_flight)
    reader = Reader(client, warehouse.pages, freshness_of_run(context, github, refresh))
    recorder = PageRecorder(context, warehouse.pages)
    try:
        results = ask(context, read_and_record(reader, batch.requests, recorder))
    finally:
        recorder.add_partitions()
    context.log.info(count_outcomes(results))
    return FetchReport(results, client.usage)


@dg.op(
    ins={"issue_pages": dg.In(dg.Nothing)},
    out=dg.Out(io_manager_key="tables"),
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
) -> ScannedItems:
    """Follow each list to its true end, and make one table of its pages."""
    pages = warehouse.pages
    client = github.client(context.log)
    reader = Reader(client, pages, freshness_of_run(context, github, refresh))
    recorder = PageRecorder(context, pages)
    sources = list_sources(github, repo_metadata)
    progress = Progress(context.log, "pages followed")
    lists = ask(context, _finish_lists(reader, sources, progress))
    with plain_failures(context):
        _record_and_retire(context, pages, recorder, lists)
        items = pages.read_items([r.key for results in lists.values() for r in results])
    asked = _merge_reports(reports, lists)
    scanned = ScannedItems(deduplicate(items), {r: _scan(lists[r]) for r in lists})
    describe_partitions(
        context, warehouse.tables, OPEN_ISSUES, scanned.frame, _facts(scanned, lists, asked)
    )
    for repo, results in lists.items():
        context.log.info(f"{repo}: {count_outcomes(asked.get(r.key, r) for r in results)}")
    usage = Usage.total([client.usage, *(report.usage for report in reports)])
    context.add_asset_metadata(usage_metadata(usage))
    return scanned


def build_open_issues(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.graph_asset(
        **asset_arguments(OPEN_ISSUES, partitions, "issues", {"github", "parquet"}),
        ins={
            "issue_pages": dg.AssetIn(
                ISSUE_PAGES_KEY, partition_mapping=NO_PARTITION, dagster_type=dg.Nothing
            )
        },
    )
    def open_issues(repo_metadata: pd.DataFrame, issue_pages: None) -> ScannedItems:
        """The open issues and pull requests of a repository, as GitHub lists them.

        One row per item. GitHub's list is always taken as the truth: each refresh revalidates all
        of its pages, so that what was closed, deleted or transferred is gone by itself. Pages
        that did not change cost a free conditional request with a token, and none at all while
        they are younger than the maximum age.
        """
        reports = plan_pages(repo_metadata).map(fetch_pages)
        combined: ScannedItems = combine_pages(repo_metadata, reports.collect(), issue_pages)
        return combined

    return open_issues


async def _finish_lists(
    reader: Reader, sources: Sequence[tuple[ListSource, int]], progress: Progress
) -> dict[str, list[PageResult]]:
    """The pages of each repository's list, walked to its end."""
    async with reader.client:
        lists = await run_bounded(
            reader.client.in_flight,
            sources,
            lambda source: finish_list(reader, *source, progress.advance),
        )
    return dict(zip([source.repo for source, _ in sources], lists, strict=True))


def _merge_reports(
    reports: Sequence[FetchReport], lists: Mapping[str, Sequence[PageResult]]
) -> dict[PageKey, PageResult]:
    """The pages that were asked for in any step of this run."""
    read = [result for report in reports for result in report.results]
    finished = [result for results in lists.values() for result in results]
    return {r.key: r for r in [*read, *finished] if r.outcome is not Outcome.FRESH}


def _scan(results: Sequence[PageResult]) -> Scan:
    return Scan(
        validated_at=min(result.head.validated_at for result in results),
        is_exact=len(results) == 1,
        pages=len(results),
    )


def _record_and_retire(
    context: dg.AssetExecutionContext,
    pages: PageFolder,
    recorder: PageRecorder,
    lists: Mapping[str, Sequence[PageResult]],
) -> None:
    """Make the partitions of `issue_pages` those of the lists as they are now."""
    name = ISSUE_PAGE_PARTITIONS.name or ""
    known = set(context.instance.get_dynamic_partitions(name))
    pages_now = [r for results in lists.values() for r in results if is_partition(r)]
    versions = latest_versions(context, [str(result.key) for result in pages_now])
    for result in pages_now:
        key = str(result.key)
        if key not in known or versions.get(key) != result.head.content_hash:
            recorder.record(result)
    for repo, results in lists.items():
        for number in pages.numbers(repo):
            if number > len(results):
                pages.delete(PageKey(repo, number))
    recorder.add_partitions()
    for key in known - {str(result.key) for result in pages_now}:
        if key.rpartition("/")[0] in lists:
            context.instance.delete_dynamic_partition(name, key)


def _facts(
    scanned: ScannedItems,
    lists: Mapping[str, Sequence[PageResult]],
    asked: Mapping[PageKey, PageResult],
) -> dict[str, dict[str, object]]:
    kinds = scanned.frame.groupby(["repo", "is_pull_request"]).size().to_dict()
    facts: dict[str, dict[str, object]] = {}
    for repo, results in lists.items():
        outcomes = [asked.get(result.key, result).outcome for result in results]
        issues, pull_requests = (int(kinds.get((repo, kind), 0)) for kind in (False, True))
        facts[repo] = {
            "open_items": issues + pull_requests,
            "open_issues": issues,
            "open_pull_requests": pull_requests,
            "pages": len(results),
            "pages_fetched": outcomes.count(Outcome.FETCHED),
            "pages_unchanged": outcomes.count(Outcome.UNCHANGED),
            "pages_fresh": outcomes.count(Outcome.FRESH),
            "pages_asked": len(outcomes) - outcomes.count(Outcome.FRESH),
            "is_exact": scanned.scans[repo].is_exact,
        }
    return facts
