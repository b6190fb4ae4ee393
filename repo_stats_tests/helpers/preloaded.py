"""Commands in processes that are forked from one which has imported all that they use.

A new interpreter takes three seconds to import Dagster and this package, and most commands take
less for all else. A fork has imported it. What makes a difference begins anew: the working
directory, the environment, the definitions, and the signals. A test that is about starting,
or that replaces parts of the package before they are imported, starts an interpreter of its own.
"""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

from repo_stats_tests.helpers.paths import ROOT


class Preloaded:
    """The process that commands are forked from."""

    def __init__(self) -> None:
        self._socket, other = socket.socketpair()
        self._received = b""
        self._ended: dict[int, int] = {}
        code = "from repo_stats_tests.helpers import preloaded_server as s; s.main()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code, str(other.fileno())],
            pass_fds=[other.fileno()],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "REPO_STATS_REPOS": "a/b"},
        )
        other.close()
        atexit.register(self._end)
        assert self._receive(60) == "ready"

    def fork(self, request: Mapping[str, Any], streams: Sequence[int]) -> int:
        """Begin a command; gives its process id."""
        socket.send_fds(self._socket, [json.dumps(request).encode() + b"\n"], streams)
        while isinstance(answer := self._receive(60), list):
            self._note(answer)
        return int(answer)

    def find_code(self, pid: int, seconds: float) -> int | None:
        """The exit code of a command if it ends within a time."""
        deadline = time.monotonic() + seconds
        while pid not in self._ended:
            answer = self._receive(max(0.0, deadline - time.monotonic()))
            if answer is None:
                return None
            self._note(answer)
        return self._ended[pid]

    def _end(self) -> None:
        self._socket.close()
        self._process.wait(60)

    def _note(self, answer: list[int]) -> None:
        pid, code = answer
        self._ended[pid] = code

    def _receive(self, seconds: float) -> Any:
        """What the process says next, or None if it says nothing for a time."""
        while b"\n" not in self._received:
            self._socket.settimeout(max(seconds, 0.001))
            try:
                part = self._socket.recv(65536)
            except TimeoutError:
                return None
            assert part, "the process that commands are forked from has ended"
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        return json.loads(line)


@cache
def start_preloaded() -> Preloaded:
    """The one of this process, with which it ends."""
    return Preloaded()


class Command:
    """A command that is running, as far as tests use those of `subprocess`.

    What it prints goes to files, so that it never waits for somebody to read it.
    """

    def __init__(self, folder: Path, *command: str, **variables: str) -> None:
        """Begin `python -m COMMAND...`, or `python -c CODE`, in a folder.

        Args:
            folder: its working directory.
            command: what follows `python`.
            variables: of its environment, beside those of this process.
        """
        self._begin({"command": command, "folder": str(folder)}, variables)

    def _begin(
        self,
        request: Mapping[str, Any],
        variables: Mapping[str, str],
        output: int | None = None,
        errors: int | None = None,
    ) -> None:
        sys.audit("os.fork")  # a test that starts a process says so by its marker
        self._server = start_preloaded()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed at the end
        streams = [
            self._output.fileno() if output is None else output,
            self._errors.fileno() if errors is None else errors,
        ]
        environment = {**os.environ, **variables}
        self.pid = self._server.fork({**request, "variables": environment}, streams)

    def __enter__(self) -> "Command":
        return self

    def __exit__(self, *_: object) -> None:
        if self.poll() is None:
            self.kill()
            self.wait(60)
        self._output.close()
        self._errors.close()

    @property
    def returncode(self) -> int | None:
        """The exit code, or the negative number of the signal that ended it; None if it runs."""
        return self.poll()

    def poll(self) -> int | None:
        """See `returncode`."""
        return self._server.find_code(self.pid, 0)

    def wait(self, timeout: float = 300) -> int:
        """The exit code when it has ended."""
        code = self._server.find_code(self.pid, timeout)
        if code is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return code

    def communicate(self, timeout: float = 300) -> tuple[str, str]:
        """What it has printed when it has ended: its output, and its errors."""
        self.wait(timeout)
        return self.printed()

    def printed(self) -> tuple[str, str]:
        """What it has printed so far: its output, and its errors."""
        output, errors = (_read(file) for file in (self._output, self._errors))
        return output, errors

    def kill(self) -> None:
        """Kill it at once, unless it has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class TerminalCommand(Command):
    """The same in a session of its own, as a terminal gives it, and with streams of its user."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str],
        variables: Mapping[str, str] | None = None,
        output: int | None = None,
        errors: int | None = None,
    ) -> None:
        """Begin a command.

        Args:
            folder: its working directory.
            command: what follows `python`.
            variables: of its environment, beside those of this process.
            output: the descriptor to which it prints, in place of a file.
            errors: the one to which it prints its errors.
        """
        request = {"command": command, "folder": str(folder), "leads_session": True}
        self._begin(request, variables or {}, output, errors)


def _read(file: IO[bytes]) -> str:
    """All that is in a file. The command writes on where it was."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode()
