"""What the process of the fork server does: see `repo_stats.defs.fork_server`.

What it prepares once, no step has to. It imports our definitions and the modules that every step
would import later, loads the certificates, reads the migrations of Dagster's databases, and
resolves the jobs. A module that another version of a library lacks is skipped, at some cost.

It also sees to it that no step outlives its run, or ends before it.
Ctrl-C does not reach the steps, because the process of the run ends them. If that process is gone,
as after a `kill -9`, the steps end by themselves, and the fork server with the last of them.
"""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module

from repo_stats.garbage import keep_what_is_loaded, look_rarely

LAZY_MODULES = (
    # the command that started the run: multiprocessing imports it again in each child
    "dagster._cli",
    # the executor, whose function each child runs
    "dagster._core.executor.multiprocess",
    # the instance and its default storages
    "dagster._core.instance.factory",
    "dagster._core.storage.local_compute_log_manager",
    "dagster._core.storage.root",
    "dagster._core.storage.sqlite_storage",
    "sqlalchemy.dialects.sqlite",
    # the execution of a step
    "dagster._core.definitions.repository_definition.repository_data_builder",
    "dagster._core.system_config.composite_descent",
    "dagster._core.utility_ops",
    "dagster._utils.hosted_user_process",
    "multiprocessing.queues",
    "upath.implementations.local",
    # our own requests and tables
    "anyio._backends._asyncio",
    "httpcore",
    "pandas.core.methods.to_dict",
    "pyarrow.pandas_compat",
    "pyarrow.vendored.version",
)

MIGRATIONS = "dagster:_core/storage/alembic"
"""Where Dagster keeps the migrations of its databases."""

LOOK_INTERVAL = 0.5
"""Seconds between two looks whether the process of the run is still there."""

GRACE = 5.0
"""Seconds that a step has to end by itself when it is not."""


def prepare() -> None:
    """Import, load and resolve everything."""
    look_rarely()
    from alembic.util import CommandError

    from repo_stats.definitions import defs
    from repo_stats.defs.input_versions import skip_unused_versions
    from repo_stats.defs.migrations import read_migrations, read_migrations_once
    from repo_stats.defs.postgres_storage import keep_connections
    from repo_stats.defs.sqlite_storage import keep_engines
    from repo_stats.network.certificates import load_certificates
    from repo_stats.network.errors import NetworkSettingsError

    for name in LAZY_MODULES:
        with suppress(ImportError):
            import_module(name)
    # A wrong SSL_CERT_FILE fails the step that asks GitHub, not the fork server.
    with suppress(NetworkSettingsError):
        load_certificates()
    read_migrations_once()
    keep_engines()
    keep_connections()
    skip_unused_versions()
    with suppress(ImportError, CommandError):
        read_migrations(MIGRATIONS)
    for job in defs.jobs or ():
        defs.resolve_job_def(job.name)
    keep_what_is_loaded()


def _watch(is_lost: Callable[[], bool], on_loss: Callable[[], None]) -> Callable[[], None]:
    """Call a function when something is lost; gives a function that ends the watch."""
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(LOOK_INTERVAL):
            if is_lost():
                on_loss()

    def end() -> None:
        is_over.set()
        thread.join()

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    return end


def _end_step() -> None:
    """End this process as Dagster ends a step, or at once if that takes too long.

    It says nothing more: the terminal belongs to somebody else by now.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(GRACE)
    os._exit(1)


def _watch_run() -> None:
    """In a step, see to it that it ends with the process of the run, and with the fork server.

    The fork server itself stays as long as one of its steps.
    """
    fork_server = os.getppid()

    def is_lost() -> bool:
        run = multiprocessing.parent_process()  # not known at the very beginning
        return os.getppid() != fork_server or (run is not None and not run.is_alive())

    _watch(is_lost, _end_step)


def become_fork_server() -> None:
    """Make this process, which has just begun, the fork server of the process that started it."""
    os.setsid()  # a session of its own, without the terminal
    run = os.getppid()
    end_watch = _watch(lambda: os.getppid() != run, lambda: os._exit(1))
    prepare()
    end_watch()
    os.register_at_fork(after_in_child=_watch_run)
