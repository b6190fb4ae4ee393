"""The tables' columns: names, types and what each value is.

Times are UTC; counts are whole numbers; a column is null only where its type says so.
"""

from dataclasses import dataclass

import pyarrow as pa

_TIME = pa.timestamp("us", tz="UTC")


_TEXTS = pa.list_(pa.string())


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: its name.
        type: its Arrow type.
        description: what a value is.
        nullable: whether a value may be missing.
    """

    name: str
    type: pa.DataType
    description: str
    nullable: bool = False


@dataclass(frozen=True)
class TableSchema:
    """One table, stored as one file per repository (issue pages: one per page).

    Attributes:
        name: the table's folder in the warehouse.
        row: what one row is.
        columns: in their order.
        volatile: columns that tell when and how rows were read, not what they say: they are no
            part of the content's version.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    volatile: frozenset[str] = frozenset()

    @property
    def arrow(self) -> pa.Schema:
        """The schema of the table's files."""
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]


_REPO = Column("repo", pa.string(), "The repository's owner/name as the watchlist writes it.")


_REPO_ID = Column("repo_id", pa.int64(), "GitHub's number of the repository; it survives renames.")


_OPEN_ITEMS = "Open issues and pull requests together, as GitHub's issues list returns them"


_RAW = Column("raw", pa.string(), "The object as received, JSON with ASCII escapes.")


REPO_METADATA = TableSchema(
    "repo_metadata",
    "One row per repository: GitHub's own description and counters of it.",
    (
        _REPO,
        _REPO_ID,
        Column("full_name", pa.string(), "Its owner/name on GitHub by now: other after a rename."),
        Column("description", pa.string(), "Its description.", nullable=True),
        Column("stars", pa.int64(), "Users who starred it (`stargazers_count`)."),
        Column("forks", pa.int64(), "Forks of it (`forks_count`)."),
        Column("subscribers", pa.int64(), "Users who watch it (`subscribers_count`).", True),
        Column(
            "open_issues_count",
            pa.int64(),
            "GitHub's counter of open issues and pull requests; it can lag behind the list.",
        ),
        Column("has_issues", pa.bool_(), "Whether issues are enabled."),
        Column("is_archived", pa.bool_(), "Whether it is archived and thereby read-only."),
        Column("is_fork", pa.bool_(), "Whether it is a fork."),
        Column("is_private", pa.bool_(), "Whether it is private."),
        Column("language", pa.string(), "Its main programming language.", nullable=True),
        Column("license", pa.string(), "SPDX identifier of its licence.", nullable=True),
        Column("default_branch", pa.string(), "Its default branch.", nullable=True),
        Column("html_url", pa.string(), "Its page on GitHub."),
        Column("created_at", _TIME, "When it was created.", nullable=True),
        Column("updated_at", _TIME, "When it last changed in any way.", nullable=True),
        Column("pushed_at", _TIME, "When it was last pushed to.", nullable=True),
        Column("url", pa.string(), "The address this row was read from."),
        Column("etag", pa.string(), "The validator of the answer this row is from.", nullable=True),
        Column("validated_at", _TIME, "When GitHub was asked for this row."),
        _RAW,
    ),
    volatile=frozenset({"url", "etag", "validated_at", "raw"}),
)


OPEN_ISSUES = TableSchema(
    "open_issues",
    "One row per open issue or pull request of a repository.",
    (
        _REPO,
        _REPO_ID,
        Column("id", pa.int64(), "GitHub's number of the item over all repositories."),
        Column("number", pa.int64(), "Its number within the repository."),
        Column("is_pull_request", pa.bool_(), "Whether it is a pull request."),
        Column("is_draft", pa.bool_(), "Whether it is a draft pull request."),
        Column("title", pa.string(), "Its title."),
        Column("state", pa.string(), "`open`."),
        Column("state_reason", pa.string(), "Why it is in this state: `reopened`.", True),
        Column("user_id", pa.int64(), "GitHub's number of its author; 10137 (ghost) if deleted."),
        Column("user", pa.string(), "Its author's login."),
        Column("user_type", pa.string(), "What its author is: `User`, `Bot`, `Organization`."),
        Column("author_association", pa.string(), "Its author's part in the repository.", True),
        Column("labels", _TEXTS, "Names of its labels."),
        Column("assignees", _TEXTS, "Logins of its assignees."),
        Column("milestone", pa.string(), "Title of its milestone.", nullable=True),
        Column("comments", pa.int64(), "Number of comments."),
        Column("is_locked", pa.bool_(), "Whether its conversation is locked."),
        Column("html_url", pa.string(), "Its page on GitHub."),
        Column("created_at", _TIME, "When it was opened."),
        Column("updated_at", _TIME, "When it last changed in any way."),
        Column("closed_at", _TIME, "When it was closed; null while it is open.", nullable=True),
    ),
)


ISSUE_PAGES = TableSchema(
    "issue_pages",
    "One row per open issue or pull request on the page, and a column with the object as received.",
    (*OPEN_ISSUES.columns, _RAW),
)


ISSUES_PER_USER = TableSchema(
    "issues_per_user",
    "One row per repository and author of open issues or pull requests.",
    (
        _REPO,
        _REPO_ID,
        Column("user_id", pa.int64(), "GitHub's number of the author; 10137 (ghost) if deleted."),
        Column("user", pa.string(), "The author's login, the latest where it changed."),
        Column("user_type", pa.string(), "What the author is: `User`, `Bot`, `Organization`."),
        Column("open_items", pa.int64(), f"{_OPEN_ITEMS}, by this author."),
        Column("open_issues", pa.int64(), "Those of them that are no pull requests."),
        Column("open_pull_requests", pa.int64(), "Those of them that are pull requests."),
        Column("oldest_created_at", _TIME, "When the oldest of them was opened."),
        Column("latest_created_at", _TIME, "When the latest of them was opened."),
    ),
)


REPO_STATISTICS = TableSchema(
    "repo_statistics",
    "One row per repository: the numbers that all the rest is collected for.",
    (
        _REPO,
        _REPO_ID,
        Column("snapshot_at", _TIME, "When GitHub last vouched for all of these numbers."),
        Column("stars", pa.int64(), "Users who starred it."),
        Column("forks", pa.int64(), "Forks of it."),
        Column("subscribers", pa.int64(), "Users who watch it.", nullable=True),
        Column("open_issues_count", pa.int64(), "GitHub's own counter of open items; it can lag."),
        Column("open_items", pa.int64(), f"{_OPEN_ITEMS}: the rows of `open_issues`."),
        Column("open_issues", pa.int64(), "Those of them that are no pull requests."),
        Column("open_pull_requests", pa.int64(), "Those of them that are pull requests."),
        Column("users", pa.int64(), "Distinct authors of the open items."),
        Column(
            "average_open_issues_per_user",
            pa.float64(),
            "`open_items` divided by `users`; null if nothing is open.",
            nullable=True,
        ),
        Column(
            "average_open_issues_per_user_without_pull_requests",
            pa.float64(),
            "`open_issues` divided by their own distinct authors; null if none is open.",
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
    "One row per repository and day (UTC): what was open at its end.",
    (
        _REPO,
        _REPO_ID,
        Column("day", pa.date32(), "The day; the latest one goes until the last refresh."),
        Column("open_items", pa.int64(), f"{_OPEN_ITEMS}."),
        Column("open_issues", pa.int64(), "Those of them that are no pull requests."),
        Column("open_pull_requests", pa.int64(), "Those of them that are pull requests."),
        Column("opened", pa.int64(), "Items opened on the day; null where not rebuilt.", True),
        Column("closed", pa.int64(), "Items closed on the day; null where not rebuilt.", True),
        Column(
            "is_rebuilt",
            pa.bool_(),
            "Whether it is rebuilt from when each item was opened and closed, which takes the "
            "table `issues`; else it is the last refresh of the day.",
        ),
    ),
)


_OTHER_STATES = {
    "state": Column("state", pa.string(), "`open` or `closed`."),
    "state_reason": Column(
        "state_reason", pa.string(), "Why: `completed`, `not_planned`, `reopened`, ...", True
    ),
}


ISSUES = TableSchema(
    "issues",
    "One row per issue or pull request of a repository, open or not (with `history: true`).",
    tuple(_OTHER_STATES.get(column.name, column) for column in OPEN_ISSUES.columns),
)


ISSUE_TRENDS = TableSchema(
    "issue_trends",
    "One row per repository, period and kind of item: how fast the project deals with items.",
    (
        _REPO,
        _REPO_ID,
        Column("period", pa.string(), "`week` (from Monday) or `month`."),
        Column("start", pa.date32(), "The period's first day (UTC)."),
        Column("kind", pa.string(), "`all`, `issue` or `pull_request`."),
        Column("opened", pa.int64(), "Items opened in the period."),
        Column("closed", pa.int64(), "Items closed in the period."),
        Column(
            "median_days_to_close",
            pa.float64(),
            "Days from opening to closing that half of those closed took at most.",
            nullable=True,
        ),
        Column(
            "p90_days_to_close",
            pa.float64(),
            "Days from opening to closing that nine of ten of those closed took at most.",
            nullable=True,
        ),
        Column(
            "closed_bot_share",
            pa.float64(),
            "Share (0 to 1) of those closed that bots had opened; null if none was closed.",
            nullable=True,
        ),
        Column("new_authors", pa.int64(), "Authors whose first item was opened in the period."),
    ),
)


LEADERBOARD = TableSchema(
    "leaderboard",
    "One row per repository of the watchlist, those with most stars first.",
    (
        Column("rank", pa.int64(), "Place by stars, from 1; equals share one."),
        _REPO,
        _REPO_ID,
        Column("stars", pa.int64(), "Users who starred it."),
        Column("stars_growth_7_days", pa.int64(), "Stars more than 7 days before.", True),
        Column("stars_growth_30_days", pa.int64(), "Stars more than 30 days before.", True),
        Column("forks", pa.int64(), "Forks of it."),
        Column("open_issues", pa.int64(), "Open issues, pull requests left out."),
        Column("open_pull_requests", pa.int64(), "Open pull requests."),
        Column(
            "average_open_issues_per_user",
            pa.float64(),
            "Open items, pull requests included, divided by their distinct authors.",
            nullable=True,
        ),
        Column(
            "median_days_open",
            pa.float64(),
            "Days that half of the open issues (no pull requests) have been open at least.",
            nullable=True,
        ),
        Column("oldest_created_at", _TIME, "When the oldest open issue was opened.", True),
        Column("snapshot_at", _TIME, "When GitHub last vouched for all of these numbers."),
        Column("is_exact", pa.bool_(), "Whether the items are proved to be those of one moment."),
    ),
    volatile=frozenset({"snapshot_at", "median_days_open"}),
)


TABLES = (
    REPO_METADATA,
    OPEN_ISSUES,
    ISSUES_PER_USER,
    REPO_STATISTICS,
    REPO_HISTORY,
    ISSUE_BACKLOG,
    ISSUES,
    ISSUE_TRENDS,
)
"""The tables with one file per repository."""
