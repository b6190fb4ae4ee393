"""How the numbers changed over time: pure functions over rows of `repo_history`.

A repository that took over another's name has rows beside those of the other. Whatever compares
rows takes those of one `repo_id` alone.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import REPO_HISTORY


def append_statistics(history: pd.DataFrame | None, row: pd.DataFrame) -> pd.DataFrame | None:
    """The history with a row more, or None if there is nothing to add.

    A row is added if a number changed, and if there is none of its day (UTC) yet; never one that
    GitHub vouched for no later than the last.

    Args:
        history: rows of `repo_history` of a repository, oldest first; None if there are none.
        row: its row of `repo_statistics`.
    """
    if history is None or history.empty:
        return join_frames(REPO_HISTORY, [row])
    last, new = history.tail(1).to_dict("records")[0], row.to_dict("records")[0]
    before, now = last["snapshot_at"], new["snapshot_at"]
    if now <= before or (before.date() == now.date() and _say_the_same(last, new)):
        return None
    return join_frames(REPO_HISTORY, [history, row])


def _say_the_same(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> bool:
    """Whether two rows differ in nothing but their time; no number equals no number."""
    pairs = ((one[name], other[name]) for name in REPO_HISTORY.names if name != "snapshot_at")
    return all(a == b or bool(pd.isna(a) and pd.isna(b)) for a, b in pairs)


def of_current_repository(history: pd.DataFrame) -> pd.DataFrame:
    """The rows of the repository that has the name now: those of the last row's `repo_id`."""
    return history[history["repo_id"].isin(history["repo_id"].tail(1))]


def find_row_before(history: pd.DataFrame, repo_id: int, moment: datetime) -> dict[Any, Any] | None:
    """The last row of a repository from a moment or before it, or None if there is none."""
    until = history[(history["repo_id"] == repo_id) & (history["snapshot_at"] <= moment)]
    rows = until.tail(1).to_dict("records")
    return rows[0] if rows else None


def stars_growth(history: pd.DataFrame, row: Mapping[Any, Any], days: int) -> int | None:
    """Stars of a row of `repo_statistics` more than days before it; None if none are known."""
    moment = row["snapshot_at"] - timedelta(days=days)
    before = find_row_before(history, row["repo_id"], moment)
    return None if before is None else int(row["stars"] - before["stars"])
