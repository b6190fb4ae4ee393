"""A pytest plugin: says at the end of a run, in one line, what the skipped tests need."""

from collections import Counter
from collections.abc import Iterable

import pytest

PREFIX = "needs "
"""How the reason of every skip begins: `needs Chromium (Debian: apt-get install chromium)`."""


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the line, if a test was skipped."""
    reasons = [_reason(report) for report in terminalreporter.getreports("skipped")]
    if reasons:
        terminalreporter.write_line(describe_skips(reasons), yellow=True)


def describe_skips(reasons: Iterable[str]) -> str:
    """How many tests were skipped, and how many of them for each reason, the most frequent first.

    Args:
        reasons: why each test was skipped; at least one.
    """
    counts = Counter(reasons).most_common()
    total = sum(count for _, count in counts)
    were = "1 test was" if total == 1 else f"{total} tests were"
    return f"{were} skipped: {', '.join(_part(count, reason) for reason, count in counts)}."


def _part(count: int, reason: str) -> str:
    if not reason.startswith(PREFIX):
        return f"{count} with the reason {reason!r}"
    return f"{count} {'needs' if count == 1 else 'need'} {reason.removeprefix(PREFIX)}"


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    location = report.longrepr
    text = location[2] if isinstance(location, tuple) else str(location)
    return text.removeprefix("Skipped: ")
