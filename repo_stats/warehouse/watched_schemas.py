"""The tables of what is watched: the resolved watchlist, and the lists of GitHub's behind it."""

import pyarrow as pa

from repo_stats.warehouse.columns import TIME, Column, TableSchema

_EARLIER = "Null, as if it were false, in a file of an earlier version."

WATCHED_REPOSITORIES = TableSchema(
    "watched_repositories",
    "One row per repository that is watched or was, in the order of the watchlist; what has left "
    "comes last.",
    (
        Column(
            "repo",
            pa.string(),
            "Its owner/name: as the watchlist writes it out, or else in GitHub's spelling.",
        ),
        Column(
            "repo_id",
            pa.int64(),
            "GitHub's number of it; it survives renames. Null until it is known.",
            nullable=True,
        ),
        Column(
            "source",
            pa.string(),
            "The entry that brought it in: `watchlist` if it is written out, or as in "
            "`org: dagster-io`.",
        ),
        Column("has_history", pa.bool_(), "Whether all its items are kept."),
        Column("since", TIME, "Since when it is watched."),
        Column("left_at", TIME, "When it was found to have left; null while it is watched.", True),
        Column(
            "left_because",
            pa.string(),
            "Why it has left, such as `archived` or `gone from org: dagster-io`.",
            nullable=True,
        ),
        Column(
            "has_traffic",
            pa.bool_(),
            f"Whether its views and clones are kept. {_EARLIER}",
            nullable=True,
        ),
        Column(
            "has_downloads",
            pa.bool_(),
            f"Whether the counters of its release assets are kept. {_EARLIER}",
            nullable=True,
        ),
    ),
)

REPOSITORY_LISTS = TableSchema(
    "repository_lists",
    "One row per page of a list of repositories, as it was last received.",
    (
        Column("kind", pa.string(), "Whose list it is: `org`, `user` or `installation`."),
        Column("name", pa.string(), "The organisation or user, in lower case."),
        Column("page", pa.int64(), "The number of the page, from 1."),
        Column("is_settled", pa.bool_(), "Whether the list is known to miss no repository."),
        Column("read_at", TIME, "When the list was last read."),
        Column("content", pa.string(), "The repositories on it and its `ETag`, as JSON."),
    ),
    volatile=frozenset({"read_at"}),
)
"""It saves requests, and is no table of the SQL views: the content is for this project alone."""
