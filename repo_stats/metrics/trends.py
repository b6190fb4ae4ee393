"""How many items a project opens and closes, and how fast, by week and by month."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from repo_stats.metrics.closings import find_ends, find_merges
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import ISSUE_TRENDS

_Numbers: TypeAlias = npt.NDArray[np.int64]

_Shares: TypeAlias = npt.NDArray[np.float64]

_DAY = 86_400
"""Seconds in a day."""

_KINDS = ("all", "issue", "pull_request")

_ALL, _ISSUE, _PULL_REQUEST = range(len(_KINDS))

_ITEM_COLUMNS = ("repo", "repo_id", "user_id", "is_pull_request", "is_bot", "created_at")

_AUTHOR = ["repo", "kind", "user_id"]
"""What tells the authors of a repository's items of a kind apart."""

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
    """Each item once among all and once among those of its own kind, in the order of creation.

    Each has its end, the days until then, and whether it is its author's first one of that kind.
    """
    ended_at, merged_at = find_ends(items), find_merges(items)
    ended = items[list(_ITEM_COLUMNS)].assign(
        ended_at=ended_at,
        merged_at=merged_at,
        is_unmerged=items["is_pull_request"] & merged_at.isna(),
        days=_days_until(ended_at, items).where(items["closed_at"].notna()),
        days_to_merge=_days_until(merged_at, items),
    )
    own_kind = np.where(items["is_pull_request"], _PULL_REQUEST, _ISSUE)
    counted = pd.concat([ended.assign(kind=_ALL), ended.assign(kind=own_kind)])
    counted = counted.sort_values("created_at", ignore_index=True)
    people = counted[~counted["is_bot"]]
    return counted.assign(
        is_new=~counted.duplicated(_AUTHOR),
        is_new_person=(~people.duplicated(_AUTHOR)).reindex(counted.index, fill_value=False),
    )


def _days_until(times: pd.Series, items: pd.DataFrame) -> pd.Series:
    return (times - items["created_at"]).dt.total_seconds() / _DAY


def _trends_of(rows: pd.DataFrame, period: str) -> pd.DataFrame:
    """The trends of one repository's items of all kinds."""
    opened_in = _number_periods(rows["created_at"], period)
    closed, merged = rows[rows["ended_at"].notna()], rows[rows["merged_at"].notna()]
    closed_in = _number_periods(closed["ended_at"], period)
    merged_in = _number_periods(merged["merged_at"], period)
    numbers = np.concatenate([opened_in, closed_in, merged_in])
    first, count = int(numbers.min()), int(np.ptp(numbers)) + 1

    def place(chosen: pd.DataFrame, happened_in: _Numbers) -> _Numbers:
        places: _Numbers = chosen["kind"].to_numpy() * count + happened_in - first
        return places

    size = len(_KINDS) * count
    by_opening, by_close = place(rows, opened_in), place(closed, closed_in)
    by_merge = place(merged, merged_in)
    opened, ended = _add_up(by_opening, size), _add_up(by_close, size)
    days = pd.Series(closed["days"].to_numpy()).groupby(by_close)
    days_to_merge = pd.Series(merged["days_to_merge"].to_numpy()).groupby(by_merge)
    return pd.DataFrame(
        {
            "repo": rows["repo"].iloc[0],
            "repo_id": rows["repo_id"].iloc[0],
            "period": period,
            "start": np.tile(_first_days(np.arange(first, first + count), period), len(_KINDS)),
            "kind": np.repeat(_KINDS, count),
            "opened": opened,
            "closed": ended,
            "merged": _add_up(by_merge, size),
            "closed_unmerged": _add_up(by_close, size, closed["is_unmerged"]),
            "closure_ratio": _divide(ended, opened),
            "median_days_to_close": days.median().reindex(range(size)),
            "p90_days_to_close": days.quantile(0.9).reindex(range(size)),
            "median_days_to_merge": days_to_merge.median().reindex(range(size)),
            "closed_bot_share": _divide(_add_up(by_close, size, closed["is_bot"]), ended),
            "new_authors": _add_up(by_opening, size, rows["is_new"]),
            "new_authors_without_bots": _add_up(by_opening, size, rows["is_new_person"]),
        }
    )


def _number_periods(times: pd.Series, period: str) -> _Numbers:
    """The period of each time, as a number: months since January 1970, or weeks."""
    days = pd.DatetimeIndex(times).tz_localize(None).to_numpy().astype("datetime64[D]")
    if period == "month":
        return days.astype("datetime64[M]").astype(np.int64)
    weeks: _Numbers = (days.astype(np.int64) + _MONDAY) // 7
    return weeks


def _first_days(numbers: _Numbers, period: str) -> npt.NDArray[np.object_]:
    """The first day of each period."""
    if period == "month":
        days = numbers.astype("datetime64[M]").astype("datetime64[D]")
    else:
        days = (numbers * 7 - _MONDAY).astype("datetime64[D]")
    return days.astype(object)


def _add_up(places: _Numbers, size: int, counts: pd.Series | None = None) -> _Numbers:
    """How many rows are at each of so many places; with `counts`, those of them that count."""
    chosen = places if counts is None else places[counts.to_numpy(bool)]
    return np.bincount(chosen, minlength=size)


def _divide(counts: _Numbers, by: _Numbers) -> _Shares:
    """Shares; none where there is nothing to divide by."""
    shares: _Shares = np.divide(counts, by, out=np.full(len(by), np.nan), where=by > 0)
    return shares
