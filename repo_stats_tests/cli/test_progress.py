"""The progress of a run: few lines in a log, bars on a terminal, and nothing twice."""

import io
import sys

import pytest

from repo_stats.cli.progress import Bars, Lines, Narrator, make_display
from repo_stats.defs.step_reports import Report
from repo_stats.defs.steps.stale_repositories import LEFT_AS_IT_WAS


def count(done: int, planned: int | None, step: str = "fetch_pages[1]") -> Report:
    return Report(step=step, what="pages read", done=done, planned=planned)


class Clock:
    """A clock that goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_a_line_every_few_seconds_if_there_is_something_new() -> None:
    clock, written = Clock(), list[str]()
    narrator = Narrator(Lines(written.append, clock), clock)
    for second in range(60):
        clock.now = second
        narrator.take([count(min(second, 12), 40)])
    assert written == [
        "5 of 40 pages read",
        "10 of 40 pages read",
        "12 of 40 pages read",
    ]


def test_a_quick_run_writes_no_line() -> None:
    clock, written = Clock(), list[str]()
    narrator = Narrator(Lines(written.append, clock), clock)
    clock.now = 4.9
    narrator.take([count(40, 40)])
    assert written == []


@pytest.mark.parametrize(
    ("reports", "line"),
    [
        ([count(3, 10, "a"), count(4, 20, "b"), count(5, 10, "a")], "9 of 30 pages read"),
        ([count(12, 10)], "12 of 12 pages read"),
        ([count(3, None), count(4, 20, "b")], "7 pages read"),
        ([count(0, None)], ""),
        (
            [count(1, 2), Report(step="c", what="repositories read", done=1_000, planned=2_000)],
            "1 of 2 pages read, 1,000 of 2,000 repositories read",
        ),
    ],
)
def test_the_counts_of_all_steps_are_added_up(reports: list[Report], line: str) -> None:
    clock, written = Clock(), list[str]()
    narrator = Narrator(Lines(written.append, clock), clock)
    clock.now = 5
    narrator.take(reports)
    assert written == [line] * bool(line)


def test_a_warning_is_said_once_a_minute_and_that_of_a_stale_repository_not_at_all() -> None:
    clock, written = Clock(), list[str]()
    narrator = Narrator(Lines(written.append, clock), clock)
    limit, stale = Report(warning="A limit."), Report(warning=f"a/b {LEFT_AS_IT_WAS}: gone.")
    narrator.take([limit, limit, stale])
    clock.now = 59.0
    narrator.take([limit])
    assert written == ["WARNING: A limit."]
    clock.now = 61.0
    narrator.take([limit])
    assert written == ["WARNING: A limit."] * 2


def test_a_warning_has_nothing_that_a_terminal_would_obey() -> None:
    written = list[str]()
    Narrator(Lines(written.append)).take([Report(warning="a/b is now \x1b[31mred.")])
    assert written == ["WARNING: a/b is now  [31mred."]


def test_a_terminal_gets_a_bar_for_each_count_and_warnings_above_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    display = make_display("Refreshing")
    assert isinstance(display, Bars)
    narrator = Narrator(display)
    narrator.take([count(12, 40), Report(warning="[a/b] is now called a/c.")])
    display.close()
    assert "Refreshing" in terminal.getvalue()
    assert "pages read" in terminal.getvalue()
    assert "12/40" in terminal.getvalue()
    assert "WARNING: [a/b] is now called a/c." in terminal.getvalue()


def test_without_a_terminal_there_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    display = make_display("Refreshing")
    display.say("Something.")
    assert capsys.readouterr().err == "Something.\n"
