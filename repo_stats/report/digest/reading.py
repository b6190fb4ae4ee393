"""Reads what changed in a week from the stored tables."""

from collections.abc import Callable, Sequence
from datetime import datetime

import pyarrow as pa

from repo_stats.metrics.history import credible_table, of_current_repository
from repo_stats.metrics.weekly_changes import (
    HISTORY_COLUMNS,
    ITEM_COLUMNS,
    UNANSWERED_COLUMNS,
    StoredTables,
    WeeklyChange,
    find_weekly_change,
)
from repo_stats.metrics.weeks import Week
from repo_stats.report.digest.summary import Digest, make_digest
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.schemas import (
    ISSUES,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)
from repo_stats.warehouse.tables import Tables


def read_digest(
    tables: Tables, repos: Sequence[str], week: Week, now: datetime, warn: Callable[[str], None]
) -> Digest:
    """The digest of a week.

    Args:
        tables: the warehouse's tables.
        repos: the watchlist. A repository that was never refreshed is left out.
        week: the week.
        now: the present (UTC).
        warn: is called with a sentence for each that cannot be read, which is left out too.

    Raises:
        WarehouseError: there is no repository to tell of.
    """
    found, errors = read_each(tables, repos, lambda repo: _read(tables, repo, week, now))
    for repo, error in errors.items():
        warn(f"{repo} is left out: {error}")
    changes = [change for change in found.values() if change is not None]
    if not changes:
        stored = "that can be read" if errors else "yet"
        raise WarehouseError(
            f"There are no statistics in {tables.files.root} {stored}; run repo-stats refresh."
        )
    return make_digest(week, changes)


def _read(tables: Tables, repo: str, week: Week, now: datetime) -> WeeklyChange | None:
    statistics = tables.find_stored_rows(REPO_STATISTICS, repo)
    if statistics is None or len(statistics) != 1:
        return None
    history = tables.find_kept_rows(REPO_HISTORY, repo, HISTORY_COLUMNS)
    star_days = tables.find_stored_rows(STAR_DAYS, repo, ("day", "stars"))
    open_issues = tables.find_stored_rows(OPEN_ISSUES, repo, UNANSWERED_COLUMNS)
    sync = tables.find_sync_state(ISSUES, repo)
    stored = StoredTables(
        statistics=statistics.to_pylist()[0],
        history=of_current_repository(credible_table(_or_empty(REPO_HISTORY, history), now)),
        star_days=_or_empty(STAR_DAYS, star_days),
        open_issues=_or_empty(OPEN_ISSUES, open_issues),
        issues=None if sync is None else tables.find_stored(ISSUES, repo, ITEM_COLUMNS),
        known_until=None if sync is None else sync.validated_at,
    )
    return find_weekly_change(stored, week)


def _or_empty(schema: TableSchema, rows: pa.Table | None) -> pa.Table:
    return schema.arrow.empty_table() if rows is None else rows
