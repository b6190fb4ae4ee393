"""Stored rows with the times until which they are known to hold, which the state tells.

A file says when its rows were last written. What did not change since is not written again.
"""

from dataclasses import replace

import pyarrow as pa

from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import (
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.table_files import StoredTable

TIMED = {REPO_METADATA.name: "validated_at", REPO_STATISTICS.name: "snapshot_at"}
"""The column of each table that says until when its rows are known to hold."""


def renew_table(schema: TableSchema, stored: StoredTable, state: RepoState | None) -> StoredTable:
    """What a repository's file holds, with the times until which it is known to hold."""
    return replace(
        stored,
        rows=renew_rows(schema, stored.rows, stored.revision, state),
        scan=renew_scan(schema, stored.scan, stored.revision, state),
    )


def renew_rows(
    schema: TableSchema, rows: pa.Table, revision: str | None, state: RepoState | None
) -> pa.Table:
    """Rows of a repository's file with the time until which they are known to hold."""
    column, known = TIMED.get(schema.name), _state_of(schema, revision, state)
    if known is None or column not in rows.column_names:
        return rows
    moment = known.read_at if schema is REPO_METADATA else known.snapshot_at
    if moment is None:
        return rows
    place = rows.schema.get_field_index(column)
    field = rows.schema.field(place)
    return rows.set_column(place, field, pa.array([moment] * rows.num_rows, field.type))


def renew_scan(
    schema: TableSchema, scan: ScanInfo | None, revision: str | None, state: RepoState | None
) -> ScanInfo | None:
    """How a list was read, with the time until which it is known to be as it is stored."""
    known = _state_of(schema, revision, state)
    if scan is None or known is None or known.seen_at is None:
        return scan
    if schema is ISSUES_PER_USER and not known.is_made_of(schema.name, OPEN_ISSUES.name):
        return scan
    return replace(scan, validated_at=known.seen_at)


def _state_of(
    schema: TableSchema, revision: str | None, state: RepoState | None
) -> RepoState | None:
    """A state if it speaks of this file, and not of one that was there before or will be."""
    known = None if state is None else state.files.get(schema.name)
    return state if known is not None and known.revision == revision else None
