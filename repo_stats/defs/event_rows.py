"""Lets SQLAlchemy make the statement that stores an event once, and not anew for each event.

To build a statement with an event's values, and to look up its SQL, takes longer than SQLite does.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from sqlalchemy.engine import Connection, CursorResult

_INSERT = SqlEventLogStorageTable.insert()


class EventRow:
    """The row of one event, which `Connection.execute` takes like a statement.

    Args:
        values: by column of Dagster's table of events.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def _execute_on_connection(self, connection: Connection, *_: object) -> CursorResult[Any]:
        return connection.execute(_INSERT, self._values)


def prepare_event_row(storage: Any, event: dg.EventLogEntry) -> EventRow:
    """What stores an event, in place of `SqlEventLogStorage.prepare_insert_event`."""
    return EventRow(storage._event_to_row(event))
