"""Rendering of charts in separate processes.

In one process, vl-convert renders one chart at a time. Run as a program, this module is such a
process: it reads one Vega specification from each line of its input, and writes one line of JSON
with the SVG or the error. It imports nothing but vl-convert, so that it starts quickly.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, local
from typing import TextIO

_COMMAND = (sys.executable, "-m", "repo_stats.report.rendering")

_Process = subprocess.Popen[str]

_MOST_PROCESSES = 4


class RenderingError(Exception):
    """A chart could not be rendered.

    Args:
        reason: why, as the end of a sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"A chart could not be rendered: {reason}")


class ChartRenderers:
    """A few processes that render charts, each started when it is first needed.

    Leaving the context ends them, even if they are busy.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(count_processes(os.cpu_count() or 1))
        self._of_thread = local()
        self._starting = Lock()
        self._is_closed = False
        self._processes: list[_Process] = []

    def __enter__(self) -> "ChartRenderers":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._starting:
            self._is_closed = True
        for process in self._processes:
            process.kill()
        # A thread that reads from a process goes on when that is killed. Only then close the pipes:
        # two threads that close the same one disturb each other.
        self._threads.shutdown()
        for process in self._processes:
            _end(process)

    def render(self, specification: str) -> Future[str]:
        """Start to render a chart.

        Args:
            specification: its Vega specification, as JSON in one line.

        Returns:
            The chart as an SVG element, in a future that raises RenderingError if vl-convert
            refuses the specification or a process ends unexpectedly.
        """
        return self._threads.submit(self._render, specification)

    def _render(self, specification: str) -> str:
        response = self._request(specification) or self._request(specification)
        if response is None:
            raise RenderingError("the rendering process ended before it was done.")
        if "error" in response:
            raise RenderingError(response["error"])
        return response["svg"]

    def _request(self, specification: str) -> dict[str, str] | None:
        """The response of this thread's process; None if the process has ended."""
        process = self._find_process()
        try:
            response: dict[str, str] = json.loads(_exchange(process, specification))
        except (OSError, ValueError):  # the pipe is closed, or the response is cut off
            _end(process)
            return None
        return response

    def _find_process(self) -> _Process:
        """The process of this thread; a new one if there is none or it has ended."""
        process: _Process | None = getattr(self._of_thread, "process", None)
        if process is None or process.poll() is not None:
            with self._starting:
                if self._is_closed:
                    raise RenderingError("the report is no longer being made.")
                process = _start()
                self._processes.append(process)
            self._of_thread.process = process
        return process


def count_processes(processors: int) -> int:
    """How many processes to render in: one processor is left for reading the tables."""
    return min(_MOST_PROCESSES, max(1, processors - 1))


def _start() -> _Process:
    """Start a process that ends with its input.

    It has a session of its own, so that Ctrl-C in a terminal does not reach it.
    """
    return subprocess.Popen(  # noqa: S603 - a command of our own
        _COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def _end(process: _Process) -> None:
    """Kill a process, and close its pipes."""
    with suppress(OSError), process:  # closing the pipe to a process that has ended can fail
        process.kill()


def _exchange(process: _Process, line: str) -> str:
    if process.stdin is None or process.stdout is None:
        raise RenderingError("the rendering process has no pipes.")
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return process.stdout.readline()


def main() -> None:
    """Render one chart after the other, until the input ends."""
    responses = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # keeps what vl-convert prints apart from the responses
    respond(sys.stdin.buffer, responses)


def respond(specifications: Iterable[bytes], responses: TextIO) -> None:
    """Render charts, and write a line for each as soon as it is done.

    Args:
        specifications: a Vega specification in each line.
        responses: gets the SVG, or why there is none, as JSON.
    """
    import vl_convert

    for line in specifications:
        try:
            response = {"svg": vl_convert.vega_to_svg(line.decode())}
        except Exception as error:  # noqa: BLE001 - the parent process raises it
            response = {"error": str(error)}
        print(json.dumps(response), file=responses, flush=True)


if __name__ == "__main__":
    main()
