"""The repositories compared with each other, from the tables of all of them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from repo_stats.metrics.history import stars_growth
from repo_stats.warehouse.frames import FrameOrArrow, join_frames
from repo_stats.warehouse.schemas import LEADERBOARD

GROWTH_DAYS = (7, 30)
"""The periods for which the growth of stars is computed, in days."""

ITEM_COLUMNS = ("repo", "repo_id", "is_pull_request", "created_at")
"""The columns of `open_issues` that durations are computed from."""

_SHOWN = 10
"""Places in the Markdown table."""


def rank_repositories(
    statistics: pd.DataFrame, histories: Mapping[str, FrameOrArrow], items: pd.DataFrame
) -> pd.DataFrame:
    """The rank of each repository by stars, its growth, and how long its issues have been open.

    Growth and durations are counted up to the repository's own `snapshot_at`. So a repository that
    could not be refreshed for a while does not seem to have older issues or less growth.

    Args:
        statistics: rows of `repo_statistics`.
        histories: rows of `repo_history` by repository, see `stars_growth`; some may be missing.
        items: rows of `open_issues` with at least `ITEM_COLUMNS`.

    Returns:
        Rows of `leaderboard`, the best rank first.
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
    """How long the open issues of each repository have been open, without pull requests."""
    issues = items[~items["is_pull_request"].astype(bool)]
    read = statistics[["repo", "repo_id", "snapshot_at"]].merge(issues, on=["repo", "repo_id"])
    days = (read["snapshot_at"] - read["created_at"]).dt.total_seconds().clip(lower=0) / 86_400
    grouped = read.assign(days=days).groupby("repo")
    return grouped.agg(median_days_open=("days", "median"), oldest_created_at=("created_at", "min"))


def _growth(
    statistics: pd.DataFrame, histories: Mapping[str, FrameOrArrow], days: int
) -> pd.Series:
    grown = [
        stars_growth(histories[row["repo"]], row, days) if row["repo"] in histories else None
        for row in statistics.to_dict("records")
    ]
    return pd.Series(grown, index=statistics.index, dtype="Int64")


def format_leaderboard(ranked: pd.DataFrame) -> str:
    """The first ten places as a Markdown table."""
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
