"""Lets a step not look for the versions of its inputs, if nothing is recorded with them.

Before each step, Dagster reads the latest event of each asset that the step's assets are made from,
and the versions of all its partitions, to record them with what the step makes. In a run whose
steps record by themselves what they made, Dagster records nothing, and drops what it has read.
"""

from typing import Any

import dagster as dg
from dagster._core.execution.context.data_version_cache import DataVersionCache

from repo_stats.defs.partitions import DEFERS_EVENTS

_cache: Any = DataVersionCache

_fetch = _cache.fetch_external_input_asset_version_info


def skip_unused_versions() -> None:
    """From now on, look for the versions of inputs only in runs that record them."""
    _cache.fetch_external_input_asset_version_info = _fetch_if_recorded


def _fetch_if_recorded(self: Any) -> None:
    run: dg.DagsterRun = self._context.dagster_run
    if run.tags.get(DEFERS_EVENTS) != "true":
        _fetch(self)
