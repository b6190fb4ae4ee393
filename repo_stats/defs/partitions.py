"""The partitions: one per repository of the watchlist, and one per page of an issues list."""

from collections.abc import Sequence

import dagster as dg

ISSUE_PAGE_PARTITIONS = dg.DynamicPartitionsDefinition(name="issue_page")
"""Keys `owner/name/0001`. Runs add and retire them as they find pages."""

DEFERS_EVENTS = "dagster/defer_asset_events"
"""Tag of runs whose steps record partitions instead of Dagster (dagster-io/dagster#29810)."""

UNKNOWN_TAG = "repo_stats/unknown"
"""Tag that tells the steps of a run what was picked for it and is not there."""


def describe_unknown(picked: str) -> str:
    """Why what was picked for a run, and is not there, cannot be refreshed."""
    return (
        f"{picked} cannot be picked: pick repositories of the watchlist, in its order, and reload "
        "the definitions after it has changed."
    )


def repo_partitions(repos: Sequence[str]) -> dg.StaticPartitionsDefinition:
    """One partition per repository, in the order of the watchlist. A run can take a range."""
    return dg.StaticPartitionsDefinition(list(repos))
