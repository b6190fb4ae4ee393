"""One run: pytest collects the tests, measures them, and tries them on each mutant."""

import contextlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from mutation.children import DEAD, LATE, Task, run_tasks
from mutation.items import (
    OPTIONS,
    Measured,
    find_failing,
    find_failing_anew,
    measure,
)
from mutation.mutants import Mutant
from mutation.results import Outcome, Result
from mutation.selection import SelectionError, is_near
from mutation.swapping import MutantFinder, swap_functions, unload
from mutation.tracing import LineTracer
from mutation.trials import Trial, plan_trials

LONGEST_BASELINE = 1200.0
"""Seconds that all tests may take that are measured."""


@dataclass
class Session:
    """A plugin of pytest that does other than run the collected tests once.

    Attributes:
        mutants: The mutants to try.
        asked_for: Folders and files of tests.
        longest: Seconds that a test may take to be tried.
        at_once: How many processes run at once.
        folder: Where temporary files are.
        tell: Is told what is done, now and then.
        results: What became of the mutants so far.
        left_out: Tests that fail, are skipped, or take too long.
    """

    mutants: Sequence[Mutant]
    asked_for: Sequence[Path]
    longest: float
    at_once: int
    folder: Path
    tell: Callable[[str], None]
    results: list[Result] = field(default_factory=list)
    left_out: list[Measured] = field(default_factory=list)
    error: Exception | None = None

    def run(self) -> bool:
        """Try all mutants; whether that came to an end."""
        self._tracer = LineTracer({mutant.path for mutant in self.mutants})
        self._tracer.start()
        try:
            code = pytest.main([*OPTIONS, *map(str, self.asked_for)], plugins=[self])
        finally:
            self._tracer.stop()
        if self.error is not None:
            raise self.error
        return code == pytest.ExitCode.OK

    def pytest_sessionstart(self) -> None:
        """Let hypothesis find the same examples each time, and not make failing ones small."""
        import hypothesis

        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        hypothesis.settings.register_profile(
            "mutants", phases=phases, derandomize=True, database=None, deadline=None
        )
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out what is far."""
        items[:] = [
            item
            for item in items
            if is_near(item.path, getattr(item, "fixturenames", ()), self.asked_for)
        ]

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Measure the tests, then try the mutants."""
        self._tracer.stop()
        loaded = self._tracer.take()
        if session.testsfailed:
            self.error = SelectionError("Some tests cannot be loaded. Run them with pytest first.")
            return True
        try:
            measured = self._measure(session.items)
            trials = plan_trials(self.mutants, measured, loaded)
            self._try(trials, {item.nodeid: item for item in session.items})
        except SelectionError as error:
            self.error = error
        return True

    def _measure(self, items: Sequence[pytest.Item]) -> list[Measured]:
        self.tell(f"{len(items)} tests are measured.")
        tasks = [
            Task(part, partial(measure, items[part :: self.at_once], self._tracer), LONGEST_BASELINE)
            for part in range(self.at_once)
        ]
        measured: list[Measured] = []
        with contextlib.closing(run_tasks(tasks, self.at_once, self.folder)) as parts:
            for _, part in parts:
                if part in (LATE, DEAD):
                    raise SelectionError("The tests do not end. Name fewer of them.")
                measured += part
        fit = [test for test in measured if test.passed and test.seconds <= self.longest]
        self.left_out = [test for test in measured if test not in fit]
        if not fit:
            raise SelectionError("No test passes in time. Run them with pytest first.")
        return fit

    def _try(self, trials: Sequence[Trial], items: dict[str, pytest.Item]) -> None:
        self.results += [
            Result(trial.mutant, Outcome.NO_TEST) for trial in trials if not trial.tests
        ]
        tasks = [
            Task(trial, partial(_notice, trial, items), trial.seconds)
            for trial in trials
            if trial.tests
        ]
        self.tell(f"{len(tasks)} mutants are tried.")
        with contextlib.closing(run_tasks(tasks, self.at_once, self.folder)) as done:
            for number, (trial, test) in enumerate(done, start=1):
                self.results.append(_result(trial.mutant, test))
                if number % 100 == 0:
                    self.tell(f"{number} of {len(tasks)} mutants were tried.")


def _notice(trial: Trial, items: dict[str, pytest.Item]) -> str:
    """Try a mutant in this process: the test that notices it, or nothing."""
    if trial.is_loaded and swap_functions(trial.mutant):
        return find_failing([items[test] for test in trial.tests])
    unload()
    sys.meta_path.insert(0, MutantFinder(trial.mutant))
    return find_failing_anew(trial.tests)


def _result(mutant: Mutant, test: str) -> Result:
    if test == LATE:
        return Result(mutant, Outcome.TIMEOUT)
    return Result(mutant, Outcome.KILLED if test else Outcome.SURVIVED, test)

