"""The table of alerts in the UI: an asset that the sensors write, and no job."""

from collections.abc import Sequence

import dagster as dg

from repo_stats.alerts.rules import Alert
from repo_stats.defs.steps.asset_specs import OWNERS, describe_columns
from repo_stats.warehouse.schemas import ALERTS
from repo_stats.warehouse.tables import Tables


def build_alert_asset() -> dg.AssetSpec:
    """The asset."""
    return dg.AssetSpec(
        ALERTS.name,
        description=(
            f"{ALERTS.row}\n\nThe sensors `alert_on_failure` and `alert_on_recovery` write it. "
            "Query it with `repo-stats sql`."
        ),
        group_name="statistics",
        owners=OWNERS,
        kinds={"parquet"},
        metadata=describe_columns(ALERTS),
    )


def describe_alerts(alerts: Sequence[Alert], tables: Tables) -> dg.AssetMaterialization:
    """What the UI shows of new alerts."""
    lines = "\n".join(f"- {alert.text}" for alert in alerts)
    return dg.AssetMaterialization(
        ALERTS.name,
        metadata={
            "dagster/uri": tables.uri(ALERTS, None),
            "new_alerts": len(alerts),
            "alerts": dg.MetadataValue.md(lines),
        },
    )
