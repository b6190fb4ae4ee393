"""The repositories compared with each other, from the tables of all of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from repo_stats.metrics.standings import GROWTH_DAYS, Standing
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import LEADERBOARD

_SHOWN = 10
"""Places in the Markdown table."""


def rank_repositories(standings: Iterable[Standing]) -> pd.DataFrame:
    """The rank of each repository by stars, its growth, and how long its issues have been open.

    Growth and durations are counted up to the repository's own `snapshot_at`. So a repository that
    could not be refreshed for a while does not seem to have older issues or less growth.

    Args:
        standings: of the repositories.

    Returns:
        Rows of `leaderboard`, the best rank first.
    """
    ordered = sorted(standings, key=lambda standing: (-standing.stars, standing.repo))
    ranks: dict[int, int] = {}
    for place, standing in enumerate(ordered, start=1):
        ranks.setdefault(standing.stars, place)  # equals share the first place
    return to_frame(LEADERBOARD, [_to_row(each, ranks[each.stars]) for each in ordered])


def _to_row(standing: Standing, rank: int) -> dict[str, Any]:
    growth = {
        f"stars_growth_{days}_days": None if before is None else standing.stars - before
        for days, before in zip(GROWTH_DAYS, standing.stars_before, strict=True)
    }
    others = [name for name in LEADERBOARD.names if name != "rank" and name not in growth]
    told = {name: getattr(standing, name) for name in others}
    return {"rank": rank, **growth, **told}


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
