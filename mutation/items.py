"""Runs tests that pytest has collected, and measures them."""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import pytest

from mutation.swapping import unload
from mutation.tracing import Line, LineTracer

OPTIONS = (
    *("-p", "no:xdist", "-p", "no:cacheprovider", "-p", "no:terminal"),
    *("-o", "addopts=", "-o", "timeout=30", "--capture=no"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # pytest has been here before
)
"""How pytest is run: in one process, and each test for half a minute at most."""


@dataclass(frozen=True)
class Measured:
    """A test that was run without any change.

    Attributes:
        test: The name that pytest knows it by.
        seconds: The time that processors worked for it, also those of processes that it started:
            it is the same on a busy machine.
        waited: How long it took.
        passed: Whether it was neither skipped nor failed.
        lines: The lines that ran in it.
    """

    test: str
    seconds: float
    waited: float
    passed: bool
    lines: frozenset[Line]


class Recorder:
    """Notes how the parts of a test ended: its fixtures, itself, and what follows."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one part."""
        self.outcomes.append(report.outcome)
        if report.failed:
            self.failed.append(report.nodeid)


def measure(items: Sequence[pytest.Item], tracer: LineTracer) -> tuple[list[Measured], list[str]]:
    """Run tests one after another, and note what ran in each. Names the modules loaded then."""
    measured = []
    for item, following in zip_longest(items, items[1:]):
        recorder = Recorder()
        worked, started = sum(os.times()[:4]), time.monotonic()
        tracer.start()
        _run(item, following, recorder)
        tracer.stop()
        seconds, waited = sum(os.times()[:4]) - worked, time.monotonic() - started
        passed = set(recorder.outcomes) == {"passed"}
        lines = frozenset(tracer.take())
        measured.append(Measured(item.nodeid, seconds, waited, passed, lines))
    return measured, [*sys.modules]


def find_failing(items: Sequence[pytest.Item]) -> str:
    """Run tests until one fails: its name, or nothing."""
    for item, following in zip_longest(items, items[1:]):
        recorder = Recorder()
        try:
            _run(item, following, recorder)
        except BaseException:  # noqa: BLE001 - whatever a mutant raises was noticed
            return item.nodeid
        if recorder.failed:
            return item.nodeid
    return ""


def find_failing_anew(tests: Sequence[str]) -> str:
    """Load tests anew and run them until one fails: its name, or nothing.

    Tests that are no longer there, because they are named after what was changed, are left out.
    """
    recorder, order = Recorder(), {test: number for number, test in enumerate(tests)}

    class Choice:
        @pytest.hookimpl(trylast=True)
        def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
            chosen = [item for item in items if item.nodeid in order]
            items[:] = sorted(chosen, key=lambda item: order[item.nodeid])

    unload()
    files = dict.fromkeys(test.partition("::")[0] for test in tests)
    try:
        code = pytest.main([*OPTIONS, "-x", *files], plugins=[recorder, Choice()])
    except BaseException:  # noqa: BLE001 - whatever a mutant raises was noticed
        return "import"
    if code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return ""
    return recorder.failed[0] if recorder.failed else "import"


def _run(item: pytest.Item, following: pytest.Item | None, recorder: Recorder) -> None:
    plugins = item.config.pluginmanager
    plugins.register(recorder)
    try:
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
    finally:
        plugins.unregister(recorder)
        sys.settrace(None)
