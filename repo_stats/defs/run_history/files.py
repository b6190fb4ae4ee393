"""What Dagster keeps of runs in files beside its databases, and the databases as files.

With SQLite, Dagster keeps a file for the events of each run, and leaves it when the run is deleted.
With PostgreSQL there are no such files, and the functions for them find nothing.
"""

import re
import shutil
import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import dagster as dg

_RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_INDEX = "index"
"""The name of the file with the events of assets, beside those of the runs."""

_COMPUTE_LOGS = "compute_logs"

_TICK_LOGS = "__repository__"
"""The folder with the logs of sensors and schedules."""

_LEAST_FREE = 0.25
"""The share of a database that is empty when it is worth writing it anew."""

_LEAST_BYTES = 1_000_000

_LOCK_SECONDS = 5.0
"""How long to wait for a database that a run is writing to; the next pruning tries again."""


def list_run_files(instance: dg.DagsterInstance) -> set[str]:
    """The ids of the runs of which there are files or folders, deleted ones included."""
    folders = [Path(instance.storage_directory())]
    if (index := _find_index(instance)) is not None:
        folders.append(index.parent)
    names = {entry.name.partition(".")[0] for folder in folders for entry in _entries(folder)}
    return {name for name in names if _RUN_ID.fullmatch(name)}


def remove_run_files(instance: dg.DagsterInstance, run_id: str) -> None:
    """Remove the logs of a run, the values that its steps passed on, and the file of its events."""
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    shutil.rmtree(Path(instance.storage_directory()) / run_id, ignore_errors=True)
    if (index := _find_index(instance)) is not None:
        for suffix in (".db", ".db-wal", ".db-shm"):
            (index.parent / f"{run_id}{suffix}").unlink(missing_ok=True)


def remove_step_values(instance: dg.DagsterInstance, run_id: str) -> None:
    """Remove the values that the steps of a run passed on, and leave its logs."""
    for entry in _entries(Path(instance.storage_directory()) / run_id):
        if entry.name != _COMPUTE_LOGS:
            shutil.rmtree(entry, ignore_errors=True)


def remove_tick_logs(
    instance: dg.DagsterInstance, names: Collection[str], keep: timedelta, now: datetime
) -> int:
    """Remove the logs of ticks: empty ones after a day, others when they are too old.

    Args:
        instance: the history.
        names: the sensors and schedules.
        keep: for how long a log with content is kept.
        now: the current time.

    Returns:
        How many files were removed.
    """
    removed = 0
    empty_before = (now - min(keep, timedelta(days=1))).timestamp()
    before = (now - keep).timestamp()
    for name in names:
        for file in _entries(Path(instance.storage_directory()) / _TICK_LOGS / name):
            with suppress(FileNotFoundError):
                facts = file.stat()
                if facts.st_mtime < (before if facts.st_size else empty_before):
                    file.unlink()
                    removed += 1
    return removed


def vacuum(instance: dg.DagsterInstance) -> int:
    """Give back the space of databases that are mostly empty; returns the bytes that were freed.

    A database that is being written to is left for the next time.
    """
    return sum(map(_vacuum, _find_databases(instance)))


def _vacuum(database: Path) -> int:
    before = database.stat().st_size
    with suppress(sqlite3.OperationalError), closing(_open(database)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        free = connection.execute("PRAGMA freelist_count").fetchone()[0]
        if before < _LEAST_BYTES or free < _LEAST_FREE * pages:
            return 0
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return before - database.stat().st_size


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=_LOCK_SECONDS)


def _find_databases(instance: dg.DagsterInstance) -> Iterator[Path]:
    index = _find_index(instance)
    if index is None:
        return
    root = index.parent.parent.parent
    for database in (index, root / "history" / "runs.db", root / "schedules" / "schedules.db"):
        if database.is_file():
            yield database


def _find_index(instance: dg.DagsterInstance) -> Path | None:
    """The file with the events of assets; None if the history is not in SQLite."""
    storage = instance.event_log_storage
    path_for_shard = getattr(storage, "path_for_shard", None)
    return None if path_for_shard is None else Path(path_for_shard(_INDEX))


def _entries(folder: Path) -> list[Path]:
    with suppress(FileNotFoundError, NotADirectoryError):
        return list(folder.iterdir())
    return []
