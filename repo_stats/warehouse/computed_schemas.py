"""The tables that are computed from what GitHub returns: the numbers, and how they change.

Those that are made from all items of a repository alone are in `history_schemas`.

The query that defines each of them is in `definitions/`. Change both together: tests compare them.
"""

import pyarrow as pa

from repo_stats.warehouse.columns import REPO, REPO_ID, TIME, Column, TableSchema
from repo_stats.warehouse.history_schemas import END

_SNAPSHOT = (
    "When GitHub last confirmed all of these numbers: the earlier of the times at which it "
    "confirmed those of the repository and the list of its open items."
)

_OLDER = "Null in rows of an earlier version."

_OPEN_ITEMS = "Open issues and pull requests together, as GitHub's issues list returns them"

ISSUES_PER_USER = TableSchema(
    "issues_per_user",
    "One row per repository and author of open issues or pull requests, the busiest author first.",
    (
        REPO,
        REPO_ID,
        Column("user_id", pa.int64(), "GitHub's number of the author; 10137 (ghost) if deleted."),
        Column(
            "user",
            pa.string(),
            "The author's login, as in the item that was updated last; if several were, in the one "
            "with the highest number.",
        ),
        Column(
            "user_type",
            pa.string(),
            "What the author is, as in the same item: `User`, `Bot`, ...",
        ),
        Column(
            "is_bot",
            pa.bool_(),
            f"Whether the author is a bot, as in the same item. {_OLDER}",
            nullable=True,
        ),
        Column("open_items", pa.int64(), f"{_OPEN_ITEMS}, by this author."),
        Column("open_issues", pa.int64(), "Those of them that are issues."),
        Column("open_pull_requests", pa.int64(), "Those of them that are pull requests."),
        Column("oldest_created_at", TIME, "When the oldest of them was opened."),
        Column("latest_created_at", TIME, "When the latest of them was opened."),
    ),
)

REPO_STATISTICS = TableSchema(
    "repo_statistics",
    "One row per repository: its statistics as of the last refresh.",
    (
        REPO,
        REPO_ID,
        Column("snapshot_at", TIME, _SNAPSHOT),
        Column("stars", pa.int64(), "Users who starred it, as in `repo_metadata`."),
        Column("forks", pa.int64(), "Forks of it."),
        Column("subscribers", pa.int64(), "Users who watch it.", nullable=True),
        Column("open_issues_count", pa.int64(), "GitHub's own counter of open items; it can lag."),
        Column("open_items", pa.int64(), f"{_OPEN_ITEMS}: the rows of `open_issues`."),
        Column("open_issues", pa.int64(), "Those of them that are issues."),
        Column("open_pull_requests", pa.int64(), "Those of them that are pull requests."),
        Column("users", pa.int64(), "Distinct authors of the open items."),
        Column(
            "users_without_bots",
            pa.int64(),
            f"Those of them that are people: `is_bot` of `issues_per_user` is false. {_OLDER}",
            nullable=True,
        ),
        Column(
            "average_open_issues_per_user",
            pa.float64(),
            "`open_items` divided by `users`; null if nothing is open.",
            nullable=True,
        ),
        Column(
            "average_open_issues_per_user_without_pull_requests",
            pa.float64(),
            "`open_issues` divided by the distinct authors of these issues; null if none is open.",
            nullable=True,
        ),
        Column(
            "average_open_issues_per_user_without_bots",
            pa.float64(),
            "Open items by people divided by `users_without_bots`; null if there are none, or in "
            "rows of an earlier version.",
            nullable=True,
        ),
        Column(
            "average_open_issues_per_user_without_pull_requests_and_bots",
            pa.float64(),
            "Open issues by people divided by the distinct people who opened these issues; null if "
            "there are none, or in rows of an earlier version.",
            nullable=True,
        ),
        Column(
            "is_exact",
            pa.bool_(),
            "Whether the items are proved to be all that were open at one moment.",
        ),
    ),
    volatile=frozenset({"snapshot_at"}),
)

REPO_HISTORY = TableSchema(
    "repo_history",
    "One row per repository and refresh in which a number changed, and at least one a day.",
    REPO_STATISTICS.columns,
)

ISSUE_BACKLOG = TableSchema(
    "issue_backlog",
    "One row per repository and day (UTC): what was open at the end of the day.",
    (
        REPO,
        REPO_ID,
        Column(
            "day",
            pa.date32(),
            "The day. If all items are stored: each from that of the first item to that on which "
            "they were last read. After it, or else: each with a refresh. The last one ends with "
            "the last refresh.",
        ),
        Column("open_items", pa.int64(), f"{_OPEN_ITEMS}."),
        Column("open_issues", pa.int64(), "Those of them that are issues."),
        Column("open_pull_requests", pa.int64(), "Those of them that are pull requests."),
        Column("opened", pa.int64(), "Items opened on the day; null if not rebuilt.", True),
        Column("closed", pa.int64(), f"Items closed on the day; null if not rebuilt. {END}", True),
        Column(
            "is_rebuilt",
            pa.bool_(),
            "Whether the row is rebuilt from the times at which the items of the table `issues` "
            "were opened and closed, with `closed_at` left out of open ones. Otherwise it is from "
            "the last refresh of the day in `repo_history`.",
        ),
    ),
)

LEADERBOARD = TableSchema(
    "leaderboard",
    "One row per repository of the watchlist, the one with the most stars first, equals by name.",
    (
        Column("rank", pa.int64(), "Rank by stars, from 1; equals share a rank."),
        REPO,
        REPO_ID,
        Column("stars", pa.int64(), "Users who starred it."),
        Column(
            "stars_growth_7_days",
            pa.int64(),
            "Stars gained since the last row of `repo_history` that is at least 7 days older than "
            "`snapshot_at`. If there is none: the stars of `star_days` given after the day of that "
            "moment (UTC) and still held; null if `star_days` has no row of the repository either. "
            "What was seen comes first because it counts the stars that were taken back.",
            nullable=True,
        ),
        Column(
            "stars_growth_30_days",
            pa.int64(),
            "The same, at least 30 days older.",
            nullable=True,
        ),
        Column("forks", pa.int64(), "Forks of it."),
        Column("open_issues", pa.int64(), "Open issues, without pull requests."),
        Column("open_pull_requests", pa.int64(), "Open pull requests."),
        Column(
            "average_open_issues_per_user",
            pa.float64(),
            "Open items, pull requests included, divided by their distinct authors.",
            nullable=True,
        ),
        Column(
            "average_open_issues_per_user_without_bots",
            pa.float64(),
            "The same of items by people, divided by the distinct people.",
            nullable=True,
        ),
        Column(
            "median_days_open",
            pa.float64(),
            "Median days that the open issues, without pull requests, have been open at "
            "`snapshot_at`; null if none is.",
            nullable=True,
        ),
        Column("oldest_created_at", TIME, "When the oldest of these was opened.", True),
        Column("snapshot_at", TIME, _SNAPSHOT),
        Column("is_exact", pa.bool_(), "Whether the items are proved to be those of one moment."),
    ),
    volatile=frozenset({"snapshot_at", "median_days_open"}),
)
