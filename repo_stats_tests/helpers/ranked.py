"""The leaderboard of rows that a test makes, as the asset makes it of stored tables."""

from collections.abc import Mapping

import pandas as pd

from repo_stats.metrics.leaderboard import rank_repositories
from repo_stats.metrics.standings import ITEM_COLUMNS, find_standing
from repo_stats.warehouse.frames import to_arrow, to_records
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_HISTORY, STAR_DAYS


def rank_rows(
    statistics: pd.DataFrame,
    histories: Mapping[str, pd.DataFrame],
    items: pd.DataFrame,
    given: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rows of `leaderboard`, from rows of the tables that it is made of."""
    standings = []
    for row in to_records(statistics):
        past = histories.get(row["repo"])
        history = None if past is None else to_arrow(REPO_HISTORY, past)
        own = to_arrow(OPEN_ISSUES, items[items["repo"] == row["repo"]])
        days = None if given is None else to_arrow(STAR_DAYS, given[given["repo"] == row["repo"]])
        standings.append(find_standing(row, history, days, own.select(list(ITEM_COLUMNS))))
    return rank_repositories(standings)
