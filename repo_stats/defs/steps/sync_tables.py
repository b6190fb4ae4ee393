"""What `issues` makes from a sync: the stored table of all items, and what the UI shows of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.clock import NEVER
from repo_stats.defs.jobs import REFRESH_HISTORY
from repo_stats.defs.steps.materializations import combine_hashes
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.issues.sync import SyncResult
from repo_stats.github.issues.sync_state import SyncState
from repo_stats.github.issues.windows import find_ends
from repo_stats.metrics.bots import mark_bots
from repo_stats.metrics.summary import deduplicate_items
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.frames import hash_content, join_frames, to_frame, to_pandas
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import ISSUES
from repo_stats.warehouse.table_files import StoredTable
from repo_stats.warehouse.tables import Tables

_ROWS_HASHED_AT_ONCE = 10_000
"""Hashing makes Python objects of all values, which take more memory than the table itself."""


@dataclass(frozen=True)
class SyncedTable:
    """The table of a repository after a sync.

    Attributes:
        facts: what the UI shows of it.
        content_hash: its data version.
    """

    facts: Mapping[str, Any]
    content_hash: str


def find_sync_state(warehouse: WarehouseResource, repo: str) -> SyncState | None:
    """Up to when a repository's stored items are known; None if all have to be read again.

    All of the rows are looked at, because a sync that reads only changes adds them to these rows.
    Rows of an earlier version lack a column, whose values are on the stored windows: such items
    were never read, and the windows that hold are parsed again without a request.
    """
    stored = warehouse.tables.find_table(ISSUES, repo)
    state = warehouse.tables.find_sync_state(ISSUES, repo) if stored else None
    if stored and stored.is_older and state:
        return replace(state, full_read_at=NEVER, validated_at=NEVER)
    return state


def load_items(tables: Tables, repo: str) -> StoredTable:
    """All stored items of a repository, with all that is counted of them.

    Raises:
        WarehouseError: they cannot be read, or an earlier version stored them, which did not tell
            what became of pull requests.
    """
    stored = tables.load(ISSUES, repo)
    if stored.is_older:
        raise WarehouseError(
            f"An earlier version stored the items of {repo}, and not whether pull requests were "
            f"merged; run {REFRESH_HISTORY} for {repo} to complete them."
        )
    return stored


def store_sync(warehouse: WarehouseResource, repo: str, synced: SyncResult) -> SyncedTable:
    """Store what a sync has read, and remove the windows that are no longer needed."""
    read = _combine(warehouse, repo, synced)
    frame = mark_bots(read, warehouse.bots)
    if synced.mode == "fresh":
        scan = warehouse.tables.find_scan(ISSUES, repo)
    else:
        scan = ScanInfo(
            validated_at=synced.state.validated_at,
            ended_at=datetime.now(timezone.utc),
            is_exact=False,
            pages=len(synced.windows or ()),
            rounds=0,
            changes=len(synced.changed),
            fingerprint="",
        )
    if synced.mode != "fresh" or frame["is_bot"].tolist() != read["is_bot"].tolist():
        warehouse.tables.write(ISSUES, repo, frame, scan, synced.state)
    if synced.windows is not None:
        needed = {window.key for window in synced.windows}
        for key in set(warehouse.all_pages.keys(repo)) - needed:
            warehouse.all_pages.delete(key)
    return SyncedTable(_facts(frame, synced), hash_items(frame))


def _combine(warehouse: WarehouseResource, repo: str, synced: SyncResult) -> pd.DataFrame:
    """The rows that are stored or on the windows; changed items replace their earlier rows."""
    if synced.windows is None:
        frame = warehouse.tables.read(ISSUES, [repo])
    else:
        heads = {window.key: window.head for window in synced.windows}
        frame = to_pandas(warehouse.all_pages.read_items(heads, find_ends(heads)))
    if synced.changed:
        changed = to_frame(ISSUES, list(synced.changed.values()))
        kept = frame[~frame["id"].isin(synced.changed)]
        frame = join_frames(ISSUES, [kept, changed])
    return deduplicate_items(frame)


def _facts(frame: pd.DataFrame, synced: SyncResult) -> dict[str, Any]:
    opened = int((frame["state"] == "open").sum())
    facts: dict[str, Any] = {
        "dagster/partition_row_count": len(frame),
        "open_items": opened,
        "closed_items": len(frame) - opened,
        "read_as": synced.mode,
        "changed_items": len(synced.changed),
    }
    if len(frame):
        newest = frame["updated_at"].max().timestamp()
        facts["latest_updated_at"] = dg.MetadataValue.timestamp(newest)
    return facts


def hash_items(frame: pd.DataFrame) -> str:
    """The data version of rows of `issues`."""
    starts = range(0, max(1, len(frame)), _ROWS_HASHED_AT_ONCE)
    parts = {
        f"{start:09d}": hash_content(ISSUES, frame.iloc[start : start + _ROWS_HASHED_AT_ONCE])
        for start in starts
    }
    return combine_hashes(parts)
