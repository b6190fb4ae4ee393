"""The statistics of repositories, computed from their items and their metadata.

The rows of `issues_per_user`, and from these the rows of `repo_statistics` with the averages.
"""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_STATISTICS

_SUMS = (
    "open_items",
    "open_issues",
    "open_pull_requests",
    "users",
    "issue_authors",
    "told_from_bots",
    "people",
    "people_with_issues",
    "items_by_people",
    "issues_by_people",
)
"""What is added up over the authors of a repository."""


def deduplicate_items(items: pd.DataFrame) -> pd.DataFrame:
    """Keep the latest version of each item, sorted by repository and number.

    An item may be on two pages if the list changed while its pages were read.
    """
    keys = items[["repo", "id", "number", "updated_at"]].reset_index()
    newest = keys.sort_values("updated_at", kind="stable").drop_duplicates(
        ["repo", "id"], keep="last"
    )
    places = newest.sort_values(["repo", "number"]).index.to_numpy()
    return items.take(places).reset_index(drop=True)


def count_per_user(items: pd.DataFrame) -> pd.DataFrame:
    """The rows of `issues_per_user`: open items by author, the author with most items first."""
    by_update = items.sort_values(["updated_at", "number"])
    groups = by_update.assign(
        open_items=1,
        open_issues=~by_update["is_pull_request"],
        open_pull_requests=by_update["is_pull_request"],
    ).groupby(["repo", "user_id"])
    # One call for each kind of sum: `agg` with names takes several times as long.
    created = groups["created_at"]
    counts = (
        groups[["repo_id", "user", "user_type", "is_bot"]]
        .last()
        .join(groups[["open_items", "open_issues", "open_pull_requests"]].sum())
        .assign(oldest_created_at=created.min(), latest_created_at=created.max())
        .reset_index()
    )
    order = counts.sort_values(["repo", "open_items", "user_id"], ascending=[True, False, True])
    return order[ISSUES_PER_USER.names].reset_index(drop=True)


def compute_statistics(
    metadata: pd.DataFrame, per_user: pd.DataFrame, scans: Mapping[str, ScanInfo]
) -> pd.DataFrame:
    """The rows of `repo_statistics` for the repositories in `metadata`.

    Args:
        metadata: rows of `repo_metadata`.
        per_user: rows of `issues_per_user`.
        scans: how the items were read, by repository; for all in `metadata`.
    """
    totals = _add_up(per_user)
    read = pd.DataFrame(
        {
            "scanned_at": {repo: scan.validated_at for repo, scan in scans.items()},
            "is_exact": {repo: scan.is_exact for repo, scan in scans.items()},
        }
    )
    joined = metadata.join(totals.reindex(read.index, fill_value=0).join(read), on="repo")
    is_told = joined["told_from_bots"] == joined["users"]
    people = joined["people"].where(is_told)
    statistics = joined.assign(
        snapshot_at=joined[["validated_at", "scanned_at"]].min(axis="columns"),
        # Nothing divided by nobody is missing.
        average_open_issues_per_user=joined["open_items"] / joined["users"],
        average_open_issues_per_user_without_pull_requests=(
            joined["open_issues"] / joined["issue_authors"]
        ),
        users_without_bots=people,
        average_open_issues_per_user_without_bots=joined["items_by_people"] / people,
        average_open_issues_per_user_without_pull_requests_and_bots=(
            joined["issues_by_people"] / joined["people_with_issues"].where(is_told)
        ),
    )
    return statistics[REPO_STATISTICS.names]


def _add_up(per_user: pd.DataFrame) -> pd.DataFrame:
    """The sums over the authors of each repository, and how many authors there are of each kind."""
    is_person = per_user["is_bot"] == False  # noqa: E712 - rows of an earlier version have nulls
    counts = per_user.assign(
        users=1,
        issue_authors=per_user["open_issues"] > 0,
        told_from_bots=per_user["is_bot"].notna(),
        people=is_person,
        people_with_issues=is_person & (per_user["open_issues"] > 0),
        items_by_people=per_user["open_items"].where(is_person, 0),
        issues_by_people=per_user["open_issues"].where(is_person, 0),
    )
    return counts.groupby("repo")[[*_SUMS]].sum()


def format_statistics(row: Mapping[Any, Any]) -> str:
    """A row of `repo_statistics` as four lines of text for the log."""
    average = row["average_open_issues_per_user"]
    return "\n".join(
        [
            f"{row['repo']} repository statistics 📊:",
            f"Stars 🌟 : {row['stars']}",
            f"Forks 🍴 : {row['forks']}",
            "Average open issues per user 🐛 : "
            + ("none is open" if pd.isna(average) else f"{average:.2f}"),
        ]
    )


MOST_DESCRIBED = 10
"""The largest number of repositories whose statistics are written out."""


def describe_statistics(statistics: pd.DataFrame, changed: Collection[str], of: int) -> str:
    """Statistics as text for the log: of all repositories if they are few, else of the changed.

    Args:
        statistics: rows of `repo_statistics`; all if they are few, else at least the changed.
        changed: the repositories whose histories got a row.
        of: how many repositories there are.
    """
    rows = statistics.to_dict("records")
    chosen = rows
    if of > MOST_DESCRIBED:
        chosen = [row for row in rows if row["repo"] in changed][:MOST_DESCRIBED]
    lines = list(map(format_statistics, chosen))
    if len(chosen) < of:
        lines.append(f"Repositories: {of}, of which {len(changed)} got a row in their history")
    return "\n".join(lines)
