"""Python code in a process of its own, which a test may talk to and which may be killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.helpers.preloaded import Command


def start(code: str, **names: object) -> "subprocess.Popen[str]":
    """Start a process that runs code, with names that have values."""
    assignments = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    return subprocess.Popen(
        [sys.executable, "-c", assignments + code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
    )


def find_descendants(pid: int) -> dict[int, str]:
    """The processes below a process, and their command lines; those above others come first."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    children: dict[int, dict[int, str]] = {}
    for line in listed.stdout.splitlines():
        child, parent, state, *arguments = line.split(maxsplit=3)
        if not state.startswith("Z"):
            children.setdefault(int(parent), {})[int(child)] = " ".join(arguments)
    found: dict[int, str] = {}
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), {})
        found |= below
        waiting += below
    return found


def find_fork_server(pid: int) -> int | None:
    """The fork server of a process; it leads a session of its own."""
    return next((below for below in find_descendants(pid) if _leads_session(below)), None)


def _leads_session(pid: int) -> bool:
    try:
        return os.getsid(pid) == pid
    except ProcessLookupError:
        return False


def is_running(pid: int) -> bool:
    """Whether a process is there and has not ended; one that nobody waited for has ended."""
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    return bool(state) and not state.startswith("Z")


def wait_until_gone(pids: Iterable[int], seconds: float = 30) -> None:
    """Wait until processes have ended by themselves.

    Raises:
        AssertionError: some have not; they are killed, so that they do not outlive the test.
    """
    deadline = time.monotonic() + seconds
    left = [*pids]
    while left := list(filter(is_running, left)):
        if time.monotonic() > deadline:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            raise AssertionError(f"processes {left} went on after {seconds} seconds")
        time.sleep(0.1)


def kill_run(process: "subprocess.Popen[Any] | Command") -> None:
    """Kill the process of a run, and wait until its steps have ended by themselves."""
    below = find_descendants(process.pid)
    process.kill()
    process.wait()
    wait_until_gone(below)
