"""The partitions: one per repository of the watchlist, and one per page of an issues list."""

from collections.abc import Sequence

import dagster as dg

ISSUE_PAGE_PARTITIONS = dg.DynamicPartitionsDefinition(name="issue_page")
"""Keys `owner/name/0001`, added and retired by the runs that find the pages."""


DEFERS_EVENTS = "dagster/defer_asset_events"
"""Tag of runs in which Dagster records no partition: their steps do (dagster-io/dagster#29810)."""


def repo_partitions(repos: Sequence[str]) -> dg.StaticPartitionsDefinition:
    """One partition per repository, in the watchlist's order: a range of it is one run."""
    return dg.StaticPartitionsDefinition(list(repos))
