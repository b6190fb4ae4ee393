"""Drawing charts in processes beside this one.

vl-convert draws one chart at a time in a process. Run as a program, this module is such a process:
each line that it reads is a Vega specification, each line that it writes the drawing of it. It
imports nothing but vl-convert, so that it is soon at work.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import local
from types import TracebackType

_COMMAND = (sys.executable, "-m", "repo_stats.report.drawing")

_Process = subprocess.Popen[str]


class DrawingError(Exception):
    """A chart could not be drawn."""


class Drawers:
    """Processes that draw, each started when it is needed: one for each processor but our own.

    Leave the context to end them.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1))
        self._of_thread = local()
        self._processes: list[_Process] = []

    def __enter__(self) -> "Drawers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            _end(process)

    def draw(self, specification: str) -> Future[str]:
        """A chart as an SVG element, once it is drawn.

        Args:
            specification: its Vega specification, JSON in one line.

        Raises:
            DrawingError: by the future; vl-convert refuses it, or a process ended unexpectedly.
        """
        return self._threads.submit(self._draw, specification)

    def _draw(self, specification: str) -> str:
        process = self._find_process()
        try:
            answer = _exchange(process, specification)
        except OSError:  # a pipe without a process at its other end
            answer = ""
        if not answer:
            _end(process)
            raise DrawingError("The process that was to draw a chart has ended; try once more.")
        drawn: dict[str, str] = json.loads(answer)
        if "error" in drawn:
            raise DrawingError(f"A chart could not be drawn: {drawn['error']}")
        return drawn["drawing"]

    def _find_process(self) -> _Process:
        """The process of this thread; a new one if there is none, or if it has ended."""
        process: _Process | None = getattr(self._of_thread, "process", None)
        if process is None or process.poll() is not None:
            process = _start()
            self._processes.append(process)
            self._of_thread.process = process
        return process


def _start() -> _Process:
    """A process that draws. It ends with its input, and not by a Ctrl-C that is meant for us."""
    return subprocess.Popen(  # noqa: S603 - a command of our own
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def _end(process: _Process) -> None:
    """End a process, whatever it is at, and close its pipes."""
    with suppress(OSError), process:  # closing a pipe to a process that is gone
        process.kill()


def _exchange(process: _Process, line: str) -> str:
    if process.stdin is None or process.stdout is None:
        raise DrawingError("A process that draws has no pipes.")
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return process.stdout.readline()


def main() -> None:
    """Draw one chart after the other, until there is no further line."""
    import vl_convert

    for line in sys.stdin.buffer:
        try:
            answer = {"drawing": vl_convert.vega_to_svg(line.decode())}
        except Exception as error:  # noqa: BLE001 - told to whoever asked for the chart
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
