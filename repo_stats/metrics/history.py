"""How the numbers changed over time: functions over rows of `repo_history`.

One name may have belonged to two repositories, one after the other: the history has the rows of
both. Functions that compare rows use those of one `repo_id` only.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import REPO_HISTORY


def append_statistics(history: pd.DataFrame | None, row: pd.DataFrame) -> pd.DataFrame | None:
    """The history with one more row, or None if the row adds nothing.

    A row is added if a number changed, or if the history has no row of that day (UTC) yet. A row
    whose `snapshot_at` is not later than that of the last row is never added.

    Args:
        history: rows of `repo_history` of a repository, oldest first; None if there are none.
        row: the row of `repo_statistics` of the same repository name.
    """
    if history is None or history.empty:
        return join_frames(REPO_HISTORY, [row])
    last, new = history.tail(1).to_dict("records")[0], row.to_dict("records")[0]
    before, now = last["snapshot_at"], new["snapshot_at"]
    if now <= before or (before.date() == now.date() and _are_equal(last, new)):
        return None
    return join_frames(REPO_HISTORY, [history, row])


def _are_equal(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    """Whether two rows are equal apart from `snapshot_at`; two missing numbers are equal."""
    pairs = ((one[name], other[name]) for name in REPO_HISTORY.names if name != "snapshot_at")
    return all(a == b or bool(pd.isna(a) and pd.isna(b)) for a, b in pairs)


def of_current_repository(history: pd.DataFrame) -> pd.DataFrame:
    """The rows of the repository that has the name now, which is that of the last row."""
    return history[history["repo_id"].isin(history["repo_id"].tail(1))]


def find_row_before(history: pd.DataFrame, repo_id: int, moment: datetime) -> dict[Any, Any] | None:
    """The last row of a repository that is not later than a moment, or None if there is none."""
    until = history[(history["repo_id"] == repo_id) & (history["snapshot_at"] <= moment)]
    rows = until.tail(1).to_dict("records")
    return rows[0] if rows else None


def stars_growth(history: pd.DataFrame, row: Mapping[Any, Any], days: int) -> int | None:
    """How many stars were gained in the days before a row of `repo_statistics`.

    None if the history does not go back that far.
    """
    moment = row["snapshot_at"] - timedelta(days=days)
    before = find_row_before(history, row["repo_id"], moment)
    return None if before is None else int(row["stars"] - before["stars"])
