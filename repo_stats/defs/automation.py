"""When assets are materialised by themselves, and when they count as too old."""

from collections.abc import Sequence
from datetime import timedelta

import dagster as dg

from repo_stats.defs.partitions import DEFERS_EVENTS

_MADE_ELSEWHERE = dg.AutomationCondition.any_deps_match(
    (
        dg.AutomationCondition.newly_updated()
        & ~dg.AutomationCondition.executed_with_root_target()
        & ~dg.AutomationCondition.all_new_updates_have_run_tags(tag_values={DEFERS_EVENTS: "true"})
    )
    | dg.AutomationCondition.will_be_requested()
)
"""What an asset is made of was updated by another run than a refresh of the watchlist.

Such a refresh materialises the asset itself, or leaves it as it is where something went wrong. As
it plans nothing in Dagster's history, nothing there tells that it is still at it."""


_NO_RUN_IS_AT_IT = (
    ~dg.AutomationCondition.any_deps_in_progress() & ~dg.AutomationCondition.in_progress()
)


FOLLOW_WHAT_IS_THERE = (
    dg.AutomationCondition.any_deps_updated().since_last_handled() & _NO_RUN_IS_AT_IT
).with_label("follows what it is made of")
"""Once for each update of what an asset is made of, whether or not all of that is there.

It tells of the moment of an update, not of a state that lasts: an asset that fails is not tried
again until there is another update. A run that materialises an asset together with what it is made
of leaves nothing to follow."""


FOLLOW = (FOLLOW_WHAT_IS_THERE & ~dg.AutomationCondition.any_deps_missing()).with_label(
    "follows what it is made of, once all of that is there"
)
"""The same for an asset that cannot do without any of what it is made of."""


FOLLOW_ELSEWHERE = (
    _MADE_ELSEWHERE.since_last_handled()
    & _NO_RUN_IS_AT_IT
    & ~dg.AutomationCondition.any_deps_missing()
).with_label("follows what it is made of, unless a refresh makes both")
"""The same for an asset that a refresh of the watchlist makes."""


CONDITIONS = {
    "issues_per_user": FOLLOW_ELSEWHERE,
    "repo_statistics": FOLLOW_ELSEWHERE,
    "issue_backlog": FOLLOW,
    "leaderboard": FOLLOW_WHAT_IS_THERE,
    "report": FOLLOW_WHAT_IS_THERE,
}
"""The assets that follow what they are made of."""


FRESHNESS = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(hours=24), warn_window=timedelta(hours=3)
)
"""The hourly schedule has failed three times when a table is late, and for a day when it is bad."""


FRESH = ("repo_metadata", "open_issues", "issues_per_user", "repo_statistics")
"""The assets that are materialised at least once an hour."""


def automate(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets with what makes them materialise by themselves, and with how old they may be."""
    return list(dg.map_asset_specs(_automate, assets))


def _automate(spec: dg.AssetSpec) -> dg.AssetSpec:
    name = spec.key.to_user_string()
    if name in CONDITIONS:
        spec = spec.replace_attributes(automation_condition=CONDITIONS[name])
    return dg.apply_freshness_policy(spec, FRESHNESS) if name in FRESH else spec


def build_automation_sensor() -> dg.AutomationConditionSensorDefinition:
    """What evaluates the conditions, on as soon as there is a daemon."""
    return dg.AutomationConditionSensorDefinition(
        "follow_upstream",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=30,
        description=(
            "Materialises statistics, backlog, leaderboard and report after what they are made "
            "of, also if that was materialised by hand."
        ),
    )
