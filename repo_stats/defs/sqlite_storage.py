"""Lets Dagster store an event in SQLite at a fourth of its cost.

For each statement, Dagster makes an engine, which compiles its SQL anew, and opens the file. Who
closes a file last copies what is new to its place, and waits for the disk. So a process
makes one engine for each file, and the process of a run keeps its files open:
https://www.sqlite.org/wal.html

The statements that store an event are made once; see `event_rows` and `asset_rows`.

Nor does each event wait until the disk has it. If a machine loses its power, the last events may be
lost. The file stays whole, and what is stored but not recorded is recorded by the next refresh:
https://www.sqlite.org/pragma.html#pragma_synchronous
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy import event
from sqlalchemy.engine import Engine

from repo_stats.defs.asset_rows import has_columns_once, store_asset_row, store_check_row
from repo_stats.defs.event_rows import prepare_event_row

MOST_ENGINES = 8
"""How many engines a process keeps. A run uses three; `prune_runs` opens a file for each run."""


class KeptEngines:
    """Makes one engine for each file, in place of SQLAlchemy's `create_engine`.

    Args:
        make: SQLAlchemy's `create_engine`.
    """

    def __init__(self, make: Callable[..., Engine]) -> None:
        self._make = make
        self._made: dict[str, Engine] = {}

    def __call__(self, url: str, **options: Any) -> Engine:
        """The engine for a file; see `create_engine`."""
        key = f"{url} {sorted(options.items())}"
        if key not in self._made:
            while len(self._made) >= MOST_ENGINES:
                del self._made[next(iter(self._made))]
            self._made[key] = self._make(url, **options)
            event.listen(self._made[key], "connect", _wait_for_no_disk)
        return self._made[key]


STATEMENTS: Mapping[str, Callable[..., Any]] = {
    "prepare_insert_event": prepare_event_row,
    "_store_asset_event": store_asset_row,
    "_update_asset_check_evaluation": store_check_row,
    "_has_asset_key_index_cols_on_connection": has_columns_once,
}
"""What stores an event, in place of the methods of Dagster's `SqlEventLogStorage`."""


def _wait_for_no_disk(connection: sqlite3.Connection, _: object) -> None:
    connection.execute("PRAGMA synchronous=NORMAL").close()


def keep_engines() -> None:
    """From now on, make one engine for each file, and one statement for each kind of row."""
    for method, own in STATEMENTS.items():
        setattr(sqlite_event_log.SqliteEventLogStorage, method, own)
    modules: tuple[Any, ...] = (sqlite_event_log, sqlite_run_storage)
    for module in modules:
        if not isinstance(module.create_engine, KeptEngines):
            module.create_engine = KeptEngines(module.create_engine)


@contextmanager
def files_kept_open(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Keep the files open in which the events of a run are stored, if they are SQLite's.

    Args:
        instance: Dagster's.
        run_id: of the run, which has begun.
    """
    with ExitStack() as stack:
        for path in _find_files(instance.event_log_storage, run_id):
            with suppress(sqlite3.Error):
                connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True)
                stack.enter_context(closing(connection))
                connection.execute("select count(*) from sqlite_master").fetchone()
        yield


def _find_files(storage: object, run_id: str) -> list[Path]:
    if not isinstance(storage, sqlite_event_log.SqliteEventLogStorage):
        return []
    shards = (run_id, sqlite_event_log.INDEX_SHARD_NAME)
    return [Path(storage.path_for_shard(shard)) for shard in shards]
