"""The tables of what GitHub returns: repositories, and their issues and pull requests."""

import pyarrow as pa

from repo_stats.warehouse.columns import REPO, REPO_ID, TEXTS, TIME, Column, TableSchema

USER_TYPES = "`User`, `Bot`, `Organization`, or `Mannequin`, an account made up by an import"

_UNKNOWN = "Null in rows that an earlier version stored."

_RAW = Column("raw", pa.string(), "The object as received, JSON with ASCII escapes.")

REPO_METADATA = TableSchema(
    "repo_metadata",
    "One row per repository: GitHub's own description and counters of it.",
    (
        REPO,
        REPO_ID,
        Column("full_name", pa.string(), "Its owner/name on GitHub now, after any rename."),
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
        Column("created_at", TIME, "When it was created.", nullable=True),
        Column("updated_at", TIME, "When it last changed in any way.", nullable=True),
        Column("pushed_at", TIME, "When it was last pushed to.", nullable=True),
        Column("url", pa.string(), "The address this row was read from."),
        Column("etag", pa.string(), "The `ETag` of the response this row is from.", nullable=True),
        Column("validated_at", TIME, "When this row was requested from GitHub."),
        Column("api", pa.string(), "The API that `raw` is from: `rest` or `graphql`.", True),
        _RAW,
    ),
    volatile=frozenset({"url", "etag", "validated_at", "api", "raw"}),
)

OPEN_ISSUES = TableSchema(
    "open_issues",
    "One row per open issue or pull request of a repository.",
    (
        REPO,
        REPO_ID,
        Column("id", pa.int64(), "GitHub's number of the item over all repositories."),
        Column("number", pa.int64(), "Its number within the repository."),
        Column("is_pull_request", pa.bool_(), "Whether it is a pull request."),
        Column("is_draft", pa.bool_(), "Whether it is a draft pull request."),
        Column(
            "issue_type",
            pa.string(),
            "Name of the issue's type, such as `Bug`; null if it has none.",
            nullable=True,
        ),
        Column("title", pa.string(), "Its title."),
        Column("state", pa.string(), "`open`."),
        Column("state_reason", pa.string(), "Why it is in this state: `reopened`.", True),
        Column("user_id", pa.int64(), "GitHub's number of its author; 10137 (ghost) if deleted."),
        Column("user", pa.string(), "Its author's login."),
        Column("user_type", pa.string(), f"What its author is: {USER_TYPES}."),
        Column(
            "is_bot",
            pa.bool_(),
            "Whether its author is a bot: by the type, by a login that ends with `[bot]`, or by "
            f"the watchlist's `bots`. {_UNKNOWN}",
            nullable=True,
        ),
        Column("author_association", pa.string(), "Its author's role in the repository.", True),
        Column("labels", TEXTS, "Names of its labels."),
        Column("assignees", TEXTS, "Logins of its assignees."),
        Column("milestone", pa.string(), "Title of its milestone.", nullable=True),
        Column("comments", pa.int64(), "Number of comments."),
        Column(
            "reactions",
            pa.int64(),
            "Number of reactions of all kinds, as of the last reading of the item: for GitHub, a "
            f"reaction is no update. {_UNKNOWN}",
            nullable=True,
        ),
        Column("is_locked", pa.bool_(), "Whether its conversation is locked."),
        Column("locked_reason", pa.string(), "Why it is locked, if somebody gave a reason.", True),
        Column("html_url", pa.string(), "Its page on GitHub."),
        Column("created_at", TIME, "When it was opened."),
        Column("updated_at", TIME, "When it last changed in any way."),
        Column("closed_at", TIME, "When it was closed; null while it is open.", nullable=True),
        Column(
            "merged_at",
            TIME,
            "When the pull request was merged; null if it was not, or where `is_bot` is null.",
            nullable=True,
        ),
    ),
)

_ON_PAGES = {
    "is_bot": Column(
        "is_bot",
        pa.bool_(),
        f"Whether its author is a bot, by the type or the login alone. {_UNKNOWN}",
        nullable=True,
    ),
}

ISSUE_PAGES = TableSchema(
    "issue_pages",
    "One row per open issue or pull request on the page, and a column with the object as received.",
    (*(_ON_PAGES.get(column.name, column) for column in OPEN_ISSUES.columns), _RAW),
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
