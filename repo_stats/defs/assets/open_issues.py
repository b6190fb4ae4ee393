"""The graph-backed asset `open_issues`: plan the pages, fetch them in parallel, combine them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timezone

import dagster as dg

from repo_stats.defs.assets.issue_pages import NO_PARTITION
from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import CHECKS, check_lists
from repo_stats.defs.steps.clock_warnings import warn_of_future_times
from repo_stats.defs.steps.failures import ask, give_reasons, is_repeated, plain_failures
from repo_stats.defs.steps.github_requests import (
    Progress,
    count_outcomes,
    find_issue_lists,
    freshness_of_run,
    is_alone,
    window_after,
)
from repo_stats.defs.steps.page_partitions import ISSUE_PAGES_KEY, update_partitions
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.steps.refreshed_lists import describe_refresh, refresh_lists
from repo_stats.defs.steps.snapshot_tables import (
    FetchResult,
    find_snapshots,
    find_tables,
    index_pages,
    join_items_of_each,
)
from repo_stats.defs.steps.stale_repositories import StaleRepositories
from repo_stats.defs.stored_rows import Refreshed, StoredRows
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.batches import read_batch, take_snapshots
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.planning import PageBatch, make_batches, plan_list
from repo_stats.warehouse.one_by_one import work_on_each
from repo_stats.warehouse.schemas import OPEN_ISSUES

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
    repo_metadata: StoredRows,
) -> Iterator[dg.DynamicOutput[PageBatch]]:
    """Find the pages that need a request, and spread them over a few steps."""
    freshness = freshness_of_run(context, github, refresh)
    index, now = PageIndex(warehouse.pages), datetime.now(timezone.utc)
    with plain_failures(context):
        stale = StaleRepositories(context, warehouse.refresh_failures)
        scope = RefreshScope(context, github, refresh, warehouse)
        unseen = [repo for repo in stale.healthy if not scope.is_seen(repo)]
        found = find_issue_lists(github, repo_metadata.load(unseen), unseen)
        lists = {issue_list.repo: issue_list for issue_list in found}
        by_repo, errors = work_on_each(
            lists, lambda repo: plan_list(lists[repo], index.heads(repo), freshness, now)
        )
        stale.record(give_reasons(context, errors))
        # After the plans: pages that cannot be read have ended the work on their repository only.
        warn_of_future_times(context, index.latest(by_repo))
    plans = list(by_repo.values())
    sliding_window = window_after(github, scope.states.values())
    batches = make_batches(plans, github.fetch_steps, github.in_flight, sliding_window)
    planned = sum(batch.pages for batch in batches)
    seen = len(stale.healthy) - len(plans)
    context.log.info(
        f"Pages to request: {planned} (repositories: {len(plans)}, steps: {len(batches)}); "
        f"lists that need no request: {seen}"
    )
    for number, batch in enumerate(batches, start=1):
        with_heads = replace(batch, heads=index.heads_by_repo(batch.repos))
        yield dg.DynamicOutput(with_heads, mapping_key=f"batch_{number:02d}")


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
) -> FetchResult:
    """Request pages, several at once, and store each when it arrives."""
    repos = context.partition_keys
    client = github.client(context.log, batch.in_flight, batch.sliding_window, repos=repos)
    progress = Progress(context.log, "pages read", batch.pages)
    freshness = freshness_of_run(context, github, refresh)
    # After a failed attempt, only the store knows which pages that attempt stored.
    index = PageIndex(warehouse.pages, None if is_repeated(context) else batch.heads)
    pages = PageReader(client, index, freshness, progress.advance, is_alone(context, github))
    snapshots, results, errors = ask(context, read_batch(pages, batch))
    context.log.info(count_outcomes(results))
    reasons = give_reasons(context, errors)
    return FetchResult(snapshots, results, index.heads_by_repo(batch.repos), client.usage, reasons)


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
    repo_metadata: StoredRows,
    results: list[FetchResult],
) -> Iterator[dg.Output[Refreshed] | dg.AssetCheckResult]:
    """Follow each list to its true end, prove what it holds, and make one table of all lists."""
    stale = StaleRepositories(context, warehouse.refresh_failures)
    with plain_failures(context):
        stale.record({repo: why for result in results for repo, why in result.reasons.items()})
        scope = RefreshScope(context, github, refresh, warehouse)
        chosen = scope.choose_lists(stale.healthy)
        # A forced refresh makes all rows again: the code that makes them may have changed.
        tables, errors = find_tables(scope.tables, [] if refresh.force else chosen)
        stale.record(give_reasons(context, errors))
    usable = [repo for repo in chosen if repo not in errors]
    lists = find_issue_lists(github, repo_metadata.load(usable), usable)
    pages = _make_page_reader(context, github, refresh, warehouse, scope, results)
    with plain_failures(context):
        snapshots, errors = find_snapshots(
            pages.index, lists, tables, pages.freshness, results, datetime.now(timezone.utc)
        )
        stale.record(give_reasons(context, errors))
    lists = [issue_list for issue_list in lists if issue_list.repo not in errors]
    missing = [issue_list for issue_list in lists if issue_list.repo not in snapshots]
    taken, errors = ask(context, take_snapshots(pages, missing))
    snapshots.update(taken)
    with plain_failures(context):
        stale.record(give_reasons(context, errors))
        items, errors = join_items_of_each(warehouse.pages, snapshots, tables, warehouse.bots)
        stale.record(give_reasons(context, errors))
        snapshots = {repo: snapshots[repo] for repo in items.scans}
        # After the rows: what another run has stored meanwhile is noticed before it is removed.
        update_partitions(context, warehouse.pages, snapshots)
        stale.clear(r for r in stale.healthy if r in snapshots or scope.is_seen(r))
    usage = Usage.total([pages.client.usage, *(result.usage for result in results)])
    deferred = describe_refresh(
        context, warehouse.tables, items, snapshots, results, usage, stale.facts()
    )
    yield dg.Output(refresh_lists(scope, items, tables), RESULT)
    deferred.record()
    yield stale.check(OPEN_ISSUES.name)
    yield from check_lists(items, lists, scope.find_others(stale.healthy, items.scans))


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
    def open_issues(repo_metadata: StoredRows, issue_pages: None) -> dict[str, object]:
        """The open issues and pull requests of a repository, as GitHub lists them.

        One row per item. GitHub's list is always taken as the truth: each refresh revalidates all
        of its pages, so an item that was closed, deleted or transferred disappears by itself. With
        a token, a page that did not change costs a free conditional request; a page younger than
        the maximum age costs none. If the list changes while it is read, pages are requested again
        until the rows are proved to be those of one moment. The check `exact` names each repository
        for which that failed. A list whose pulse is that of its last exact reading did not change:
        it costs no request at all.
        """
        results = plan_pages(repo_metadata).map(fetch_pages)
        outputs = combine_pages(repo_metadata, results.collect(), issue_pages)
        return dict(zip(outputs._fields, outputs, strict=True))

    return open_issues


def _make_page_reader(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    warehouse: WarehouseResource,
    scope: RefreshScope,
    results: Sequence[FetchResult],
) -> PageReader:
    """A reader that goes on where the earlier steps stopped."""
    sent = Usage.total(result.usage for result in results).sent
    window = window_after(github, scope.states.values())
    window = github.window(sent, window.last) if sent else window
    repos = context.partition_keys
    client = github.client(context.log, sliding_window=window, repos=repos)
    # A repeated step reads the stored pages: they may differ from those that earlier steps left.
    index = index_pages(warehouse.pages, () if is_repeated(context) else results)
    progress = Progress(context.log, "pages followed")
    freshness = freshness_of_run(context, github, refresh)
    return PageReader(client, index, freshness, progress.advance, is_alone(context, github))
