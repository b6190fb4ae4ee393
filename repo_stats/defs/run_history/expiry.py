"""Which runs are old enough to be removed, whatever they recorded."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import dagster as dg

from repo_stats.defs.owned_runs import Owned
from repo_stats.defs.refresh_runs import is_automatic

KEEP_ROUTINE = timedelta(days=1)
"""For how long a successful run of a sensor or schedule is kept. There are hundreds a day, and
nobody reads them."""

LOST_AFTER = timedelta(days=7)
"""A run that did not end within this time will not end any more: its process was killed."""

_ENDED = {
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.FAILURE,
    dg.DagsterRunStatus.CANCELED,
}

_PAGE = 1000
"""How many runs are read at once."""


def find_expired(
    instance: dg.DagsterInstance, owned: Owned, keep: timedelta, now: datetime
) -> list[str]:
    """The ids of our runs that are older than their kind is kept, the oldest first.

    Args:
        instance: the history.
        owned: what is ours.
        keep: for how long a run is kept that failed, or that somebody started.
        now: the current time (UTC).
    """
    return [
        record.dagster_run.run_id
        for record in _read_before(instance, now - min(keep, KEEP_ROUTINE))
        if owned.includes(record.dagster_run)
        and record.create_timestamp < now - _time_kept(record.dagster_run, keep)
    ]


def _read_before(instance: dg.DagsterInstance, moment: datetime) -> Iterator[dg.RunRecord]:
    """All runs that were created before a moment, the oldest first."""
    cursor = None
    while records := instance.get_run_records(
        dg.RunsFilter(created_before=moment), limit=_PAGE, cursor=cursor, ascending=True
    ):
        yield from records
        cursor = records[-1].dagster_run.run_id


def _time_kept(run: dg.DagsterRun, keep: timedelta) -> timedelta:
    if run.status not in _ENDED:
        return max(keep, LOST_AFTER)
    if is_automatic(run) and run.status is dg.DagsterRunStatus.SUCCESS:
        return min(keep, KEEP_ROUTINE)
    return keep
