"""The Dagster instance that records a command's runs, and plain words for what is wrong with it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy.exc import DatabaseError

from repo_stats.cli.errors import JobError, describe_unforeseen, is_debugging
from repo_stats.config.errors import put_briefly
from repo_stats.config.settings import find_dagster_home
from repo_stats.defs.migrations import read_migrations_once
from repo_stats.defs.sqlite_storage import keep_engines

_LOG_LEVEL = {"python_log_level": "INFO"}
"""With a lower one, Dagster prints a line for each process of a step."""

_QUIET = {
    "python_logs": _LOG_LEVEL,
    "telemetry": {"enabled": False},
    # Nobody reads the output of a single step of a run that is forgotten. Each file for it would
    # take two processes of its own.
    "compute_logs": {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    },
}

_TROUBLES = {
    "locked": ("another process holds its run history", "wait for that process, or end it"),
    "full": ("the disk is full", "make some space"),
    "": (
        "its run history is damaged",
        "move the folder `history` away, and a new one begins. The statistics are in the "
        "warehouse, and stay",
    ),
}
"""What is wrong with the run history's database, and what to do, by a word in its error."""


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """Open the instance in DAGSTER_HOME, or a temporary one if that is not set.

    Raises:
        JobError: it cannot be opened, or its database fails while it is used.
    """
    read_migrations_once()
    keep_engines()
    try:
        if (home := find_dagster_home()) is not None:
            with _open_home(home) as instance:
                yield instance
        else:
            with (
                tempfile.TemporaryDirectory(prefix="repo_stats_") as folder,
                dg.DagsterInstance.local_temp(folder, overrides=_QUIET) as instance,
            ):
                yield instance
    except DatabaseError as error:
        raise JobError(f"{_name_place()} cannot be used: {_explain(error)}.") from None


def _open_home(home: Path) -> dg.DagsterInstance:
    """Open the instance in DAGSTER_HOME.

    Raises:
        JobError: it cannot be opened.
        DatabaseError: its database fails.
    """
    if not home.is_absolute() or not home.is_dir():
        why = "no folder" if home.is_absolute() else "no absolute path"
        raise JobError(f"{_name_place()} cannot be used: it is {why}; make it, or unset it.")
    try:
        overrides: Any = {} if is_debugging() else {"python_logs": _LOG_LEVEL}
        instance = dg.DagsterInstance.local_temp(str(home), overrides)
        instance.get_runs_count()  # opens the database, which creates what is missing
    except DatabaseError:
        raise
    except OSError as error:
        why = f"{error.strerror or error}: {error.filename}" if error.filename else str(error)
        raise JobError(f"{_name_place()} cannot be used ({why}).") from None
    except Exception as error:
        # The rest of a message about unknown settings lists hundreds that are known.
        message = put_briefly(" ".join(str(error).split()).partition(" Expected:")[0])
        if not message:
            raise JobError(describe_unforeseen(error)) from error
        raise JobError(f"{_name_place()} cannot be used: {message}") from error
    return instance


def _name_place() -> str:
    home = find_dagster_home()
    return f"DAGSTER_HOME ({home})" if home else f"The temporary folder {tempfile.gettempdir()}"


def _explain(error: DatabaseError) -> str:
    """What is wrong with the run history's database, and what to do."""
    message = str(error.orig)
    trouble, remedy = next(told for word, told in _TROUBLES.items() if word in message)
    return f"{trouble} ({message}); {remedy}"
