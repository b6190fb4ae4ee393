"""How many items a project opens and closes, and how fast, by week and by month."""

import numpy as np
import pandas as pd

from repo_stats.metrics.closings import find_ends
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import ISSUE_TRENDS

_DAY = 86_400
"""Seconds in a day."""

_MONDAY = 3
"""Days from the last Monday before 1970-01-01 to that day, which is day 0 of NumPy."""


def compute_trends(items: pd.DataFrame) -> pd.DataFrame:
    """The rows of `issue_trends` of repositories.

    All kinds of items of a repository have the same periods: from the one in which its first item
    was opened to the one in which an item was last opened or closed. An author is new in the period
    in which the author's first item of a kind was opened.

    Args:
        items: rows of `issues`.
    """
    frames = [
        _trends_of(rows, period, kind)
        for _, rows in items.groupby("repo", sort=True)
        for period in ("week", "month")
        for kind in ("all", "issue", "pull_request")
    ]
    if not frames:
        return to_frame(ISSUE_TRENDS, [])
    return pd.concat(frames, ignore_index=True)[ISSUE_TRENDS.names]


def _trends_of(rows: pd.DataFrame, period: str, kind: str) -> pd.DataFrame:
    """The trends of one repository's items of one kind."""
    ended_at = find_ends(rows)
    starts = _all_starts(pd.concat([rows["created_at"], ended_at.dropna()]), period)
    is_kind = pd.Series(data=True, index=rows.index)
    if kind != "all":
        is_kind = rows["is_pull_request"] == (kind == "pull_request")
    opened = rows[is_kind]
    closed = rows.assign(ended_at=ended_at)[is_kind & ended_at.notna()]
    firsts = opened.groupby("user_id")["created_at"].min()
    closed_in = _starts(closed["ended_at"], period)
    seconds = (closed["ended_at"] - closed["created_at"]).dt.total_seconds()
    by_close = (seconds / _DAY).where(closed["closed_at"].notna()).groupby(closed_in)
    is_bot = (closed["user_type"] == "Bot").groupby(closed_in)
    trends = pd.DataFrame(
        {
            "opened": _count(_starts(opened["created_at"], period), starts),
            "closed": _count(closed_in, starts),
            "median_days_to_close": by_close.median().reindex(starts),
            "p90_days_to_close": by_close.quantile(0.9).reindex(starts),
            "closed_bot_share": is_bot.mean().reindex(starts),
            "new_authors": _count(_starts(firsts, period), starts),
        },
        index=starts,
    )
    return trends.assign(
        repo=rows["repo"].iloc[0],
        repo_id=rows["repo_id"].iloc[0],
        period=period,
        start=[start.date() for start in starts],
        kind=kind,
    )


def _starts(times: pd.Series, period: str) -> pd.DatetimeIndex:
    """The first day of the period of each time."""
    days = pd.DatetimeIndex(times).tz_localize(None).to_numpy().astype("datetime64[D]")
    if period == "month":
        first = days.astype("datetime64[M]").astype("datetime64[D]")
    else:
        numbers = days.astype(np.int64) + _MONDAY
        first = (numbers // 7 * 7 - _MONDAY).astype("datetime64[D]")
    return pd.DatetimeIndex(first.astype("datetime64[s]"))


def _all_starts(times: pd.Series, period: str) -> pd.DatetimeIndex:
    """The first days of all periods from that of the first to that of the last time."""
    starts = _starts(pd.Series([times.min(), times.max()]), period)
    frequency = "W-MON" if period == "week" else "MS"
    return pd.date_range(starts[0], starts[1], freq=frequency, unit="s")


def _count(found: pd.DatetimeIndex, starts: pd.DatetimeIndex) -> pd.Series:
    return found.value_counts().reindex(starts, fill_value=0).astype("int64")
