"""Lets SQLite store an event by one statement that is always the same.

To build a statement with an event's values, to look up its SQL, and to describe what it gave, takes
SQLAlchemy several times as long as SQLite needs for it. Its errors stay those of SQLAlchemy, which
commands explain.
"""

from collections.abc import Mapping
from contextlib import closing
from datetime import datetime
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._serdes import serialize_value
from sqlalchemy.engine import Connection

_COLUMNS = [column.name for column in SqlEventLogStorageTable.columns if column.name != "id"]

_INSERT = (
    f"INSERT INTO {SqlEventLogStorageTable.name} ({', '.join(_COLUMNS)}) "  # noqa: S608 - its names
    f"VALUES ({', '.join(f':{name}' for name in _COLUMNS)})"
)


_latest: tuple[dg.EventLogEntry | None, str] = (None, "")
"""The event whose row was made last, and its text. Further rows hold the same text."""


class StoredEvent:
    """What storing an event gave, as much as Dagster asks of SQLAlchemy's result.

    Args:
        place: of the event in the history.
    """

    def __init__(self, place: int | None) -> None:
        self.inserted_primary_key = (place,)

    def __enter__(self) -> "StoredEvent":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """There is nothing to close: the statement gave no rows."""


class EventRow:
    """The row of one event, which `Connection.execute` takes like a statement.

    Args:
        values: by column of Dagster's table of events.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        moment: datetime = values["timestamp"]
        # the text that SQLAlchemy stores in place of a time
        text = moment.isoformat(sep=" ", timespec="microseconds")
        self._values = {**values, "timestamp": text}

    def _execute_on_connection(self, connection: Connection, *_: object) -> StoredEvent:
        with closing(connection.exec_driver_sql(_INSERT, self._values)) as result:
            return StoredEvent(result.lastrowid)


def prepare_event_row(storage: Any, event: dg.EventLogEntry) -> EventRow:
    """What stores an event, in place of `SqlEventLogStorage.prepare_insert_event`."""
    global _latest
    values = storage._event_to_row(event)
    _latest = (event, values["event"])
    return EventRow(values)


def find_text(event: dg.EventLogEntry) -> str:
    """The text of an event. It is made once, if the event's row was made right before."""
    latest, text = _latest
    entry: Any = event
    return text if latest is event else serialize_value(entry)
