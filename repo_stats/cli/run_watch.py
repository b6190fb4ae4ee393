"""Watches a run from a thread of the command: shows its progress, and stops it on a signal.

The run itself is in the main thread, where Dagster hears signals.
"""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dagster as dg

from repo_stats.cli.progress import Narrator
from repo_stats.cli.signals import SignalWatch
from repo_stats.defs.step_reports import ReportFile

TICK = 0.1
"""Seconds between two looks at the reports."""

PATIENCE = 3.0
"""Seconds that steps have to end by themselves after a signal; then they are killed."""

_SETTLED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED)
"""How a run is recorded that the signal came too late for, or that it has ended."""


@dataclass
class RunWatch:
    """A run that is being watched.

    Attributes:
        instance: where the run is recorded.
        file: what its steps report.
        narrator: shows that.
        signals: notices that the run should stop.
    """

    instance: dg.DagsterInstance
    file: ReportFile
    narrator: Narrator
    signals: SignalWatch
    _is_over: threading.Event = field(default_factory=threading.Event)
    _stopped_at: float | None = None

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Watch the run until it is over."""
        thread = threading.Thread(target=self._look, name="run-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()
            self.narrator.take(self.file.read_new())
            self.narrator.display.close()
            if self.signals.find() is not None:
                self._record_as_cancelled()

    def _look(self) -> None:
        while not self._is_over.wait(TICK):
            self.narrator.take(self.file.read_new())
            if self.signals.find() is not None and self.narrator.run_id:
                self._stop()

    def _record_as_cancelled(self) -> None:
        """Record that somebody ended the run.

        Dagster records a failure if the signal, or `_stop`, ended a step before the run noticed,
        and nothing more of a run that was over by then, or that it left at once.
        """
        run = self.instance.get_run_by_id(self.narrator.run_id) if self.narrator.run_id else None
        if run is not None and run.status not in _SETTLED:
            self.instance.report_run_canceled(run, "The command that executed it was interrupted.")

    def _stop(self) -> None:
        """Stop the run as cancelled, not as failed; kill steps that take too long to end.

        The signal is sent again, because it may have come before Dagster heard signals.
        """
        if self._stopped_at is None:
            self._stopped_at = time.monotonic()
            run = self.instance.get_run_by_id(self.narrator.run_id)
            if run is not None and not run.is_finished:
                self.instance.report_run_canceling(run)
            os.kill(os.getpid(), signal.SIGINT)
        elif time.monotonic() - self._stopped_at > PATIENCE:
            for step in multiprocessing.active_children():
                step.kill()
