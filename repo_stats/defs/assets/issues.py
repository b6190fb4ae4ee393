"""The asset `issues`: all issues and pull requests, open or not."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any, cast

import dagster as dg
import pandas as pd

from repo_stats.defs.assets.issue_pages import NO_PARTITION
from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import refreshed_check
from repo_stats.defs.steps.clock_warnings import warn_of_future_times
from repo_stats.defs.steps.failures import ask, give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import (
    Progress,
    find_issue_lists,
    freshness_of_run,
    is_alone,
    usage_metadata,
    window_after,
)
from repo_stats.defs.steps.materializations import DeferredMaterialisations, record_later
from repo_stats.defs.steps.stale_repositories import StaleRepositories
from repo_stats.defs.steps.sync_tables import SyncedTable, find_sync_state, store_sync
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.sync import sync_issues
from repo_stats.github.issues.sync_state import SyncState
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import ISSUES, REPO_METADATA


def build_issues(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by the repositories of which all items are kept."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(ISSUES, partitions, "issues", {"github", "parquet"}),
        check_specs=[refreshed_check(ISSUES.name)],
        deps=[dg.AssetDep(REPO_METADATA.name, partition_mapping=NO_PARTITION)],
        dagster_type=cast("dg.DagsterType", dg.Nothing),
    )
    def issues(
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.Output[None] | dg.AssetCheckResult]:
        """All issues and pull requests of a repository, open or not.

        One row per item. The first run reads all items, in windows of time that are stored when
        they arrive. If it is interrupted, the next run goes on where it stopped. Later runs request
        only what changed. Once a week all windows are requested again, to find items that were
        deleted or transferred. With a token, an unchanged window is free.
        """
        stale = StaleRepositories(context, warehouse.sync_failures, ISSUES)
        metadata = _read_metadata(context, warehouse, stale)
        pages = _make_page_reader(context, github, refresh, warehouse)
        lists = find_issue_lists(github, metadata, set(metadata["repo"]))
        states = _read_states(context, warehouse, stale, [each.repo for each in lists])
        lists = [each for each in lists if each.repo in states]
        done, errors = ask(context, _sync_all(pages, warehouse, lists, states))
        with plain_failures(context):
            stale.record(give_reasons(context, errors))
            stale.clear(done)
        deferred = _describe(context, warehouse, done, stale, usage_metadata(pages.client.usage))
        yield dg.Output(None)
        deferred.record()
        yield stale.check(ISSUES.name)

    return issues


def _read_metadata(
    context: dg.AssetExecutionContext, warehouse: WarehouseResource, stale: StaleRepositories
) -> pd.DataFrame:
    """The rows of `repo_metadata` of all repositories of the run that have one."""
    with plain_failures(context):
        rows, unread = try_each(
            stale.repos,
            lambda repo: warehouse.tables.read(REPO_METADATA, [repo]),
            context.log,
        )
        stale.record(unread)
    return join_frames(REPO_METADATA, list(rows.values()))


def _read_states(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    stale: StaleRepositories,
    repos: Sequence[str],
) -> dict[str, SyncState | None]:
    """Up to when all items of each repository are known. Future times lead to a warning."""
    with plain_failures(context):
        states, unread = try_each(repos, lambda repo: find_sync_state(warehouse, repo), context.log)
        stale.record(unread)
    known = {repo: state.validated_at for repo, state in states.items() if state is not None}
    warn_of_future_times(context, known)
    return states


def _make_page_reader(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    warehouse: WarehouseResource,
) -> PageReader:
    sliding_window = window_after(github, warehouse.tables.states.values())
    return PageReader(
        github.client(context.log, sliding_window=sliding_window, repos=context.partition_keys),
        PageIndex(warehouse.all_pages),
        freshness_of_run(context, github, refresh),
        Progress(context.log, "windows read").advance,
        is_alone=is_alone(context, github),
    )


async def _sync_all(
    pages: PageReader,
    warehouse: WarehouseResource,
    lists: Sequence[IssueList],
    states: Mapping[str, SyncState | None],
) -> tuple[dict[str, SyncedTable], dict[str, GitHubError]]:
    """Bring repositories up to date. Tables are read and made one at a time, to save memory."""
    one_at_a_time = asyncio.Lock()

    async def sync(issue_list: IssueList) -> tuple[str, SyncedTable]:
        repo = issue_list.repo
        all_items = replace(issue_list, state="all")
        synced = await sync_issues(pages, all_items, states[repo], datetime.now(timezone.utc))
        async with one_at_a_time:
            return repo, await asyncio.to_thread(store_sync, warehouse, repo, synced)

    async with pages.client:
        done, errors = await run_bounded(
            pages.client.in_flight, lists, sync, lambda issue_list: issue_list.repo
        )
    return dict(done), errors


def _describe(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    done: Mapping[str, SyncedTable],
    stale: StaleRepositories,
    of_run: Mapping[str, Any],
) -> DeferredMaterialisations:
    why_stale = stale.facts()
    metadata: dict[str, Mapping[str, Any]] = {}
    for repo in stale.repos:
        facts = {"dagster/uri": warehouse.tables.uri(ISSUES, repo), **why_stale.get(repo, {})}
        if repo in done:
            facts |= {**done[repo].facts, "content_hash": done[repo].content_hash}
        metadata[repo] = facts
    if done:
        context.log.info(describe_syncs({repo: table.facts for repo, table in done.items()}))
    hashes = {repo: table.content_hash for repo, table in done.items()}
    return record_later(context, ISSUES, metadata, hashes, of_run=of_run)


def describe_syncs(facts: Mapping[str, Mapping[str, Any]]) -> str:
    """How tables were brought up to date: a line for each read as a whole or with a change."""
    lines = [
        f"{repo}: {of['dagster/partition_row_count']} items, {of['read_as']}, "
        f"{of['changed_items']} changed"
        for repo, of in facts.items()
        if of["changed_items"] or of["read_as"] not in ("fresh", "increment")
    ]
    return "\n".join([*lines, f"Repositories without any change: {len(facts) - len(lines)}"])
