"""What is stored of a repository that changed in a week, for digests."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pyarrow as pa

from repo_stats.metrics.history import credible_table
from repo_stats.metrics.weekly_changes import StoredTables
from repo_stats.metrics.weeks import Week
from repo_stats.warehouse.frames import to_arrow, to_frame, to_records
from repo_stats.warehouse.schemas import ISSUES, OPEN_ISSUES, REPO_HISTORY, STAR_DAYS
from repo_stats_tests.helpers.rows import history_of, statistics

WEEK = Week(date(2026, 11, 16))

AFTER = datetime(2026, 11, 23, 6, tzinfo=timezone.utc)
"""When the week is over."""


def at(day: int, hour: int = 12) -> datetime:
    """A moment of November 2026; days below 1 are in the months before."""
    return datetime(2026, 11, 1, hour, tzinfo=timezone.utc) + timedelta(days=day - 1)


def seen(*rows: tuple[int, int, int]) -> pa.Table:
    """A history: the day of each row, the stars, and the open issues."""
    if not rows:
        return REPO_HISTORY.arrow.empty_table()
    refreshes = [statistics(snapshot_at=at(d), stars=s, open_issues=o) for d, s, o in rows]
    return credible_table(to_arrow(REPO_HISTORY, history_of(*refreshes)), AFTER)


def given(*days: tuple[int, int]) -> pa.Table:
    """Rows of `star_days`: the day in November 2026 of each, and its stars."""
    rows = [
        {"repo": "a/b", "repo_id": 1, "day": at(day).date(), "stars": stars} for day, stars in days
    ]
    return to_arrow(STAR_DAYS, to_frame(STAR_DAYS, rows))


def stored(
    *,
    history: pa.Table | None = None,
    star_days: pa.Table | None = None,
    waiting: Sequence[dict[str, Any]] = (),
    issues: Sequence[dict[str, Any]] | None = None,
    known_until: datetime | None = AFTER,
    **numbers: Any,
) -> StoredTables:
    """The tables of a repository, empty but for what is given."""
    [row] = to_records(statistics(**{"snapshot_at": AFTER, **numbers}))
    all_items: pd.DataFrame | None = None if issues is None else to_frame(ISSUES, issues)
    return StoredTables(
        statistics=row,
        history=seen() if history is None else history,
        star_days=given() if star_days is None else star_days,
        open_issues=to_arrow(OPEN_ISSUES, to_frame(OPEN_ISSUES, waiting)),
        issues=all_items,
        known_until=None if issues is None else known_until,
    )
