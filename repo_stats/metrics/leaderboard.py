"""The repositories beside each other: pure functions over the tables of all of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from repo_stats.metrics.history import stars_growth
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import LEADERBOARD

GROWTH_DAYS = (7, 30)


ITEM_COLUMNS = ("repo", "repo_id", "is_pull_request", "created_at")
"""The columns of `open_issues` that durations are made of."""


_SHOWN = 10


def rank_repositories(
    statistics: pd.DataFrame, histories: Mapping[str, pd.DataFrame], items: pd.DataFrame
) -> pd.DataFrame:
    """Each repository's place by stars, how it grew, and how long its issues have been open.

    All of it is as of the repository's `snapshot_at`, so that one that could not be refreshed for a
    while is not made to look older or slower than it was.

    Args:
        statistics: rows of `repo_statistics`.
        histories: rows of `repo_history`, by repository; of some there may be none.
        items: rows of `open_issues`, of `ITEM_COLUMNS` at least.
    """
    if statistics.empty:
        return join_frames(LEADERBOARD, [])
    ranked = statistics.join(_durations(statistics, items), on="repo").assign(
        rank=statistics["stars"].rank(method="min", ascending=False).astype("int64"),
        **{
            f"stars_growth_{days}_days": _growth(statistics, histories, days)
            for days in GROWTH_DAYS
        },
    )
    return join_frames(LEADERBOARD, [ranked.sort_values(["rank", "repo"])])


def _durations(statistics: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """How long the open issues of each repository have been open, pull requests left out."""
    issues = items[~items["is_pull_request"].astype(bool)]
    read = statistics[["repo", "repo_id", "snapshot_at"]].merge(issues, on=["repo", "repo_id"])
    days = (read["snapshot_at"] - read["created_at"]).dt.total_seconds().clip(lower=0) / 86_400
    grouped = read.assign(days=days).groupby("repo")
    return grouped.agg(median_days_open=("days", "median"), oldest_created_at=("created_at", "min"))


def _growth(
    statistics: pd.DataFrame, histories: Mapping[str, pd.DataFrame], days: int
) -> pd.Series:
    grown = [
        stars_growth(histories[row["repo"]], row, days) if row["repo"] in histories else None
        for row in statistics.to_dict("records")
    ]
    return pd.Series(grown, index=statistics.index, dtype="Int64")


def format_leaderboard(ranked: pd.DataFrame) -> str:
    """The first places, as a Markdown table."""
    lines = [
        "| | repository | stars | 7 days | 30 days | issues | pull requests | per user |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [_format_place(row) for row in ranked.head(_SHOWN).to_dict("records")]
    return "\n".join(lines)


def _format_place(row: Mapping[Any, Any]) -> str:
    growth = (row[f"stars_growth_{days}_days"] for days in GROWTH_DAYS)
    average = row["average_open_issues_per_user"]
    cells = [
        str(row["rank"]),
        row["repo"],
        f"{row['stars']:,}",
        *("-" if pd.isna(stars) else f"{int(stars):+,}" for stars in growth),
        f"{row['open_issues']:,}",
        f"{row['open_pull_requests']:,}",
        "-" if pd.isna(average) else f"{average:.2f}",
    ]
    return f"| {' | '.join(cells)} |"
