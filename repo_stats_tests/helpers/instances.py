"""Dagster instances in memory and in folders, which cost less than Dagster's own."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache, partial
from threading import RLock
from typing import Any
from unittest.mock import patch

import dagster as dg
import sqlalchemy
from dagster._core.storage.event_log import in_memory as event_storage
from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs import in_memory as run_storage
from dagster._core.storage.runs.schema import RunStorageSqlMetadata
from dagster._core.storage.runs.sqlite import sqlite_run_storage

from repo_stats.defs.input_versions import skip_unused_versions
from repo_stats.defs.migrations import read_migrations_once
from repo_stats.defs.sqlite_storage import STATEMENTS, KeptEngines
from repo_stats_tests.helpers.kept_jobs import keep_jobs
from repo_stats_tests.helpers.resource_schemas import infer_schemas_once

_MAKERS: tuple[tuple[Any, Any], ...] = (
    (event_storage, SqlEventLogStorageMetadata),
    (run_storage, RunStorageSqlMetadata),
)
"""What makes the tables of Dagster's instances in memory."""

read_migrations_once()
skip_unused_versions()
infer_schemas_once()
keep_jobs()


@contextmanager
def ephemeral_instance() -> Iterator[dg.DagsterInstance]:
    """An instance like `DagsterInstance.ephemeral()`.

    Dagster opens a connection for each statement, prepares it by two more statements, and asks
    whether its tables have the columns of newer versions: more than half of all that a run sends.
    Here each storage has one connection, which stores each statement at once, as nobody else
    reads what is in memory. The tables are known to be new, and they are copied instead of made.
    """
    with _copy_of_an_empty_one() as instance:
        events: Any = instance.event_log_storage
        runs: Any = instance.run_storage
        engines = [_make_engine(storage) for storage in (events, runs)]
        kept = [engine.connect() for engine in engines]
        locks = (events._db_lock, RLock())
        events._connect = lambda: _hand_out(kept[0], locks[0])
        runs.connect = lambda: _hand_out(kept[1], locks[1])
        for method, own in STATEMENTS.items():
            setattr(events, method, partial(own, events))
        events.has_asset_key_col = events.has_table = lambda _: True
        runs.has_run_stats_index_cols = lambda: True
        runs.has_backfill_id_column = lambda: True
        yield instance
        for connection, engine in zip(kept, engines, strict=True):
            connection.close()
            engine.dispose()


@contextmanager
def _copy_of_an_empty_one() -> Iterator[dg.DagsterInstance]:
    """An instance whose tables are copies: to make them takes ten times as long."""
    kept = _empty_databases()
    with ExitStack() as making:
        for module, tables in _MAKERS:
            making.enter_context(patch.object(module, "stamp_alembic_rev", _do_nothing))
            making.enter_context(patch.object(tables, "create_all", _do_nothing))
        instance = dg.DagsterInstance.ephemeral()
    with instance:
        for empty, database in zip(kept, databases(instance), strict=True):
            empty.backup(database)
        yield instance


@cache
def _empty_databases() -> tuple[sqlite3.Connection, ...]:
    with dg.DagsterInstance.ephemeral() as instance:
        kept = tuple(sqlite3.connect(":memory:") for _ in databases(instance))
        for database, empty in zip(databases(instance), kept, strict=True):
            database.backup(empty)
    return kept


def _do_nothing(*_: object) -> None:
    pass


def _make_engine(storage: Any) -> sqlalchemy.Engine:
    engine = sqlalchemy.create_engine(
        storage._engine.url,
        isolation_level="AUTOCOMMIT",
        poolclass=sqlalchemy.StaticPool,
        connect_args={"check_same_thread": False},
    )

    @sqlalchemy.event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


@contextmanager
def _hand_out(
    connection: sqlalchemy.Connection, lock: AbstractContextManager[Any]
) -> Iterator[sqlalchemy.Connection]:
    with lock:
        yield connection


@contextmanager
def instance_in_a_folder() -> Iterator[dg.DagsterInstance]:
    """An instance like `dg.instance_for_test()`, whose databases are copies of empty ones.

    As in the process of a run, each file has one engine, and each event the same statement.
    """
    storage = sqlite_event_log.SqliteEventLogStorage
    with ExitStack() as stack:
        for module in (sqlite_event_log, sqlite_run_storage):
            kept = KeptEngines(vars(module)["create_engine"])
            stack.enter_context(patch.object(module, "create_engine", kept))
        for method, own in STATEMENTS.items():
            stack.enter_context(patch.object(storage, method, own))
        folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        shutil.copytree(_empty_folder(), folder, dirs_exist_ok=True)
        yield stack.enter_context(dg.instance_for_test(temp_dir=folder))


@cache
def _empty_folder() -> str:
    folder = tempfile.mkdtemp()  # pytest removes it: see `fixtures`
    with dg.instance_for_test(temp_dir=folder):
        return folder


def databases(instance: dg.DagsterInstance) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """The databases of an instance in memory: its events, and its runs."""
    storages: Any = (instance.event_log_storage, instance.run_storage)
    events, runs = (storage._held_conn.connection.dbapi_connection for storage in storages)
    return events, runs
