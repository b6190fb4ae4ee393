"""How many items a project opens and closes, and how fast, by week and by month."""

import numpy as np
import pandas as pd

from repo_stats.metrics.closings import find_ends, find_merges
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import ISSUE_TRENDS

_DAY = 86_400
"""Seconds in a day."""

_KINDS = ("all", "issue", "pull_request")

_ITEM_COLUMNS = ("repo", "repo_id", "user_id", "is_pull_request", "is_bot", "created_at")

_PLACE = ("kind", "start")
"""What a row is of, beside its repository and the length of its period."""

_MONDAY = 3
"""Days from the last Monday before 1970-01-01 to that day, which is day 0 of NumPy."""


def compute_trends(items: pd.DataFrame) -> pd.DataFrame:
    """The rows of `issue_trends` of repositories.

    All kinds of items of a repository have the same periods: from the one in which its first item
    was opened to the one in which an item was last opened, closed or merged. An author is new in
    the period in which the author's first item of a kind was opened.

    Args:
        items: rows of `issues`.
    """
    frames = [
        _trends_of(rows, period)
        for _, rows in _by_kind(items).groupby("repo")
        for period in ("week", "month")
    ]
    if not frames:
        return to_frame(ISSUE_TRENDS, [])
    return pd.concat(frames, ignore_index=True)[ISSUE_TRENDS.names]


def find_uncounted(items: pd.DataFrame, trends: pd.DataFrame) -> str | None:
    """What is wrong if the outcomes of pull requests do not add up; None if they do.

    Args:
        items: rows of `issues` of a repository.
        trends: the rows of `issue_trends` made from them.
    """
    pull_requests = items[items["is_pull_request"]]
    opened = int((pull_requests["state"] == "open").sum())
    rows = trends[(trends["period"] == "month") & (trends["kind"] == "pull_request")]
    merged, unmerged = (int(rows[name].sum()) for name in ("merged", "closed_unmerged"))
    if merged + unmerged + opened == len(pull_requests):
        return None
    return (
        f"{merged} merged, {unmerged} closed without a merge and {opened} open are not "
        f"{len(pull_requests)} pull requests"
    )


def _by_kind(items: pd.DataFrame) -> pd.DataFrame:
    """Each item once for each kind that it is of, with its end, and the days until then."""
    ended_at, merged_at = find_ends(items), find_merges(items)
    ended = items[list(_ITEM_COLUMNS)].assign(
        ended_at=ended_at,
        merged_at=merged_at,
        is_unmerged=items["is_pull_request"] & merged_at.isna(),
        days=_days_until(ended_at, items).where(items["closed_at"].notna()),
        days_to_merge=_days_until(merged_at, items),
    )
    own_kind = np.where(items["is_pull_request"], "pull_request", "issue")
    return pd.concat([ended.assign(kind="all"), ended.assign(kind=own_kind)])


def _days_until(times: pd.Series, items: pd.DataFrame) -> pd.Series:
    return (times - items["created_at"]).dt.total_seconds() / _DAY


def _trends_of(rows: pd.DataFrame, period: str) -> pd.DataFrame:
    """The trends of one repository's items of all kinds."""
    closed, merged = rows[rows["ended_at"].notna()], rows[rows["merged_at"].notna()]
    times = pd.concat([rows["created_at"], closed["ended_at"], merged["merged_at"]])
    index = pd.MultiIndex.from_product([_KINDS, _all_starts(times, period)], names=_PLACE)
    by_close = closed.groupby(["kind", _starts(closed["ended_at"], period)])
    by_merge = merged.groupby(["kind", _starts(merged["merged_at"], period)])
    opened = _count(rows, period).reindex(index, fill_value=0)
    ended = by_close.size().reindex(index, fill_value=0)
    trends = pd.DataFrame(
        {
            "opened": opened,
            "closed": ended,
            "merged": by_merge.size().reindex(index, fill_value=0),
            "closed_unmerged": by_close["is_unmerged"].sum().reindex(index, fill_value=0),
            "closure_ratio": ended / opened.where(opened > 0),
            "median_days_to_close": by_close["days"].median().reindex(index),
            "p90_days_to_close": by_close["days"].quantile(0.9).reindex(index),
            "median_days_to_merge": by_merge["days_to_merge"].median().reindex(index),
            "closed_bot_share": by_close["is_bot"].mean().reindex(index),
            "new_authors": _count_new(rows, period).reindex(index, fill_value=0),
            "new_authors_without_bots": _count_new(rows[~rows["is_bot"]], period).reindex(
                index, fill_value=0
            ),
        }
    ).reset_index()
    return trends.assign(
        repo=rows["repo"].iloc[0],
        repo_id=rows["repo_id"].iloc[0],
        period=period,
        start=trends["start"].dt.date,
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


def _count_new(rows: pd.DataFrame, period: str) -> pd.Series:
    """How many authors opened their first item of each kind in each period."""
    firsts = rows.groupby(["kind", "user_id"])["created_at"].min().reset_index()
    return _count(firsts, period)


def _count(rows: pd.DataFrame, period: str) -> pd.Series:
    """How many rows of each kind were created in each period."""
    return rows.groupby(["kind", _starts(rows["created_at"], period)]).size()
