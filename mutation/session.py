"""One run: pytest collects the tests, measures them, and tries them on each mutant."""

import contextlib
import gc
import importlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
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
from mutation.swapping import Functions, MutantFinder
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
        longest: Seconds of a processor that a test may take to be tried.
        most: Seconds of a processor that the tests of one mutant may take together.
        at_once: How many processes run at once.
        folder: Where temporary files are.
        tell: Is told what is done, now and then.
        results: What became of the mutants so far.
        left_out: Tests that fail, are skipped, or take too long.
    """

    mutants: Sequence[Mutant]
    asked_for: Sequence[Path]
    longest: float
    most: float
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
        # A test that only copies what a run left would not notice a mutant in that run.
        os.environ["COPY_FIRST_RUNS"] = "no"
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
        if session.testsfailed:
            self.error = SelectionError("Some tests cannot be loaded. Run them with pytest first.")
            return True
        try:
            measured = self._measure(session.items)
            trials = plan_trials(self.mutants, measured, self._tracer.take())
            self._try(trials, {item.nodeid: item for item in session.items})
        except (SelectionError, RuntimeError) as error:
            self.error = error
        return True

    def _measure(self, items: Sequence[pytest.Item]) -> list[Measured]:
        self.tell(f"{len(items)} tests are measured.")
        tasks = [
            Task(
                part, partial(measure, items[part :: self.at_once], self._tracer), LONGEST_BASELINE
            )
            for part in range(self.at_once)
        ]
        measured: list[Measured] = []
        modules: dict[str, None] = {}
        with contextlib.closing(run_tasks(tasks, self.at_once, self.folder)) as parts:
            for _, part in parts:
                if part in (LATE, DEAD):
                    raise SelectionError("The tests do not end. Name fewer of them.")
                measured += part[0]
                modules |= dict.fromkeys(part[1])
        self._load(modules)
        fit = [test for test in measured if test.passed and test.seconds <= self.longest]
        self.left_out = [test for test in measured if test not in fit]
        if not fit:
            raise SelectionError("No test passes in time. Run them with pytest first.")
        return fit

    def _load(self, modules: Iterable[str]) -> None:
        """Load what tests load while they run, so that not each process has to."""
        self._tracer.start()
        for name in modules:
            if name not in sys.modules and name != "__mp_main__":
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
        self._tracer.stop()

    def _try(self, trials: Sequence[Trial], items: dict[str, pytest.Item]) -> None:
        self.results += [
            Result(trial.mutant, Outcome.NO_TEST) for trial in trials if not trial.tests
        ]
        functions = Functions({trial.mutant.path for trial in trials})
        gc.freeze()  # what is never looked through again is not copied by the processes
        tested = [trial for trial in trials if trial.tests]
        kills: Counter[str] = Counter()
        # Each is made when it starts: by then it is known which tests notice most.
        tasks = (
            Task(
                trial,
                partial(_notice, trial, trial.order(kills, self.most), items, functions),
                trial.seconds,
            )
            for trial in tested
        )
        self.tell(f"{len(tested)} mutants are tried.")
        with contextlib.closing(run_tasks(tasks, self.at_once, self.folder)) as done:
            for number, (trial, test) in enumerate(done, start=1):
                self.results.append(_result(trial.mutant, test))
                kills[test] += 1
                if number % 100 == 0:
                    self.tell(f"{number} of {len(tested)} mutants were tried.")
        if tested:
            self._doubt({test.test for trial in trials for test in trial.tests}, items)

    def _doubt(self, tests: Set[str], items: dict[str, pytest.Item]) -> None:
        """Believe no test that also fails without any change where mutants are tried."""
        killers = tests & {result.test for result in self.results}
        for find in (partial(_find_loaded, items), find_failing_anew):
            while test := self._run_unchanged(partial(find, sorted(killers) or [min(tests)])):
                self.tell(f"{test} also fails unchanged. What it killed counts as survived.")
                self.results = [
                    Result(each.mutant, Outcome.SURVIVED) if each.test == test else each
                    for each in self.results
                ]
                if test not in killers:
                    break
                killers -= {test}

    def _run_unchanged(self, find: Callable[[], str]) -> str:
        [(_, test)] = run_tasks([Task("", find, LONGEST_BASELINE)], 1, self.folder)
        return str(test)


def _notice(
    trial: Trial, tests: Sequence[str], items: dict[str, pytest.Item], functions: Functions
) -> str:
    """Try a mutant in this process: the test that notices it, or nothing."""
    if trial.is_loaded and functions.swap(trial.mutant):
        return _find_loaded(items, tests)
    sys.meta_path.insert(0, MutantFinder(trial.mutant))
    return find_failing_anew(tests)


def _find_loaded(items: dict[str, pytest.Item], tests: Sequence[str]) -> str:
    return find_failing([items[test] for test in tests])


def _result(mutant: Mutant, test: str) -> Result:
    if test == LATE:
        return Result(mutant, Outcome.TIMEOUT)
    return Result(mutant, Outcome.KILLED if test else Outcome.SURVIVED, test)
