"""The tables that are computed from all items of a repository, open or not.

The query that defines each of them is in `definitions/`. Change both together: tests compare them.
"""

import pyarrow as pa

from repo_stats.warehouse.columns import REPO, REPO_ID, Column, TableSchema

END = (
    "An item that was closed before it was opened, as imported ones may be, or at an unknown time, "
    "counts as closed when it was opened."
)
"""When the items count as closed of which that is not known for certain."""

ISSUE_TRENDS = TableSchema(
    "issue_trends",
    "One row per repository, period and kind of item: items opened and closed, and how fast.",
    (
        REPO,
        REPO_ID,
        Column("period", pa.string(), "`week` (from Monday) or `month`."),
        Column(
            "start",
            pa.date32(),
            "The period's first day (UTC). All kinds have the same periods, without gaps: from the "
            "one in which the first item was opened to the one in which an item was last opened, "
            "closed or merged.",
        ),
        Column("kind", pa.string(), "`all`, `issue` or `pull_request`."),
        Column("opened", pa.int64(), "Items opened in the period."),
        Column("closed", pa.int64(), f"Items closed in the period. {END}"),
        Column(
            "merged",
            pa.int64(),
            "Pull requests merged in the period. One that was merged before it was opened, as "
            "imported ones may be, counts as merged when it was opened.",
            nullable=True,
        ),
        Column(
            "closed_unmerged",
            pa.int64(),
            "Pull requests closed in the period, and not merged.",
            nullable=True,
        ),
        Column(
            "closure_ratio",
            pa.float64(),
            "`closed` divided by `opened`; null if none was opened.",
            nullable=True,
        ),
        Column(
            "median_days_to_close",
            pa.float64(),
            "Days from opening to closing: the median of the items closed in the period, at a time "
            "that is known; null if there are none.",
            nullable=True,
        ),
        Column(
            "p90_days_to_close",
            pa.float64(),
            "Days from opening to closing: the 90th percentile of the same items, interpolated "
            "between the two nearest.",
            nullable=True,
        ),
        Column(
            "median_days_to_merge",
            pa.float64(),
            "Days from opening to merging: the median of the pull requests merged in the period; "
            "null if there are none.",
            nullable=True,
        ),
        Column(
            "closed_bot_share",
            pa.float64(),
            "Share (0 to 1) of `closed` that bots opened; null if none was closed.",
            nullable=True,
        ),
        Column(
            "new_authors",
            pa.int64(),
            "Authors whose first item of the kind was opened in the period.",
        ),
        Column(
            "new_authors_without_bots",
            pa.int64(),
            "Those of them that are no bots. An account that is a bot in some items is counted by "
            "its others.",
            nullable=True,
        ),
    ),
)

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
