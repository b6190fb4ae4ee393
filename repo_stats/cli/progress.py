"""How far a run has come: a bar for each count on a terminal, else a line every few seconds."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from repo_stats.defs.step_reports import Report
from repo_stats.defs.steps.stale_repositories import LEFT_AS_IT_WAS
from repo_stats.safe_text import make_safe

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_INTERVAL = 5.0
"""Seconds between two lines of a log."""

REPEAT_AFTER = 60.0
"""Seconds until a warning that was printed is printed again, as of a limit that is met again."""


@dataclass
class Counts:
    """What all steps of a run have counted together."""

    _latest: dict[tuple[str, str], Report] = field(default_factory=dict)

    def add(self, report: Report) -> None:
        """Take in a count, in place of the same step's earlier one."""
        self._latest[report.what, report.step] = report

    def totals(self) -> dict[str, tuple[int, int | None]]:
        """How many are done and planned of everything that is counted, and is planned or begun.

        A list may turn out to be longer than planned.
        """
        totals: dict[str, tuple[int, int | None]] = {}
        for (what, _), report in self._latest.items():
            done, planned = totals.get(what, (0, 0))
            is_known = planned is not None and report.planned is not None
            totals[what] = (
                done + report.done,
                (planned or 0) + (report.planned or 0) if is_known else None,
            )
        return {
            what: (done, None if planned is None else max(done, planned))
            for what, (done, planned) in totals.items()
            if done or planned
        }


class Display(Protocol):
    """Where the progress of a run is shown."""

    def show(self, totals: dict[str, tuple[int, int | None]]) -> None:
        """Show how far the run has come."""

    def say(self, sentence: str) -> None:
        """Print a sentence that stays."""

    def close(self) -> None:
        """The run is over."""


class Lines:
    """Writes a line every few seconds, and none for what is quick or has not changed.

    Args:
        write: writes a line.
        clock: gives seconds.
    """

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._written_at = clock()
        self._last = ""

    def show(self, totals: dict[str, tuple[int, int | None]]) -> None:
        """Write a line if it is due and says something new."""
        now = self._clock()
        if now - self._written_at < LINE_INTERVAL:
            return
        line = ", ".join(_describe(what, *total) for what, total in totals.items())
        if line != self._last:
            self._write(line)
            self._written_at, self._last = now, line

    def say(self, sentence: str) -> None:
        """Write a sentence."""
        self._write(sentence)

    def close(self) -> None:
        """Leave what is written as it is."""


class Bars:
    """Draws a bar for each count, on a terminal; they vanish at the end.

    Args:
        title: what the run does.
    """

    def __init__(self, title: str) -> None:
        self._progress = _make_progress()
        self._tasks: dict[str, TaskID] = {}
        self._progress.add_task(title, total=None)
        self._progress.start()

    def show(self, totals: dict[str, tuple[int, int | None]]) -> None:
        """Draw the bars."""
        for what, (done, planned) in totals.items():
            if what not in self._tasks:
                self._tasks[what] = self._progress.add_task(f"  {what}", total=planned)
            self._progress.update(self._tasks[what], completed=done, total=planned)

    def say(self, sentence: str) -> None:
        """Print a sentence above the bars."""
        self._progress.console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Remove the bars."""
        self._progress.stop()


def _make_progress() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )


def make_display(title: str) -> Display:
    """Bars if standard error is a terminal, else lines."""
    if sys.stderr.isatty():
        return Bars(title)
    return Lines(_write_line)


def _write_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@dataclass
class Narrator:
    """Shows the reports of a run as they come in.

    Attributes:
        display: where.
        clock: gives seconds.
    """

    display: Display
    clock: Callable[[], float] = time.monotonic
    run_id: str = ""
    _counts: Counts = field(default_factory=Counts)
    _said_at: dict[str, float] = field(default_factory=dict)

    def take(self, reports: Sequence[Report]) -> None:
        """Show what is new."""
        for report in reports:
            self.run_id = self.run_id or report.run_id
            if report.warning:
                self._warn(report.warning)
            elif report.what:
                self._counts.add(report)
        self.display.show(self._counts.totals())

    def _warn(self, sentence: str) -> None:
        """Say a warning, unless another step gave the same one just before.

        Which repositories are stale, and why, is said when the run is over.
        """
        if LEFT_AS_IT_WAS in sentence:
            return
        now = self.clock()
        if sentence in self._said_at and now - self._said_at[sentence] < REPEAT_AFTER:
            return
        self._said_at[sentence] = now
        self.display.say(f"WARNING: {make_safe(sentence)}")


def _describe(what: str, done: int, planned: int | None) -> str:
    return f"{done:,} {what}" if planned is None else f"{done:,} of {planned:,} {what}"
