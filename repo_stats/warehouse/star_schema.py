"""The table of stars by the day on which they were given."""

import pyarrow as pa

from repo_stats.warehouse.columns import REPO, REPO_ID, Column, TableSchema

STAR_DAYS = TableSchema(
    "star_days",
    "One row per repository and day on which stars were given that are still held.",
    (
        REPO,
        REPO_ID,
        Column(
            "day",
            pa.date32(),
            "The day, as GitHub's API gives it: its days follow a fixed zone that GitHub does not "
            "document.",
        ),
        Column("stars", pa.int64(), "Stars that were given on the day, and are still held."),
    ),
)
