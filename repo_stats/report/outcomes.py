"""What the page of a repository says of pull requests, of its people, and of what they ask for.

Pure functions of Arrow tables and rows, as those of `chart_data.py`. `data.py` reads them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from repo_stats.report.chart_data import complete_periods
from repo_stats.warehouse.frames import Records, whole_times

MOST_LISTED = 10
"""The most issues in a list of those that are wanted, or that wait."""

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "merged_pull_requests": (
        "Half of the merged pull requests of the last 12 months came from",
        "No pull request by a person was merged in the last 12 months.",
    ),
    "opened_pull_requests": (
        "Half of the pull requests opened in the last 12 months came from",
        "No person opened a pull request in the last 12 months.",
    ),
    "opened_issues": (
        "Half of the issues opened in the last 12 months came from",
        "No person opened an issue in the last 12 months.",
    ),
}
"""How a sentence begins, and what is said if there is nothing to count."""


def outcomes_by_week(trends: pa.Table, now: datetime) -> Records:
    """Pull requests merged, and closed without a merge, in each of the last complete weeks.

    Weeks of an earlier version, which did not tell, have no rows.
    """
    today = now.date()
    monday = today - timedelta(days=today.weekday())
    return [
        {"day": str(row["start"]), "kind": kind, "value": row[column]}
        for row in complete_periods(trends, "week", monday, "pull_request")
        for kind, column in (("merged", "merged"), ("closed unmerged", "closed_unmerged"))
        if row[column] is not None
    ]


def merging_by_month(trends: pa.Table, now: datetime) -> Records:
    """Days within which half of the pull requests merged in each complete month were merged."""
    column = "median_days_to_merge"
    return [
        {"day": str(row["start"]), "kind": "half of them", "value": round(row[column], 2)}
        for row in complete_periods(trends, "month", now.date().replace(day=1), "pull_request")
        if row[column] is not None
    ]


def most_wanted(items: pa.Table) -> Records:
    """The open issues with the most reactions, if they have any; equals by their numbers."""
    issues = items.filter(pc.invert(items["is_pull_request"]))
    wanted = issues.filter(pc.greater(pc.fill_null(issues["reactions"], 0), 0))
    order = np.lexsort((wanted["number"].to_numpy(), -wanted["reactions"].to_numpy()))
    return list(wanted.take(order[:MOST_LISTED]).to_pylist())


def unanswered(items: pa.Table) -> Records:
    """The open issues without a comment that wait longest; equals by their numbers."""
    is_waiting = pc.and_(pc.invert(items["is_pull_request"]), pc.equal(items["comments"], 0))
    waiting = items.filter(is_waiting)
    order = np.lexsort((waiting["number"].to_numpy(), whole_times(waiting["created_at"])))
    return list(waiting.take(order[:MOST_LISTED]).to_pylist())


def knows_reactions(items: pa.Table) -> bool:
    """Whether the reactions of the open items are known, as they are from the next refresh on."""
    return bool(items["reactions"].null_count == 0)


def describe_concentration(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """On how few people a repository depends, a sentence for each kind of contribution.

    Args:
        rows: its rows of `contributor_concentration`.
    """
    found = {(row["kind"], row["with_bots"]): row for row in rows}
    return [
        _describe_half(kind, found[kind, False], found[kind, True])
        for kind in _SENTENCES
        if (kind, True) in found and (kind, False) in found
    ]


def _describe_half(kind: str, people: Mapping[str, Any], everybody: Mapping[str, Any]) -> str:
    beginning, nothing = _SENTENCES[kind]
    by_bots = everybody["total_items"] - people["total_items"]
    bots = f" Bots opened {by_bots:,} more." if by_bots else ""
    if not people["total_items"]:
        return nothing + bots.replace(" more", "")
    total = people["total_authors"]
    noun = "person" if total == 1 else "people"
    return f"{beginning} {people['authors']:,} of {total:,} {noun}.{bots}"
