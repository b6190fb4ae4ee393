"""When Dagster shows assets as too old."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=24), warn_window=timedelta(hours=3)
)
"""A table warns after three hourly refreshes without an update, and fails after a day without."""

FRESH = ("repo_metadata", "open_issues", "issues_per_user", "repo_statistics")
"""The assets that are materialised at least once an hour."""


def add_freshness(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """Add to each asset how old it may be."""
    return list(dg.map_asset_specs(_add_freshness, assets))


def _add_freshness(spec: dg.AssetSpec) -> dg.AssetSpec:
    is_fresh = spec.key.to_user_string() in FRESH
    return dg.apply_freshness_policy(spec, FRESHNESS) if is_fresh else spec
