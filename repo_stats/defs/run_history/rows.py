"""The rows of runs in Dagster's databases: deleting many at once, and what is left behind.

`DagsterInstance.delete_run` opens the database of each run, which takes 50 ms. For runs whose
database is removed as a file anyway, it is enough to delete their rows in the one that all share.
"""

from collections.abc import Sequence
from typing import Any

import dagster as dg

_CHECKS = (
    "DELETE FROM asset_check_executions"
    " WHERE run_id NOT IN (SELECT DISTINCT run_id FROM event_logs)"
)
"""Each run has events, which are in the same database, and a check's event is there before its
row."""


def delete_events(instance: dg.DagsterInstance, run_ids: Sequence[str]) -> None:
    """Delete the events of runs in the database that all runs share, in one transaction."""
    storage: Any = instance.event_log_storage
    with storage.index_connection() as connection:
        for run_id in run_ids:
            storage.delete_events_for_run(connection, run_id)


def delete_runs(instance: dg.DagsterInstance, run_ids: Sequence[str]) -> None:
    """Delete runs whose events are deleted."""
    for run_id in run_ids:
        instance.run_storage.delete_run(run_id)


def remove_leftover_rows(instance: dg.DagsterInstance) -> None:
    """Remove the results of checks of runs that are gone.

    Dagster has no function for that. The rows are nine tenths of a gigabyte a year.
    """
    storage: Any = instance.event_log_storage
    with storage.index_connection() as connection:
        connection.exec_driver_sql(_CHECKS)
