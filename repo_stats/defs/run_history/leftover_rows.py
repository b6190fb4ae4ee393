"""Rows of Dagster's databases that stay behind when a run is deleted.

`DagsterInstance.delete_run` leaves the results of checks, and with SQLite the tags of the run.
Dagster has no function that removes them. They are nine tenths of a gigabyte a year.
"""

from typing import Any

import dagster as dg

_CHECKS = (
    "DELETE FROM asset_check_executions"
    " WHERE run_id NOT IN (SELECT DISTINCT run_id FROM event_logs)"
)
"""Each run has events, which are in the same database, and a check's event is there before its
row."""

_TAGS = "DELETE FROM run_tags WHERE run_id NOT IN (SELECT run_id FROM runs)"


def remove_leftover_rows(instance: dg.DagsterInstance) -> None:
    """Remove the rows of runs that are gone. A history that is not in SQL has none."""
    _execute(getattr(instance.event_log_storage, "index_connection", None), _CHECKS)
    _execute(getattr(instance.run_storage, "connect", None), _TAGS)


def _execute(connect: Any, statement: str) -> None:
    if connect is not None:
        with connect() as connection:
            connection.exec_driver_sql(statement)
