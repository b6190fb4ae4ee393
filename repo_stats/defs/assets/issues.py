"""The asset `issues`: all issues and pull requests, open or not."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, cast

import dagster as dg
import pandas as pd

from repo_stats.defs.assets.issue_pages import NO_PARTITION
from repo_stats.defs.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import refreshed_check
from repo_stats.defs.steps.failures import RETRY_POLICY, ask, give_reasons, plain_failures, try_each
from repo_stats.defs.steps.github_requests import (
    Progress,
    freshness_of_run,
    list_sources,
    recent_requests,
    usage_metadata,
)
from repo_stats.defs.steps.materializations import combine_hashes
from repo_stats.defs.steps.stale_repositories import StaleRepositories
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.issues.page_reader import Reader
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.sync import SyncResult, SyncState, sync_issues
from repo_stats.github.issues.windows import find_ends
from repo_stats.metrics.summary import deduplicate
from repo_stats.warehouse.frames import hash_content, join_frames, to_frame
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import ISSUES, REPO_METADATA

_ROWS_HASHED_AT_ONCE = 10_000
"""Hashing makes Python objects of all values, which would take more memory than the table."""


@dataclass(frozen=True)
class StoredHistory:
    """What is stored of a repository by now, and how it came to be up to date."""

    facts: Mapping[str, Any]
    content_hash: str


def build_issues(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by those repositories whose history is kept."""

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

        One row per item. The first fill reads all of them, as windows of time that are stored the
        moment they arrive: one that is interrupted goes on where it was. After that, a refresh
        asks for what changed alone; and once a week for all windows again, which costs free 304s
        and finds what was deleted or transferred.
        """
        troubles = StaleRepositories(context, warehouse.sync_failures)
        with plain_failures(context):
            rows, unknown = try_each(
                context.partition_keys, lambda repo: warehouse.tables.read(REPO_METADATA, [repo])
            )
            absent = [repo for repo in context.partition_keys if repo not in rows]
            troubles.record(dict(zip(absent, unknown, strict=True)))
        metadata = join_frames(REPO_METADATA, list(rows.values()))
        sources = [replace(s, state="all") for s in list_sources(github, metadata, list(rows))]
        client = github.client(
            context.log, sliding_window=SlidingWindow(github.per_minute, recent_requests(metadata))
        )
        progress = Progress(context.log, "windows read")
        freshness = freshness_of_run(context, github, refresh)
        reader = Reader(client, warehouse.all_pages, freshness, progress.advance)
        done, errors = ask(context, _read_all(reader, warehouse, sources))
        with plain_failures(context):
            troubles.record(give_reasons(context, errors))
            troubles.clear(done)
        _describe(context, warehouse, done, troubles)
        context.add_asset_metadata(usage_metadata(client.usage))
        yield dg.Output(None)
        yield troubles.check(ISSUES.name)

    return issues


async def _read_all(
    reader: Reader, warehouse: WarehouseResource, sources: Sequence[IssueList]
) -> tuple[dict[str, StoredHistory], dict[str, GitHubError]]:
    """Bring repositories up to date; their tables are made one at a time, to save memory."""
    turn = asyncio.Lock()

    async def read(source: IssueList) -> tuple[str, StoredHistory]:
        stored = await asyncio.to_thread(_find_history, warehouse, source.repo)
        now = datetime.now(timezone.utc)
        reading = await sync_issues(reader, source, stored, now)
        async with turn:
            return source.repo, await asyncio.to_thread(_store, warehouse, source, reading)

    async with reader.client:
        done, errors = await run_bounded(
            reader.client.in_flight, sources, read, lambda source: source.repo
        )
    return dict(done), errors


def _find_history(warehouse: WarehouseResource, repo: str) -> SyncState | None:
    """Up to when the rows of a repository are known; None if they are to be read anew."""
    if warehouse.tables.find(ISSUES, repo, ["id"]) is None:
        return None
    return SyncState.from_note(warehouse.tables.find_history(ISSUES, repo))


def _store(warehouse: WarehouseResource, source: IssueList, reading: SyncResult) -> StoredHistory:
    """Put what was read in place, and retire windows that are no longer needed."""
    frame = _combine(warehouse, source.repo, reading)
    history, pages = reading.history, reading.windows
    if reading.mode != "fresh":
        scan = ScanInfo(
            validated_at=history.validated_at,
            ended_at=datetime.now(timezone.utc),
            is_exact=False,
            pages=len(pages or ()),
            rounds=0,
            changes=len(reading.changed),
            fingerprint="",
        )
        warehouse.tables.write(ISSUES, source.repo, frame, scan, history.to_note())
    if pages is not None:
        for key in set(warehouse.all_pages.keys(source.repo)) - {page.key for page in pages}:
            warehouse.all_pages.delete(key)
    return StoredHistory(_facts(frame, reading), _hash(frame))


def _combine(warehouse: WarehouseResource, repo: str, reading: SyncResult) -> pd.DataFrame:
    """The rows that are stored or on the windows, with those that changed in their place."""
    if reading.windows is None:
        frame = warehouse.tables.read(ISSUES, [repo])
    else:
        heads = {window.key: window.head for window in reading.windows}
        frame = warehouse.all_pages.read_items(heads, find_ends(list(heads)))
    if reading.changed:
        changed = to_frame(ISSUES, list(reading.changed.values()))
        kept = frame[~frame["id"].isin(reading.changed)]
        frame = join_frames(ISSUES, [kept, changed])
    return deduplicate(frame)


def _facts(frame: pd.DataFrame, reading: SyncResult) -> dict[str, Any]:
    opened = int((frame["state"] == "open").sum())
    facts: dict[str, Any] = {
        "dagster/partition_row_count": len(frame),
        "open_items": opened,
        "closed_items": len(frame) - opened,
        "read_as": reading.mode,
        "changed_items": len(reading.changed),
    }
    if len(frame):
        newest = frame["updated_at"].max().timestamp()
        facts["latest_updated_at"] = dg.MetadataValue.timestamp(newest)
    return facts


def _hash(frame: pd.DataFrame) -> str:
    starts = range(0, max(1, len(frame)), _ROWS_HASHED_AT_ONCE)
    parts = {
        f"{start:09d}": hash_content(ISSUES, frame.iloc[start : start + _ROWS_HASHED_AT_ONCE])
        for start in starts
    }
    return combine_hashes(parts)


def _describe(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    done: Mapping[str, StoredHistory],
    troubles: StaleRepositories,
) -> None:
    stale = troubles.facts()
    for repo in context.partition_keys:
        metadata = {"dagster/uri": warehouse.tables.uri(ISSUES, repo), **stale.get(repo, {})}
        if repo in done:
            metadata |= {**done[repo].facts, "content_hash": done[repo].content_hash}
            context.log.info(
                f"{repo}: {metadata['dagster/partition_row_count']} items, "
                f"{metadata['read_as']}, {metadata['changed_items']} changed"
            )
        context.add_asset_metadata(metadata, partition_key=repo)
    hashes = {repo: stored.content_hash for repo, stored in done.items()}
    context.set_data_version(dg.AssetKey(ISSUES.name), dg.DataVersion(combine_hashes(hashes)))
