"""What Dagster's SQLite storage does for an event: engines that are made, files that are opened."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy.exc import DatabaseError
from sqlalchemy.sql.compiler import SQLCompiler

from repo_stats.defs.sqlite_storage import MOST_ENGINES, files_kept_open, keep_engines

RUN = "a-run"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses for which SQLAlchemy has made an engine."""
    addresses: list[str] = []

    def note(url: str, **options: Any) -> sqlalchemy.Engine:
        addresses.append(url)
        return sqlalchemy.create_engine(url, **options)

    monkeypatch.setattr(sqlite_event_log, "create_engine", note)
    monkeypatch.setattr(sqlite_run_storage, "create_engine", note)
    keep_engines()
    keep_engines()
    return addresses


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance whose events are in SQLite files."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        store(instance, RUN, "begun")
        yield instance


def store(instance: dg.DagsterInstance, run_id: str, *messages: str) -> None:
    for message in messages:
        entry = dg.EventLogEntry(  # type: ignore[no-untyped-call]
            error_info=None, level=10, user_message=message, run_id=run_id, timestamp=1.0
        )
        instance.handle_new_event(entry)


def messages_of(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [entry.user_message for entry in instance.all_logs(run_id)]


def test_an_engine_is_made_once_for_each_file(made: list[str], stored: dg.DagsterInstance) -> None:
    first = [*made]
    assert any(url.endswith(f"{RUN}.db") for url in first)
    store(stored, RUN, "goes on", "goes on")
    stored.get_runs()
    assert messages_of(stored, RUN) == ["begun", "goes on", "goes on"]
    assert len(made) == len(set(made))
    assert set(made) - set(first) <= {url for url in made if url.endswith("runs.db")}


def test_the_statement_of_an_event_is_compiled_once_and_stores_what_dagsters_own_does(
    made: list[str], stored: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage: Any = stored.event_log_storage
    compiled: list[str] = []
    begin = SQLCompiler.__init__

    def note(compiler: SQLCompiler, *arguments: Any, **options: Any) -> None:
        begin(compiler, *arguments, **options)
        compiled.append(str(compiler))

    store(stored, RUN, "goes on")
    monkeypatch.setattr(SQLCompiler, "__init__", note)
    store(stored, RUN, "goes on", "and on")
    assert compiled == []
    monkeypatch.setattr(
        sqlite_event_log.SqliteEventLogStorage,
        "prepare_insert_event",
        SqlEventLogStorage.prepare_insert_event,
    )
    store(stored, RUN, "and on")
    assert len(compiled) == 1
    with storage.run_connection(RUN) as connection:
        rows = connection.exec_driver_sql("select * from event_logs order by id").all()
    assert [row[0] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[3][1:] == rows[4][1:]
    assert made


def test_an_event_that_cannot_be_stored_ends_with_an_error_that_commands_explain(
    made: list[str], stored: dg.DagsterInstance
) -> None:
    storage: Any = stored.event_log_storage
    with storage.run_connection(RUN) as connection:
        connection.exec_driver_sql("drop table event_logs")
    with pytest.raises(DatabaseError, match="no such table: event_logs"):
        store(stored, RUN, "goes on")
    assert made


def test_an_event_waits_for_no_disk_and_the_files_stay_whole_without_power(
    made: list[str], stored: dg.DagsterInstance
) -> None:
    storages: Any = (stored.event_log_storage, stored.run_storage)
    for connect in (storages[0].index_connection, storages[1].connect):
        with connect() as connection:
            settings = ("journal_mode", "synchronous")
            found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in settings]
        assert found == ["wal", 1]
    assert made


def test_engines_that_are_kept_stay_kept_if_another_module_asks_for_it(made: list[str]) -> None:
    modules: tuple[Any, ...] = (sqlite_event_log, sqlite_run_storage)
    kept = [module.create_engine for module in modules]
    keep_engines()
    assert [module.create_engine for module in modules] == kept
    assert made == []


def test_a_process_that_opens_the_files_of_many_runs_keeps_few_engines(
    made: list[str], stored: dg.DagsterInstance
) -> None:
    runs = [f"run-{number}" for number in range(MOST_ENGINES)]
    for run in runs:
        store(stored, run, run)
    assert [messages_of(stored, run) for run in runs] == [[run] for run in runs]
    again = len(made)
    assert messages_of(stored, RUN) == ["begun"]
    assert len(made) == again + 1


def test_files_that_are_kept_open_are_not_copied_after_each_event(
    stored: dg.DagsterInstance,
) -> None:
    storage: Any = stored.event_log_storage
    log = Path(storage.path_for_shard(RUN) + "-wal")
    assert not log.exists()
    with files_kept_open(stored, RUN):
        store(stored, RUN, "goes on")
        assert log.stat().st_size > 0
        assert messages_of(stored, RUN) == ["begun", "goes on"]
    assert not log.exists()
    with sqlite3.connect(storage.path_for_shard(RUN)) as connection:
        assert connection.execute("select count(*) from event_logs").fetchone() == (2,)
    connection.close()


def test_what_is_not_there_is_not_made(
    stored: dg.DagsterInstance, instance: dg.DagsterInstance
) -> None:
    storage: Any = stored.event_log_storage
    with files_kept_open(stored, "another-run"), files_kept_open(instance, RUN):
        assert not Path(storage.path_for_shard("another-run")).exists()
