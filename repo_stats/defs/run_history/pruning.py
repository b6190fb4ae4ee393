"""Removes old runs and whatever else of Dagster's history nobody reads again.

A run that holds the latest record of something stays, with its log. Each part can be interrupted at
any point: the next pruning finds what is left.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import dagster as dg

from repo_stats.defs.owned_runs import Owned
from repo_stats.defs.run_history.expiry import find_expired
from repo_stats.defs.run_history.files import (
    list_run_files,
    remove_run_files,
    remove_step_values,
    remove_tick_logs,
    vacuum,
)
from repo_stats.defs.run_history.held_runs import find_held_runs
from repo_stats.defs.run_history.rows import delete_events, delete_runs, remove_leftover_rows

KEEP_EVALUATIONS = timedelta(days=30)
"""For how long it is kept why automation did or did not materialise an asset. Our assets have no
automation conditions any more, and Dagster deletes after as many days only where there are some. So
nothing else would remove what earlier versions have stored."""

_BATCH = 50
"""How many runs are deleted in one transaction, which other writers wait for."""

LONGEST = 600.0
"""Seconds for which runs are deleted. The next pruning goes on."""


@dataclass(frozen=True)
class Pruned:
    """What was removed.

    Attributes:
        runs: how many runs.
        held: how many runs are old, but hold the latest record of something.
        remaining: how many are left for the next time.
        logs: how many logs of ticks.
        freed: bytes of databases that were given back.
    """

    runs: int
    held: int
    remaining: int
    logs: int
    freed: int


def prune(
    instance: dg.DagsterInstance,
    owned: Owned,
    ticking: Collection[str],
    keep: timedelta,
    now: datetime,
    longest: float = LONGEST,
) -> Pruned:
    """Remove what is older than it is kept.

    Args:
        instance: the history.
        owned: what of it is ours.
        ticking: our sensors and schedules.
        keep: for how long a run is kept that failed, or that somebody started.
        now: the current time (UTC).
        longest: seconds for which runs are deleted.
    """
    expired = find_expired(instance, owned, keep, now)
    held = find_held_runs(instance, owned.assets, owned.checks).intersection(expired)
    for run_id in held:
        remove_step_values(instance, run_id)
    due = [*find_deleted(instance), *(run_id for run_id in expired if run_id not in held)]
    removed = _delete(instance, due, longest)
    remove_leftover_rows(instance)
    _purge_evaluations(instance, now)
    return Pruned(
        runs=removed,
        held=len(held),
        remaining=len(due) - removed,
        logs=remove_tick_logs(instance, ticking, keep, now),
        freed=vacuum(instance),
    )


def find_deleted(instance: dg.DagsterInstance) -> list[str]:
    """The runs that somebody deleted by hand, of which Dagster leaves the files."""
    with_files = list_run_files(instance)  # first, because a run is known before it has files
    return sorted(with_files.difference(instance.get_run_ids()))


def _delete(instance: dg.DagsterInstance, run_ids: Sequence[str], longest: float) -> int:
    """Delete runs with all that belongs to them; returns how many, if the time is up.

    A run goes last, so that it is found again if this is interrupted.
    """
    begin = time.monotonic()
    for start in range(0, len(run_ids), _BATCH):
        if time.monotonic() - begin > longest:
            return start
        batch = run_ids[start : start + _BATCH]
        delete_events(instance, batch)
        for run_id in batch:
            remove_run_files(instance, run_id)
        delete_runs(instance, batch)
    return len(run_ids)


def _purge_evaluations(instance: dg.DagsterInstance, now: datetime) -> None:
    storage = instance.schedule_storage
    if storage is not None and storage.supports_auto_materialize_asset_evaluations:
        storage.purge_asset_evaluations((now - KEEP_EVALUATIONS).timestamp())
