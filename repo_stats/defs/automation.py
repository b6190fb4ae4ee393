"""When Dagster materialises assets by itself, and when they count as too old."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from repo_stats.defs.partitions import DEFERS_EVENTS

_UPDATED_ELSEWHERE = dg.AutomationCondition.any_deps_match(
    (
        dg.AutomationCondition.newly_updated()
        & ~dg.AutomationCondition.executed_with_root_target()
        & ~dg.AutomationCondition.all_new_updates_have_run_tags(tag_values={DEFERS_EVENTS: "true"})
    )
    | dg.AutomationCondition.will_be_requested()
)
"""A run other than a refresh of the watchlist updated an input of the asset.

A refresh of the watchlist materialises the asset itself, or leaves it as it is if something went
wrong. Dagster's history does not show that such a refresh is running."""

_NOTHING_IN_PROGRESS = (
    ~dg.AutomationCondition.any_deps_in_progress() & ~dg.AutomationCondition.in_progress()
)

FOLLOW_ANY = (
    dg.AutomationCondition.any_deps_updated().since_last_handled() & _NOTHING_IN_PROGRESS
).with_label("follows its inputs")
"""Once for each update of an input, even if other inputs are still missing.

The condition holds at the moment of an update only, so an asset that fails is not tried again
before the next update. A run that materialises an asset together with its inputs
leaves nothing to follow."""

FOLLOW_ALL = (FOLLOW_ANY & ~dg.AutomationCondition.any_deps_missing()).with_label(
    "follows its inputs, once all of them are there"
)
"""The same for an asset that needs all of its inputs."""

FOLLOW_ELSEWHERE = (
    _UPDATED_ELSEWHERE.since_last_handled()
    & _NOTHING_IN_PROGRESS
    & ~dg.AutomationCondition.any_deps_missing()
).with_label("follows its inputs, unless a refresh of the watchlist makes both")
"""The same for an asset that a refresh of the watchlist materialises."""

CONDITIONS = {
    "issues_per_user": FOLLOW_ELSEWHERE,
    "repo_statistics": FOLLOW_ELSEWHERE,
    "issue_backlog": FOLLOW_ALL,
    "leaderboard": FOLLOW_ANY,
    "report": FOLLOW_ANY,
}
"""The assets that follow their inputs."""

FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=24), warn_window=timedelta(hours=3)
)
"""A table warns after three hourly refreshes without an update, and fails after a day without."""

FRESH = ("repo_metadata", "open_issues", "issues_per_user", "repo_statistics")
"""The assets that are materialised at least once an hour."""


def automate(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """Add to each asset when Dagster materialises it by itself, and how old it may be."""
    return list(dg.map_asset_specs(_automate, assets))


def _automate(spec: dg.AssetSpec) -> dg.AssetSpec:
    name = spec.key.to_user_string()
    if name in CONDITIONS:
        spec = spec.replace_attributes(automation_condition=CONDITIONS[name])
    return dg.apply_freshness_policy(spec, FRESHNESS) if name in FRESH else spec


def build_automation_sensor() -> dg.AutomationConditionSensorDefinition:
    """The sensor that evaluates the conditions. It is on as soon as the daemon runs."""
    return dg.AutomationConditionSensorDefinition(
        "follow_upstream",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description=(
            "Materialises statistics, backlog, leaderboard and report when their inputs are "
            "updated, even by hand."
        ),
    )
