"""On how few people a project depends: who opened, and whose pull requests made, half of a year."""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from repo_stats.metrics.closings import find_merges
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import CONTRIBUTOR_CONCENTRATION

_MONTHS = 12


def compute_concentration(items: pd.DataFrame, read_at: datetime) -> pd.DataFrame:
    """The rows of `contributor_concentration` of a repository.

    Args:
        items: all of its rows of `issues`.
        read_at: when they were read (UTC); the last twelve months end with that day.

    Returns:
        A row for each kind with and without bots; none if there is no item.
    """
    if items.empty:
        return to_frame(CONTRIBUTOR_CONCENTRATION, [])
    until = pd.Timestamp(read_at.date())
    since = until - pd.DateOffset(months=_MONTHS) + pd.DateOffset(days=1)
    is_pull_request, created = items["is_pull_request"], items["created_at"]
    times = {
        "opened_issues": created.where(~is_pull_request),
        "opened_pull_requests": created.where(is_pull_request),
        "merged_pull_requests": find_merges(items),
    }
    rows: list[dict[str, Any]] = []
    for kind, moments in times.items():
        days = moments.dt.tz_localize(None).dt.floor("D")
        chosen = items[(days >= since) & (days <= until)]
        for with_bots in (True, False):
            authors = chosen["user_id"] if with_bots else chosen.loc[~chosen["is_bot"], "user_id"]
            rows.append({"kind": kind, "with_bots": with_bots, **_find_half(authors)})
    of_all = {"repo": items["repo"].iloc[0], "repo_id": items["repo_id"].iloc[0]}
    span = {"since": since.date(), "until": until.date()}
    return to_frame(CONTRIBUTOR_CONCENTRATION, [{**of_all, **row, **span} for row in rows])


def _find_half(authors: pd.Series) -> dict[str, int]:
    """How few authors made at least half of the items, by the author of each item."""
    counts = authors.value_counts().to_numpy()  # the largest first
    running = np.cumsum(counts)
    items = int(counts.sum())
    place = int(np.searchsorted(2 * running, items)) if items else 0
    return {
        "authors": place + 1 if items else 0,
        "items_of_authors": int(running[place]) if items else 0,
        "total_authors": len(counts),
        "total_items": items,
    }
