"""Lets SQLite store what is latest of an asset or a check by statements that are always the same.

Dagster makes statements of the values of each event, which SQLAlchemy describes and compares anew,
two for most events. For each row it makes the text of the event again, and with each event it asks
whether the file has the columns of newer versions.

Each run changes rows that an earlier one has stored. So a row is changed first, and made if there
is none: in SQLite no other process writes in between.
"""

from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, AssetKeyTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._time import datetime_from_timestamp
from sqlalchemy import bindparam
from sqlalchemy.engine import Connection

from repo_stats.defs.event_rows import find_text

_CHECK = AssetCheckExecutionsTable.c

_NEW_CHECK = AssetCheckExecutionsTable.insert()

_KNOWN_CHECK = AssetCheckExecutionsTable.update().where(
    _CHECK.asset_key == bindparam("of_asset_key"),
    _CHECK.check_name == bindparam("of_check_name"),
    _CHECK.run_id == bindparam("of_run_id"),
    _CHECK.partition.is_not_distinct_from(bindparam("of_partition")),
)

_NEW_ASSET = AssetKeyTable.insert()

_KNOWN_ASSET = AssetKeyTable.update().where(AssetKeyTable.c.asset_key == bindparam("of_asset_key"))

_STATUS = AssetCheckExecutionRecordStatus

_storage: Any = SqlEventLogStorage

_has_columns = _storage._has_asset_key_index_cols_on_connection


def store_check_row(storage: Any, event: dg.EventLogEntry, place: int | None) -> None:
    """Store the result of a check, as `SqlEventLogStorage._update_asset_check_evaluation` does.

    Args:
        storage: of the event.
        event: the result.
        place: of the event in the history.
    """
    dagster_event: Any = event.dagster_event
    evaluation: dg.AssetCheckEvaluation = dagster_event.event_specific_data
    target = evaluation.target_materialization_data
    names = {
        "asset_key": evaluation.asset_key.to_string(),
        "check_name": evaluation.check_name,
        "run_id": event.run_id,
        "partition": evaluation.partition,
    }
    values = {
        "execution_status": (_STATUS.SUCCEEDED if evaluation.passed else _STATUS.FAILED).value,
        "evaluation_event": find_text(event),
        "evaluation_event_timestamp": storage._event_insert_timestamp(event),
        "evaluation_event_storage_id": place,
        "materialization_event_storage_id": target.storage_id if target else None,
    }
    with storage.index_connection() as connection:
        of = {f"of_{name}": value for name, value in names.items()}
        if not connection.execute(_KNOWN_CHECK, {**of, **values}).rowcount:
            connection.execute(_NEW_CHECK, {**names, **values})


def store_asset_row(
    storage: Any, connection: Connection, event: dg.EventLogEntry, place: int
) -> None:
    """Store what is latest of an asset, as `SqlEventLogStorage._store_asset_event` does.

    Args:
        storage: of the event.
        connection: with which the event was stored.
        event: the event, of an asset or not.
        place: of the event in the history.
    """
    dagster_event: Any = event.dagster_event
    if not (dagster_event and dagster_event.asset_key):
        return
    has_columns = storage._has_asset_key_index_cols_on_connection(connection)
    if dagster_event.is_step_materialization:
        values: dict[str, Any] = {"last_run_id": event.run_id}
        values["last_materialization"] = _describe_record(event, place)
        if has_columns:
            values["last_materialization_timestamp"] = datetime_from_timestamp(event.timestamp)
    else:
        values = storage._get_asset_entry_values(event, place, has_columns)
    if not values:
        return
    key = dagster_event.asset_key.to_string()
    if not connection.execute(_KNOWN_ASSET, {"of_asset_key": key, **values}).rowcount:
        connection.execute(_NEW_ASSET, {"asset_key": key, **values})


def has_columns_once(storage: Any, connection: Connection) -> bool:
    """Whether a file has the columns of newer versions. They are never taken away again."""
    known = storage.__dict__
    if not known.get("_has_newer_columns"):
        known["_has_newer_columns"] = _has_columns(storage, connection)
    return bool(known["_has_newer_columns"])


def _describe_record(event: dg.EventLogEntry, place: int) -> str:
    """The text of Dagster's `EventLogRecord`, without making that of the event again."""
    kind, text = "EventLogRecord", find_text(event)
    return f'{{"__class__": "{kind}", "event_log_entry": {text}, "storage_id": {place}}}'
