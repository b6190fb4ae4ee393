"""The tables of who looks at a repository, clones it, and downloads its releases.

GitHub forgets views and clones after 14 days, and of downloads it tells only the present counter.
So these rows cannot be fetched again.
"""

import pyarrow as pa

from repo_stats.warehouse.columns import REPO, REPO_ID, TIME, Column, TableSchema

_UNIQUES = "Those of several days do not add up: who came on two days is in both."

_TAKEN_ON = Column("taken_on", pa.date32(), "The day (UTC) on which GitHub was asked.")

_POPULAR = (
    Column("views", pa.int64(), "Views within the 14 days up to `taken_on`."),
    Column("uniques", pa.int64(), "Distinct visitors within these 14 days."),
)

TRAFFIC_DAYS = TableSchema(
    "traffic_days",
    "One row per repository and day (UTC): its views and clones, as the largest numbers seen.",
    (
        REPO,
        REPO_ID,
        Column(
            "day",
            pa.date32(),
            "The day (UTC). Days of which GitHub was never asked in time have no row.",
        ),
        Column("views", pa.int64(), "Views of its pages."),
        Column("view_uniques", pa.int64(), f"Distinct visitors of the day. {_UNIQUES}"),
        Column("clones", pa.int64(), "Clones of it, those of machines included."),
        Column("clone_uniques", pa.int64(), f"Distinct cloners of the day. {_UNIQUES}"),
        Column(
            "is_final",
            pa.bool_(),
            "Whether two later snapshots, of different days, gave these numbers for the whole day.",
        ),
        Column("agreeing", pa.int64(), "How many such snapshots there were so far, in a row."),
        Column("seen_at", TIME, "When GitHub last told of the day."),
    ),
    volatile=frozenset({"seen_at"}),
)

TRAFFIC_REFERRERS = TableSchema(
    "traffic_referrers",
    "One row per repository, day of a snapshot, and site that visitors came from: at most ten.",
    (
        REPO,
        REPO_ID,
        _TAKEN_ON,
        Column("rank", pa.int64(), "Its place in GitHub's list, from 1."),
        Column("referrer", pa.string(), "The site, such as `Google` or `github.com`."),
        *_POPULAR,
    ),
)

TRAFFIC_PATHS = TableSchema(
    "traffic_paths",
    "One row per repository, day of a snapshot, and page that was looked at: at most ten.",
    (
        REPO,
        REPO_ID,
        _TAKEN_ON,
        Column("rank", pa.int64(), "Its place in GitHub's list, from 1."),
        Column("path", pa.string(), "The page's path at GitHub, such as `/acme/rocket/issues`."),
        Column("title", pa.string(), "The page's title."),
        *_POPULAR,
    ),
)

RELEASE_DOWNLOADS = TableSchema(
    "release_downloads",
    "One row per repository, release asset and day (UTC) on which its counter had changed.",
    (
        REPO,
        REPO_ID,
        Column("release", pa.string(), "The tag of the release."),
        Column(
            "asset_id",
            pa.int64(),
            "GitHub's number of the asset. An asset that is uploaded again gets another one.",
        ),
        Column("asset", pa.string(), "The name of the asset's file."),
        Column("day", pa.date32(), "The day (UTC) on which GitHub was asked."),
        Column(
            "downloads",
            pa.int64(),
            "The counter as of that day: downloads since the upload. Until the next row of the "
            "asset it is the same.",
        ),
        Column(
            "is_retired",
            pa.bool_(),
            "Whether GitHub did not list the asset any more. Its row has the last counter; no row "
            "follows unless it comes back.",
        ),
    ),
)

TRAFFIC = (TRAFFIC_DAYS, TRAFFIC_REFERRERS, TRAFFIC_PATHS)
"""The tables of one snapshot of a repository's traffic."""
