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
from threading import Lock, local

_COMMAND = (sys.executable, "-m", "repo_stats.report.drawing")


_Process = subprocess.Popen[str]


_MOST_PROCESSES = 4


class DrawingError(Exception):
    """A chart could not be drawn.

    Args:
        reason: why, as the end of a sentence.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"A chart could not be drawn: {reason}")


class ChartRenderers:
    """Processes that draw, each started when it is needed: a few, and no more than processors.

    Leave the context to end them, whatever they are at.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(count_processes(os.cpu_count() or 1))
        self._of_thread = local()
        self._starting = Lock()
        self._is_over = False
        self._processes: list[_Process] = []

    def __enter__(self) -> "ChartRenderers":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._starting:
            self._is_over = True
        for process in self._processes:
            _end(process)
        self._threads.shutdown()

    def draw(self, specification: str) -> Future[str]:
        """A chart as an SVG element, once it is drawn.

        Args:
            specification: its Vega specification, JSON in one line.

        Raises:
            DrawingError: by the future; vl-convert refuses it, or a process ended unexpectedly.
        """
        return self._threads.submit(self._draw, specification)

    def _draw(self, specification: str) -> str:
        answer = self._ask(specification) or self._ask(specification)
        if answer is None:
            raise DrawingError("the process that draws ended over it.")
        if "error" in answer:
            raise DrawingError(answer["error"])
        return answer["drawing"]

    def _ask(self, specification: str) -> dict[str, str] | None:
        """What this thread's process answers; None if it has ended."""
        process = self._find_process()
        try:
            answer: dict[str, str] = json.loads(_exchange(process, specification))
        except (OSError, ValueError):  # no process at the pipe's other end, or half an answer
            _end(process)
            return None
        return answer

    def _find_process(self) -> _Process:
        """The process of this thread; a new one if there is none, or if it has ended."""
        process: _Process | None = getattr(self._of_thread, "process", None)
        if process is None or process.poll() is not None:
            with self._starting:
                if self._is_over:
                    raise DrawingError("nobody waits for it any more.")
                process = _start()
                self._processes.append(process)
            self._of_thread.process = process
        return process


def count_processes(processors: int) -> int:
    """How many processes draw: one processor is left to who reads the tables."""
    return min(_MOST_PROCESSES, max(1, processors - 1))


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
        raise DrawingError("the process that draws has no pipes.")
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return process.stdout.readline()


def main() -> None:
    """Draw one chart after the other, until there is no further line."""
    import vl_convert

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed is no answer
    for line in sys.stdin.buffer:
        try:
            answer = {"drawing": vl_convert.vega_to_svg(line.decode())}
        except Exception as error:  # noqa: BLE001 - told to whoever asked for the chart
            answer = {"error": str(error)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
