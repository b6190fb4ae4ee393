"""The process that commands are forked from: see `preloaded.py`."""

import importlib
import json
import os
import random
import runpy
import select
import signal
import socket
import sys
import tempfile
import threading
from typing import Any

from repo_stats.garbage import keep_what_is_loaded

IMPORTED = (
    "dagster._cli.job",
    "repo_stats.cli.commands",
    "repo_stats.cli.run_jobs",
    "repo_stats.definitions",
    "repo_stats.defs.fork_server_preload",
)
"""What commands use, with all that these import."""

_OF_AN_ENVIRONMENT = "repo_stats.definitions"
"""This is imported anew by each command: it reads the settings."""


def main() -> None:
    """Fork a command for each request, until nobody is left who may send one."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    for module in IMPORTED:
        importlib.import_module(module)
    del sys.modules[_OF_AN_ENVIRONMENT]
    assert threading.active_count() == 1  # a fork has no other thread
    keep_what_is_loaded()
    _tell(connection, "ready")
    request = _serve(connection)
    if request is not None:
        _become(request)


def _serve(connection: socket.socket) -> dict[str, Any] | None:
    """Answer requests.

    Returns:
        the request of the command that this process is now; in the first process None, at the end.
    """
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # so that it wakes
    while True:
        ready, _, _ = select.select([connection.fileno(), woken], [], [])
        if woken in ready:
            os.read(woken, 65536)
            _tell_of_ended(connection)
            continue
        received, streams = _receive(connection)
        if not received:
            return None
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number, stream in enumerate(streams, 1):
                os.dup2(stream, number)
            for unused in (woken, wakes, connection.detach(), *streams):
                os.close(unused)
            request: dict[str, Any] = json.loads(received)
            return request
        for stream in streams:
            os.close(stream)
        _tell(connection, pid)


def _receive(connection: socket.socket) -> tuple[bytes, list[int]]:
    """The next request, and the files for what is printed. Without one, nobody is left."""
    received, streams = b"", list[int]()
    while not received.endswith(b"\n"):
        part, handed, _, _ = socket.recv_fds(connection, 65536, 2)
        if not part:
            return b"", []
        received, streams = received + part, streams + handed
    return received, streams


def _tell_of_ended(connection: socket.socket) -> None:
    """Tell of each command that has ended its process and its exit code."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _tell(connection, [pid, os.waitstatus_to_exitcode(status)])


def _tell(connection: socket.socket, what: object) -> None:
    connection.sendall(json.dumps(what).encode() + b"\n")


def _become(request: dict[str, Any]) -> None:
    """Be the command of a request, as if this process were a new interpreter."""
    if request.get("leads_session"):
        os.setsid()
    # The objects that there are know by now what kind of files they are for.
    sys.stdout = sys.__stdout__ = os.fdopen(1, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = os.fdopen(2, "w", encoding="utf-8", closefd=False)  # type: ignore[misc]
    sys.stderr.reconfigure(errors="backslashreplace", line_buffering=True)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["variables"])
    tempfile.tempdir = None
    random.seed()
    kind, what, *arguments = request["command"]
    sys.argv = [kind, *arguments]
    sys.path[0] = request["folder"]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(what, {"__name__": "__main__"})  # noqa: S102 - the code is that of a test
