"""The table of alerts, the only one that is about this project and not about GitHub."""

import pyarrow as pa

from repo_stats.warehouse.columns import TEXTS, TIME, Column, TableSchema

ALERTS = TableSchema(
    "alerts",
    "One row per alert, the latest 1,000: what happened, and whether the webhook was reached.",
    (
        Column("alerted_at", TIME, "When it was noticed."),
        Column("kind", pa.string(), "`failure`, `stale`, `quota` or `recovery`."),
        Column("repositories", TEXTS, "The repositories it is about; none for `quota`."),
        Column("text", pa.string(), "What happened, in a sentence."),
        Column("reason", pa.string(), "Why it happened; empty for a recovery."),
        Column("job", pa.string(), "The job of the run it is about."),
        Column("run_id", pa.string(), "The run it is about."),
        Column(
            "reached_webhook",
            pa.bool_(),
            "Whether the webhook has taken it; null if no webhook was set.",
            nullable=True,
        ),
    ),
)
