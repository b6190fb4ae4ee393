"""The processes that render charts: how many there are, and what happens when they end."""

import io
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_stats.report.charts import Charts
from repo_stats.report.rendering import ChartRenderers, RenderingError, count_processes, respond


def child_processes() -> list[int]:
    """The rendering processes. Other tests may have left processes of Python's own, which stay."""
    lists = Path("/proc/self/task").glob("*/children")
    children = [number for each in lists for number in each.read_text().split()]
    return [
        int(number)
        for number in children
        if b"repo_stats.report.rendering" in Path(f"/proc/{number}/cmdline").read_bytes()
    ]


def test_a_rendering_process_that_is_killed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    chart = Charts().fill("stars", [{"day": "2026-09-01", "value": 1}]).specification
    with ChartRenderers() as renderers:
        alone = renderers.render(chart).result()
        [process] = child_processes()
        os.kill(process, signal.SIGKILL)
        assert renderers.render(chart).result() == alone
        assert len(child_processes()) == 1
    assert child_processes() == []


def test_a_chart_that_ends_every_process_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends_at_once = (sys.executable, "-c", "input(); print('{\"svg\": ', end='')")
    monkeypatch.setattr("repo_stats.report.rendering._COMMAND", ends_at_once)
    with (
        ChartRenderers() as renderers,
        pytest.raises(RenderingError, match="ended before it was done"),
    ):
        renderers.render("{}").result()
    assert child_processes() == []


def test_leaving_waits_for_no_chart(monkeypatch: pytest.MonkeyPatch) -> None:
    never_answers = (sys.executable, "-c", "import time; time.sleep(3600)")
    monkeypatch.setattr("repo_stats.report.rendering._COMMAND", never_answers)
    with ChartRenderers() as renderers:
        svg = renderers.render("{}")
    given_up = r"the report is no longer being made|ended before it was done"
    assert svg.cancelled() or re.search(given_up, str(svg.exception()))
    assert child_processes() == []


def test_several_processes_render_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    rows = [{"day": "2026-09-01", "value": 1}]
    charts = [Charts().fill(name, rows).specification for name in ("stars", "ages")]
    with ChartRenderers() as renderers:
        svgs = [renderers.render(chart) for chart in charts * 5]
        assert len({svg.result() for svg in svgs}) == 2
        assert len(child_processes()) == 3


def test_a_few_processes_render_and_one_processor_is_left_to_others() -> None:
    assert [count_processes(processors) for processors in (1, 2, 3, 5, 64)] == [1, 1, 2, 4, 4]


class Lines(io.StringIO):
    """What a process has sent, line by line, at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, str]] = []

    def flush(self) -> None:
        self.sent = [json.loads(line) for line in self.getvalue().splitlines()]


def test_each_chart_has_a_response_before_the_next_one_is_read() -> None:
    chart = Charts().fill("stars", [{"day": "2026-09-01", "value": 1}]).specification
    lines = Lines()

    def specifications() -> Iterator[bytes]:
        for number, line in enumerate((b"{}", b"nonsense", b"\xff", chart.encode())):
            assert len(lines.sent) == number
            yield line

    respond(specifications(), lines)
    assert [[*response] for response in lines.sent] == [["svg"], ["error"], ["error"], ["svg"]]
    assert "utf-8" in lines.sent[2]["error"]
    assert lines.sent[3]["svg"].startswith("<svg")


def test_a_chart_that_cannot_be_rendered_says_why_and_the_next_one_is_rendered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = iter(['{"error": "no chart"}', '{"svg": "<svg/>"}', "", '{"svg": "<svg id=\'2\'/>"}'])
    asked = []

    def exchange(process: object, specification: str) -> str:
        asked.append(specification)
        return next(answers)

    monkeypatch.setattr("repo_stats.report.rendering._exchange", exchange)
    monkeypatch.setattr("repo_stats.report.rendering._COMMAND", ("cat",))
    monkeypatch.setattr("os.cpu_count", lambda: None)
    with ChartRenderers() as renderers:
        with pytest.raises(RenderingError) as raised:
            renderers.render("1").result()
        assert str(raised.value) == "A chart could not be rendered: no chart"
        assert renderers.render("2").result() == "<svg/>"
        assert renderers.render("3").result() == "<svg id='2'/>"
    assert asked == ["1", "2", "3", "3"]
