"""How many items were open at the end of each day (UTC), from the rows of one repository."""

from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from repo_stats.metrics.closings import find_ends
from repo_stats.metrics.history import LAST_MOMENT, credible_table, of_current_repository
from repo_stats.warehouse.frames import join_frames, to_arrow, whole_times
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


def backlog_from_history(history: pa.Table) -> pa.Table:
    """The backlog of each day with a refresh, from the last refresh of the day.

    Args:
        history: credible rows of `repo_history` of one repository.

    Returns:
        Rows of `issue_backlog`.
    """
    rows = of_current_repository(history)
    days = whole_times(rows["snapshot_at"]).astype("datetime64[us]").astype("datetime64[D]")
    (last_of_day,) = np.nonzero(np.append(days[1:] != days[:-1], True))
    kept = rows.take(last_of_day)
    given = {name: kept[name] for name in ISSUE_BACKLOG.names if name in kept.column_names}
    nothing = pa.nulls(len(kept), pa.int64())
    rest = {
        "day": pa.array(days[last_of_day]),
        **dict.fromkeys(("opened", "closed"), nothing),
        "is_rebuilt": pa.repeat(False, len(kept)),
    }
    return pa.table({**given, **rest}).select(ISSUE_BACKLOG.names).cast(ISSUE_BACKLOG.arrow)


def build_backlog(
    history: pa.Table,
    items: pd.DataFrame | None,
    read_at: datetime | None,
    now: datetime,
) -> pa.Table:
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
    past = credible_table(history, now)
    history = past if len(past) else credible_table(history, LAST_MOMENT)
    from_refreshes = backlog_from_history(history)
    if items is None:
        return from_refreshes
    [last] = history.select(["repo_id", "snapshot_at"])[-1:].to_pylist()
    own = items[items["repo_id"] == last["repo_id"]]
    rebuilt = to_arrow(
        ISSUE_BACKLOG, rebuild_backlog(own, min(read_at or last["snapshot_at"], now))
    )
    if not len(rebuilt):
        return from_refreshes
    later = from_refreshes.filter(pc.greater(from_refreshes["day"], rebuilt["day"][-1]))
    return pa.concat_tables([rebuilt, later])


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
