"""Starts the fork server, from which each step of a run is forked.

On Linux, it is a fork of the process of the run, which has imported everything by then: importing
it again takes a new interpreter seconds. Elsewhere, or where a thread may hold a lock, it is a new
interpreter: system libraries of macOS do not survive a fork.
"""

import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable, Set
from contextlib import suppress
from multiprocessing import connection, forkserver, resource_tracker, util
from typing import Any, NoReturn

from repo_stats.defs.fork_server_process import become_fork_server

PRELOAD_MODULE = "repo_stats.defs.fork_server_preload"

IDLE_THREADS = frozenset({"MainThread", "termination-handler", "QueueFeederThread"})
"""Threads of a process in which Dagster executes a run. A fork needs none but the first."""

OPEN_FILES = "/proc/self/fd"
"""Where Linux lists the files that a process has open; some containers have no such folder."""

_STANDARD_STREAMS = (0, 1, 2)


def start_early() -> None:
    """Start the fork server if it is a new interpreter, which imports while this process does.

    It never hears Ctrl-C, which the terminal sends to all processes of a command: this process
    hears it, and ends the run. Call this from the main thread.
    """
    if not _begins_as_interpreter():
        return
    multiprocessing.set_forkserver_preload([PRELOAD_MODULE])
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, handler)


def start() -> None:
    """Fork the fork server, if that is safe. Call this when everything is imported.

    Otherwise, multiprocessing starts a new interpreter with the first step; so it does, too, if the
    fork server is killed.
    """
    if _may_fork() and _server()._forkserver_pid is None:
        _fork()


def wait() -> None:
    """Wait until a new interpreter has imported everything. A signal may interrupt this."""
    if _begins_as_interpreter():
        process = multiprocessing.get_context("forkserver").Process(target=os.getpid)
        process.start()
        process.join()


def can_be_forked(platform: str, threads: Iterable[str]) -> bool:
    """Whether a fork of a process can do all that the process could.

    Args:
        platform: as in `sys.platform`.
        threads: the names of the threads of the process.
    """
    return platform == "linux" and IDLE_THREADS.issuperset(threads)


def _begins_as_interpreter() -> bool:
    return "forkserver" in multiprocessing.get_all_start_methods() and not _may_fork()


def _may_fork() -> bool:
    threads = (thread.name for thread in threading.enumerate())
    return can_be_forked(sys.platform, threads) and os.path.isdir(OPEN_FILES)


def _server() -> Any:
    """What multiprocessing knows of the fork server of this process."""
    return forkserver._forkserver


def _fork() -> None:
    """Do what `multiprocessing.forkserver.ensure_running` does, by a fork."""
    resource_tracker.ensure_running()
    util._flush_std_streams()  # type: ignore[attr-defined]
    with socket.socket(socket.AF_UNIX) as listener, warnings.catch_warnings():
        # Python warns of a fork beside any thread, even of one that only waits.
        warnings.simplefilter("ignore", DeprecationWarning)
        address = connection.arbitrary_address("AF_UNIX")  # type: ignore[attr-defined]
        listener.bind(address)
        os.chmod(address, 0o600)
        listener.listen()
        alive, keeps_alive = os.pipe()
        pid = os.fork()
        if pid == 0:
            _serve(listener.fileno(), alive)
        os.close(alive)
    server = _server()
    server._forkserver_address = address
    server._forkserver_alive_fd = keeps_alive
    server._forkserver_pid = pid


def _serve(listener: int, alive: int) -> NoReturn:
    """Be the fork server, until no process is left that may ask for another one.

    Args:
        listener: the file descriptor of the socket at which processes ask.
        alive: the one that can be read when no such process is left.
    """
    try:
        gc.freeze()  # what the process of the run has made is never given back here
        _forget_signal_handlers()
        _let_go_of_files({listener, alive, resource_tracker.getfd()})  # type: ignore[arg-type]
        become_fork_server()
        forkserver.main(listener, alive, [])
    except SystemExit:
        os._exit(0)
    finally:
        traceback.print_exc()
        os._exit(1)


def _forget_signal_handlers() -> None:
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


def _let_go_of_files(kept: Set[int]) -> None:
    """Close what the process of the run has opened, so that nobody waits for this process as well.

    The numbers stay in use: objects of that process would otherwise close the files of others.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for name in os.listdir(OPEN_FILES):
        number = int(name)
        if number not in (*kept, *_STANDARD_STREAMS, nowhere):
            with suppress(OSError):  # the one that listed them is closed by now
                os.fstat(number)
                os.dup2(nowhere, number)
