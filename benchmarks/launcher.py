"""Runs one command, and writes what it and all its descendants took as JSON to a file.

It is a script that is started anew for each command. It makes itself the "child subreaper": every
descendant that loses its parent, such as the children of a fork server or a server left behind,
becomes its child. When all of them are reaped, the kernel's `RUSAGE_CHILDREN` has the processor
time of the whole tree, and the largest resident set of any one process in it. Two things are not
counted: children of a process that ignores SIGCHLD, whose time the kernel drops; and work that is
done for the command by processes that it did not start.

Usage: `python launcher.py REPORT SECONDS COMMAND...`. A command that takes longer is killed with
all its descendants. Standard output and error are those of the command.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
PATIENCE = 15.0
"""Seconds that descendants have to end by themselves after the command has ended."""


def become_subreaper() -> None:
    """Make orphaned descendants children of this process.

    Raises:
        OSError: the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "The kernel refuses to make this process a subreaper.")


def wait_for(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for the command; returns whether it ended in time."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def reap_all(patience: float) -> int:
    """Wait for every descendant; returns how many had to be killed."""
    killed: set[int] = set()
    deadline = time.monotonic() + patience
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return len(killed)
        if pid:
            continue
        if time.monotonic() >= deadline:
            killed |= kill_children()
        time.sleep(0.01)


def kill_children() -> set[int]:
    """Kill the children of this process; their children become its own, and are killed next."""
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    children = {int(pid) for pid in text.split()}
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    return children


def main(report: str, seconds: float, command: list[str]) -> None:
    """Run a command and write the report."""
    become_subreaper()
    started_at, started = time.time(), time.monotonic()
    process = subprocess.Popen(command)
    in_time = wait_for(process, seconds)
    wall = time.monotonic() - started
    killed = reap_all(PATIENCE if in_time else 0.0)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures = {
        "code": process.returncode if in_time else None,
        "started_at": started_at,
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_kib": usage.ru_maxrss,
        "killed": killed,
    }
    Path(report).write_text(json.dumps(figures), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), sys.argv[3:])
