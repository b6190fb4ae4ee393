"""Work in forked processes: a few at a time, each with an end."""

import contextlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeVar

FORK = get_context("fork")

MEMORY = 6 * 2**30
"""Bytes that a process may ask for: a loop without an end must not take all there are."""

Key = TypeVar("Key")


@dataclass(frozen=True)
class Task(Generic[Key]):
    """What one process is to do.

    Attributes:
        key: What the task is known by.
        work: Gives the result, which is sent to this process.
        seconds: How long it may take.
    """

    key: Key
    work: Callable[[], Any]
    seconds: float


@dataclass(frozen=True)
class _Child:
    process: BaseProcess
    folder: Path
    deadline: float


@dataclass(frozen=True)
class _Error:
    text: str


LATE = "late"
"""The result of a process that took too long."""

DEAD = "dead"
"""The result of a process that ended without one."""


def run_tasks(
    tasks: Iterable[Task[Key]], at_once: int, folder: Path
) -> Generator[tuple[Key, Any], None, None]:
    """The results of tasks, in the order in which they end.

    Each process has a folder of its own for temporary files inside of `folder`, and is the first of
    a group of processes, which ends with it.
    """
    waiting = iter(tasks)
    running: dict[Connection, tuple[Task[Key], _Child]] = {}
    try:
        while True:
            while len(running) < at_once and (task := next(waiting, None)) is not None:
                receiver, child = _start(task, folder)
                running[receiver] = task, child
            if not running:
                return
            soonest = min(child.deadline for _, child in running.values())
            ready = connection.wait([*running], max(0, soonest - time.monotonic()))
            for receiver, (task, child) in [*running.items()]:
                if receiver in ready:
                    result = _receive(receiver)
                elif child.deadline <= time.monotonic():
                    result = LATE
                else:
                    continue
                del running[receiver]
                _end(receiver, child)
                yield task.key, result
    finally:
        for receiver, (_, child) in running.items():
            _end(receiver, child)


def _start(task: Task[Any], folder: Path) -> tuple[Connection, _Child]:
    receiver, sender = FORK.Pipe(duplex=False)
    own = Path(tempfile.mkdtemp(dir=folder))
    process = FORK.Process(target=_work, args=(task.work, sender, own))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # threads are at rest here
        process.start()
    sender.close()
    return receiver, _Child(process, own, time.monotonic() + task.seconds)


def _work(work: Callable[[], Any], sender: Connection, folder: Path) -> None:
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    _silence()
    os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    try:
        result = work()
    except BaseException:  # noqa: BLE001 - it is raised in the process that waits for it
        result = _Error(traceback.format_exc())
    sender.send(result)
    sender.close()
    os._exit(0)  # neither threads nor servers of tests are waited for


def _silence() -> None:
    """Read from nothing and write to nowhere."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__


def _receive(receiver: Connection) -> Any:
    try:
        result = receiver.recv()
    except EOFError:
        return DEAD
    if isinstance(result, _Error):
        raise RuntimeError(result.text)
    return result


def _end(receiver: Connection, child: _Child) -> None:
    """End a process with all that it started, and remove its temporary files."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(int(child.process.pid), signal.SIGKILL)  # type: ignore[arg-type]
    child.process.kill()
    child.process.join()
    receiver.close()
    shutil.rmtree(child.folder, ignore_errors=True)
