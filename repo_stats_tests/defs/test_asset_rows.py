"""What is stored as the latest of an asset or a check is what Dagster itself stores."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationPlanned,
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.events import AssetObservationData, DagsterEvent, StepMaterializationData
from dagster._core.storage.event_log import sql_event_log
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._serdes import serialize_value

from repo_stats.defs import event_rows
from repo_stats.defs.sqlite_storage import STATEMENTS

ASSET = dg.AssetKey(["tables", "open_issues"])

KINDS = dg.DagsterEventType


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Any]:
    """A storage with our statements."""
    with pytest.MonkeyPatch.context() as patch:
        for method, statement in STATEMENTS.items():
            patch.setattr(SqliteEventLogStorage, method, statement)
        storage = SqliteEventLogStorage(str(tmp_path / "own"))
        yield storage
    storage.dispose()


def store_as_dagster(events: list[dg.EventLogEntry], folder: Path) -> Any:
    """A storage of Dagster's, with some events."""
    storage = SqliteEventLogStorage(str(folder))
    with pytest.MonkeyPatch.context() as patch:
        for method in STATEMENTS:
            patch.setattr(SqliteEventLogStorage, method, getattr(SqlEventLogStorage, method))
        for event in events:
            storage.store_event(event)
    return storage


def of_step(kind: dg.DagsterEventType, data: Any, at: float = 1.25) -> dg.EventLogEntry:
    event = DagsterEvent(kind.value, "a_job", step_key="a_step", event_specific_data=data)
    return dg.EventLogEntry(  # type: ignore[no-untyped-call]
        error_info=None,
        level=10,
        user_message="",
        run_id="a-run",
        timestamp=1_700_000_000 + at,
        dagster_event=event,
    )


def made(partition: str | None, at: float) -> dg.EventLogEntry:
    tags = {"dagster/data_version": f"version {at}"}
    materialised = dg.AssetMaterialization(ASSET, partition=partition, tags=tags)
    return of_step(KINDS.ASSET_MATERIALIZATION, StepMaterializationData(materialised, []), at)


def evaluated(name: str, at: float, **values: Any) -> dg.EventLogEntry:
    result = dg.AssetCheckEvaluation(
        **{
            "asset_key": ASSET,
            "check_name": name,
            "passed": True,
            "metadata": {},
            "target_materialization_data": None,
            "severity": dg.AssetCheckSeverity.WARN,
            "description": None,
            "blocking": False,
            "partition": None,
            **values,
        }
    )
    return of_step(KINDS.ASSET_CHECK_EVALUATION, result, at)


def planned(name: str) -> dg.EventLogEntry:
    plan = AssetCheckEvaluationPlanned(asset_key=ASSET, check_name=name)
    return of_step(KINDS.ASSET_CHECK_EVALUATION_PLANNED, plan)


def rows(storage: Any, table: str) -> list[dict[str, Any]]:
    with storage.index_connection() as connection:
        found = connection.exec_driver_sql(f"select * from {table} order by id").mappings()  # noqa: S608
        return [{k: v for k, v in row.items() if k != "create_timestamp"} for row in found]


def test_the_rows_of_assets_are_those_that_dagster_stores(own: Any, tmp_path: Path) -> None:
    seen = dg.AssetObservation(dg.AssetKey("other"), partition="a/b")
    events = [
        of_step(KINDS.ASSET_OBSERVATION, AssetObservationData(dg.AssetObservation(ASSET))),
        made(None, 2.5),
        made("a/b", 3.5),
        of_step(KINDS.ASSET_OBSERVATION, AssetObservationData(seen), 4.5),
        of_step(KINDS.STEP_START, None, 5.5),
    ]
    for event in events:
        own.store_event(event)
    theirs = store_as_dagster(events, tmp_path / "theirs")
    stored = rows(own, "asset_keys")
    assert [row["id"] for row in stored] == [1, 2]
    assert [row["last_run_id"] for row in stored] == ["a-run", None]
    for table in ("asset_keys", "asset_event_tags", "event_logs"):
        assert rows(own, table) == rows(theirs, table)
    [record] = own.get_asset_records([ASSET])
    assert record.asset_entry.last_materialization_record.storage_id == 3
    theirs.dispose()


def test_the_rows_of_checks_are_those_that_dagster_stores(own: Any, tmp_path: Path) -> None:
    target = AssetCheckEvaluationTargetMaterializationData(
        storage_id=7, run_id="a-run", timestamp=1.0
    )
    events = [
        planned("unique"),
        evaluated("unique", 2.5, passed=False),
        evaluated("exact", 3.5, target_materialization_data=target),
        evaluated("exact", 4.5, partition="a/b"),
        evaluated("exact", 5.5, partition="a/b", passed=False),
        evaluated("exact", 6.5),
        evaluated("recent", 7.5, target_materialization_data=target),
    ]
    for event in events:
        own.store_event(event)
    theirs = store_as_dagster(events, tmp_path / "theirs")
    stored = rows(own, "asset_check_executions")
    assert [(row["check_name"], row["partition"], row["execution_status"]) for row in stored] == [
        ("unique", None, "FAILED"),
        ("exact", None, "SUCCEEDED"),
        ("exact", "a/b", "FAILED"),
        ("recent", None, "SUCCEEDED"),
    ]
    assert [row["materialization_event_storage_id"] for row in stored] == [None, None, None, 7]
    assert stored == rows(theirs, "asset_check_executions")
    theirs.dispose()


def test_the_columns_of_a_file_are_looked_at_until_it_has_those_of_newer_versions(
    own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_column = own._has_asset_key_col_on_connection
    asked: list[str] = []

    def answer(connection: Any, name: str) -> bool:
        asked.append(name)
        return len(asked) > 1 and bool(has_column(connection, name))

    monkeypatch.setattr(own, "_has_asset_key_col_on_connection", answer)
    for at in (1.5, 2.5, 3.5):
        own.store_event(made(None, at))
    assert asked == ["last_materialization_timestamp"] * 2
    [row] = rows(own, "asset_keys")
    assert row["last_materialization_timestamp"].endswith(":23.500000")


def test_the_text_of_an_event_is_made_once_for_all_its_rows(
    own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_of: list[object] = []

    def note(value: Any) -> str:
        made_of.append(value)
        return str(serialize_value(value))

    for module in (sql_event_log, event_rows):
        monkeypatch.setattr(module, "serialize_value", note)
    events = [made(None, 1.5), evaluated("unique", 2.5)]
    for event in events:
        own.store_event(event)
    assert made_of == events
    assert event_rows.find_text(events[0]) == serialize_value(cast(Any, events[0]))
    assert made_of == [*events, events[0]]
