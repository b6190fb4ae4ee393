"""How many items were open at the end of each day (UTC), from the rows of one repository."""

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from repo_stats.metrics.closings import find_ends
from repo_stats.metrics.history import credible_rows, of_current_repository
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import ISSUE_BACKLOG

_Days = npt.NDArray[np.datetime64]

_Counts = npt.NDArray[np.int64]

ITEM_COLUMNS = ("repo", "repo_id", "is_pull_request", "state", "created_at", "closed_at")
"""The columns of `issues` that a backlog is rebuilt from."""


def rebuild_backlog(items: pd.DataFrame, until: datetime) -> pd.DataFrame:
    """The backlog of each day since the first item, from when the items were opened and closed.

    GitHub's list does not say that an item was closed and reopened: such an item counts as open
    in between.

    Args:
        items: rows of `issues` of one repository, open and closed, with at least `ITEM_COLUMNS`.
        until: when the items were read; that day is the last one.

    Returns:
        Rows of `issue_backlog`.
    """
    end = np.datetime64(until.date(), "D")
    items = items[_days(items["created_at"]) <= end]
    if items.empty:
        return join_frames(ISSUE_BACKLOG, [])
    created = _days(items["created_at"])
    ended = _days(find_ends(items))  # an open item has no day
    is_pull_request, start = items["is_pull_request"].to_numpy(bool), created.min()
    opened, closed = (_count_by_day(days, start, end) for days in (created, ended))
    open_items = np.cumsum(opened - closed)
    open_pull_requests = np.cumsum(
        _count_by_day(created[is_pull_request], start, end)
        - _count_by_day(ended[is_pull_request], start, end)
    )
    return _to_backlog(
        repo=items["repo"].iloc[0],
        repo_id=items["repo_id"].iloc[0],
        day=np.arange(start, end + 1),
        open_items=open_items,
        open_issues=open_items - open_pull_requests,
        open_pull_requests=open_pull_requests,
        opened=opened,
        closed=closed,
        is_rebuilt=True,
    )


def backlog_from_history(history: pd.DataFrame) -> pd.DataFrame:
    """The backlog of each day with a refresh, from the last refresh of the day.

    Args:
        history: credible rows of `repo_history` of one repository.

    Returns:
        Rows of `issue_backlog`.
    """
    rows = of_current_repository(history)
    rows = rows.assign(day=_days(rows["snapshot_at"])).drop_duplicates("day", keep="last")
    names = ("repo", "repo_id", "day", "open_items", "open_issues", "open_pull_requests")
    return _to_backlog(
        **{name: rows[name].to_numpy() for name in names},
        opened=None,
        closed=None,
        is_rebuilt=False,
    )


def build_backlog(
    history: pd.DataFrame,
    items: pd.DataFrame | None,
    read_at: datetime | None,
    now: datetime,
) -> pd.DataFrame:
    """The backlog, from the items up to the day they were read, and from the history after it.

    Without items, the whole backlog is from the history. Days from the future, which a clock that
    was ahead has left, are left out, unless there are no others.

    Args:
        history: rows of `repo_history` of one repository in their order, at least one.
        items: its rows of `issues`, if they are stored.
        read_at: when the items were read; None for the time of the last refresh.
        now: the present (UTC).

    Returns:
        Rows of `issue_backlog`.
    """
    past = credible_rows(history, now)
    history = credible_rows(history, history["snapshot_at"].max()) if past.empty else past
    last, from_refreshes = history.iloc[-1], backlog_from_history(history)
    if items is None:
        return from_refreshes
    own = items[items["repo_id"] == last["repo_id"]]
    rebuilt = rebuild_backlog(own, min(read_at or last["snapshot_at"], now))
    if rebuilt.empty:
        return from_refreshes
    later = from_refreshes[from_refreshes["day"] > rebuilt["day"].iloc[-1]]
    return join_frames(ISSUE_BACKLOG, [rebuilt, later])


def _days(times: pd.Series) -> _Days:
    """The day of each time; a missing time has no day."""
    days: _Days = times.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    return days


def _count_by_day(days: _Days, start: np.datetime64, end: np.datetime64) -> _Counts:
    """How often each day from `start` to `end` occurs; other and missing days are left out."""
    within = days[(days >= start) & (days <= end)]
    length = int((end - start).astype(int)) + 1
    return np.bincount((within - start).astype(int), minlength=length)


def _to_backlog(**columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    return join_frames(ISSUE_BACKLOG, [frame])
