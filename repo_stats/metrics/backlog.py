"""What was open at the end of each day: pure functions over the rows of one repository.

Days are those of UTC.
"""

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from repo_stats.metrics.history import of_current_repository
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import ISSUE_BACKLOG

Days = npt.NDArray[np.datetime64]


Counts = npt.NDArray[np.int64]


ITEM_COLUMNS = ("repo", "repo_id", "is_pull_request", "created_at", "closed_at")
"""The columns of `issues` that a backlog is rebuilt from."""


def rebuild_backlog(items: pd.DataFrame, until: datetime) -> pd.DataFrame:
    """Each day from the first item on, by when every item was opened and closed.

    An item that was closed and reopened counts as open throughout, as GitHub's list does not tell
    of it. One closed before it was opened, as imports have them, counts as closed at once.

    Args:
        items: rows of `issues` of one repository, open and closed, of `ITEM_COLUMNS` at least.
        until: when they were read; its day is the last one.
    """
    end = np.datetime64(until.date(), "D")
    items = items[_days(items["created_at"]) <= end]
    if items.empty:
        return join_frames(ISSUE_BACKLOG, [])
    created = _days(items["created_at"])
    ended = np.maximum(created, _days(items["closed_at"]))  # no day for one that is still open
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


def recall_backlog(history: pd.DataFrame) -> pd.DataFrame:
    """Each day on which there was a refresh, by the last one of it.

    Args:
        history: rows of `repo_history` of one repository, oldest first.
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
    history: pd.DataFrame, items: pd.DataFrame | None, read_at: datetime | None
) -> pd.DataFrame:
    """The backlog from the items as far as they are known, and else from the history.

    Args:
        history: rows of `repo_history` of one repository, oldest first, at least one.
        items: its rows of `issues`, if they are stored.
        read_at: when those were read; None for the last refresh.
    """
    last, recalled = history.iloc[-1], recall_backlog(history)
    if items is None:
        return recalled
    own = items[items["repo_id"] == last["repo_id"]]
    rebuilt = rebuild_backlog(own, read_at or last["snapshot_at"])
    if rebuilt.empty:
        return recalled
    later = recalled[recalled["day"] > rebuilt["day"].iloc[-1]]
    return join_frames(ISSUE_BACKLOG, [rebuilt, later])


def _days(times: pd.Series) -> Days:
    """The days of times; an unknown time has no day."""
    days: Days = times.dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    return days


def _count_by_day(days: Days, start: np.datetime64, end: np.datetime64) -> Counts:
    """How often each day occurs, from a first to a last one; others and unknown ones do not."""
    within = days[(days >= start) & (days <= end)]
    length = int((end - start).astype(int)) + 1
    return np.bincount((within - start).astype(int), minlength=length)


def _to_backlog(**columns: Any) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    return join_frames(ISSUE_BACKLOG, [frame])
