"""The table that tells on how few people a repository depends."""

import pyarrow as pa

from repo_stats.warehouse.columns import REPO, REPO_ID, Column, TableSchema

CONTRIBUTOR_CONCENTRATION = TableSchema(
    "contributor_concentration",
    "One row per repository, kind of contribution, and with or without bots: how few authors made "
    "half of the last 12 months.",
    (
        REPO,
        REPO_ID,
        Column(
            "kind",
            pa.string(),
            "`opened_issues` (without pull requests), `opened_pull_requests`, or "
            "`merged_pull_requests`, which count on the day on which they were merged.",
        ),
        Column(
            "with_bots",
            pa.bool_(),
            "Whether items of bots count; otherwise only those whose `is_bot` is false.",
        ),
        Column(
            "authors",
            pa.int64(),
            "The fewest authors who together opened at least half of these items; 0 if there are "
            "none. Of merged pull requests too, those count who opened them.",
        ),
        Column("items_of_authors", pa.int64(), "The items of the busiest so many authors."),
        Column("total_authors", pa.int64(), "All authors of these items."),
        Column("total_items", pa.int64(), "All of these items."),
        Column("since", pa.date32(), "The first day (UTC) that counts."),
        Column(
            "until",
            pa.date32(),
            "The last one, 12 months later: that on which the items were last read.",
        ),
    ),
)
