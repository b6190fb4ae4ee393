"""The repositories that the configuration of a run names, out of the range that was picked for it.

Dagster picks one partition or a range for a run. A run over a few repositories that are no
neighbours has the range from the first to the last, and names them: see `RefreshOptions`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

_PLACE = ("resources", "refresh", "config")


def find_named(run_config: Mapping[str, Any]) -> frozenset[str]:
    """The repositories that the configuration of a run names; none for all of its range."""
    found: Any = run_config
    for key in (*_PLACE, "repos"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return frozenset(found) if isinstance(found, list) else frozenset()


def name_in_config(run_config: Mapping[str, Any], repos: Sequence[str]) -> dict[str, Any]:
    """The configuration of a run that works on some repositories of its range only."""
    resources = dict(run_config.get("resources", {}))
    config = resources.get("refresh", {}).get("config", {})
    resources["refresh"] = {"config": {**config, "repos": list(repos)}}
    return {**run_config, "resources": resources}


def keep_named(repos: Sequence[str], named: Collection[str]) -> list[str]:
    """The repositories that are named, in their order; all if none is named."""
    return [repo for repo in repos if repo in named] if named else list(repos)
