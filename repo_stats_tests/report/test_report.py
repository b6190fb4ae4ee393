"""The report: what is written, kept and removed, and of what its pages are made."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.report.charts import Chart, Charts
from repo_stats.report.data import (
    Records,
    RepositoryReport,
    backlog_by_day,
    closing_by_month,
    count_by_age,
    daily,
    flow_by_week,
)
from repo_stats.report.drawing import ChartRenderers, DrawingError, count_processes
from repo_stats.report.pages import (
    chart_rows,
    draw_spark,
    find_drawings,
    frame_drawing,
    make_repository_page,
)
from repo_stats.report.publish import Publication, publish
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats_tests.helpers.report_data import NOW, fill_warehouse

REPOS = ["acme/rocket", "acme/tiny-tools"]


def child_processes() -> list[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return [int(number) for children in lists for number in children.read_text().split()]


def publish_some(root: Path, *repos: str) -> Publication:
    return publish(Files(str(root)), repos, NOW)


def test_pages_of_what_is_no_longer_watched_are_removed_and_nothing_else(tmp_path: Path) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=0)
    publish_some(tmp_path, *REPOS[:2])
    for name in ("notes.txt", "mine.html"):
        (tmp_path / "report" / "acme" / name).write_text("mine")
    assert publish_some(tmp_path, REPOS[1]).pages == 2
    assert {path.name for path in (tmp_path / "report").rglob("*.*")} == {
        *("index.html", "tiny-tools.html", "notes.txt", "mine.html")
    }


def test_one_repository_whose_tables_are_damaged_spoils_no_other_page(tmp_path: Path) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=0)
    (tmp_path / "repo_history" / f"{REPOS[0]}.parquet").write_bytes(b"damaged")
    (tmp_path / "open_issues" / f"{REPOS[0]}.parquet").unlink()
    publication = publish_some(tmp_path, *REPOS[:2])
    assert publication.pages == 3
    page = (tmp_path / "report" / f"{REPOS[0]}.html").read_text()
    assert "Nothing is open." in page


def test_a_repository_that_cannot_be_read_keeps_its_page_and_is_named_on_the_first(
    tmp_path: Path,
) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=0)
    publish_some(tmp_path, *REPOS[:2])
    page = tmp_path / "report" / f"{REPOS[0]}.html"
    before = page.read_bytes()
    table = tmp_path / "open_issues" / f"{REPOS[0]}.parquet"
    table.unlink()
    table.mkdir()
    publication = publish_some(tmp_path, *REPOS[:2])
    assert publication.pages == 2
    assert page.read_bytes() == before
    [warning] = publication.warnings
    assert warning.startswith(f"{REPOS[0]} is left out: ")
    assert "cannot be read (Is a directory)" in warning
    index = (tmp_path / "report" / "index.html").read_text()
    assert f"<strong>{REPOS[0]}</strong> is left out: " in index


def test_a_page_that_cannot_be_made_spoils_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=0)

    def make(report: RepositoryReport, drawings: Mapping[str, str]) -> str:
        if report.repo == REPOS[0]:
            raise ValueError("no page")
        return make_repository_page(report, drawings)

    monkeypatch.setattr("repo_stats.report.publish.make_repository_page", make)
    publication = publish_some(tmp_path, *REPOS[:2])
    assert publication.pages == 2
    assert publication.warnings == [f"{REPOS[0]} is left out: no page"]


def test_a_repository_that_was_never_refreshed_is_named_with_the_reason(tmp_path: Path) -> None:
    tables = fill_warehouse(str(tmp_path), REPOS[:1], days=0)
    RefreshFailures(tables.files).record("acme/gone", "GitHub knows no repository.", "run", NOW)
    assert publish_some(tmp_path, REPOS[0], "acme/gone", "acme/new").warnings == [
        "acme/gone is left out: GitHub knows no repository.",
        "acme/new is left out: it was not refreshed yet.",
    ]


def test_repositories_whose_names_begin_alike_are_bars_of_their_own(tmp_path: Path) -> None:
    names = [f"organisation-of-many/the-same-long-name-{n}" for n in range(3)]
    fill_warehouse(str(tmp_path), names, days=0)
    publish_some(tmp_path, *names)
    index = (tmp_path / "report" / "index.html").read_text()
    assert index.count("organisation-of-many/th…") == 3


def test_without_any_statistics_there_is_one_plain_sentence(tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="acme/rocket: it was not refreshed yet"):
        publish_some(tmp_path, "acme/rocket")


def test_a_chart_whose_numbers_did_not_change_is_not_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_warehouse(str(tmp_path), REPOS[:1], days=30)
    publish_some(tmp_path, REPOS[0])
    before = (tmp_path / "report" / f"{REPOS[0]}.html").read_bytes()

    def draw(_: ChartRenderers, specification: str) -> Future[str]:
        raise AssertionError(f"drawn again: {specification}")

    monkeypatch.setattr(ChartRenderers, "draw", draw)
    publish_some(tmp_path, REPOS[0])
    assert (tmp_path / "report" / f"{REPOS[0]}.html").read_bytes() == before


def test_a_drawing_is_found_on_a_page_by_its_specification() -> None:
    name = Chart("spec").name
    figure = frame_drawing(
        name, '<svg width="10" height="5" viewBox="0 0 9 9"><g style="x"/></svg>'
    )
    assert figure.endswith('><svg class="chart" viewBox="0 0 9 9"><g/></svg></figure>')
    assert find_drawings(f"<p>{figure}</p>") == {name: figure}
    assert Chart("another").name != name


def test_a_chart_that_cannot_be_drawn_spoils_no_other_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_warehouse(str(tmp_path), REPOS[:2], days=30)

    def rows(report: RepositoryReport) -> dict[str, Records]:
        wrong = {"stars": [{"day": "2026-09-01", "value": float("nan")}]}
        return wrong if report.repo == REPOS[0] else chart_rows(report)

    monkeypatch.setattr("repo_stats.report.publish.chart_rows", rows)
    publication = publish_some(tmp_path, *REPOS[:2])
    assert publication.pages == 2
    [warning] = publication.warnings
    assert warning.startswith(f"{REPOS[0]} is left out: A chart could not be drawn: ")


def test_a_process_that_draws_and_is_killed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    chart = Charts().fill("stars", [{"day": "2026-09-01", "value": 1}]).specification
    with ChartRenderers() as drawers:
        alone = drawers.draw(chart).result()
        [process] = child_processes()
        os.kill(process, signal.SIGKILL)
        assert drawers.draw(chart).result() == alone
        assert len(child_processes()) == 1
    assert child_processes() == []


def test_a_chart_over_which_every_process_ends_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends_at_once = (sys.executable, "-c", "input(); print('{\"drawing\": ', end='')")
    monkeypatch.setattr("repo_stats.report.drawing._COMMAND", ends_at_once)
    with ChartRenderers() as drawers, pytest.raises(DrawingError, match="ended over it"):
        drawers.draw("{}").result()
    assert child_processes() == []


def test_leaving_waits_for_no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    never_answers = (sys.executable, "-c", "import time; time.sleep(3600)")
    monkeypatch.setattr("repo_stats.report.drawing._COMMAND", never_answers)
    with ChartRenderers() as drawers:
        drawing = drawers.draw("{}")
    assert drawing.cancelled() or isinstance(drawing.exception(), DrawingError)
    assert child_processes() == []


def test_a_few_processes_draw_and_one_processor_is_left_to_others() -> None:
    assert [count_processes(processors) for processors in (1, 2, 3, 5, 64)] == [1, 1, 2, 4, 4]


def test_ages_are_counted_by_their_bounds() -> None:
    ages = [0, 6.9, 7, 27.9, 28, 365, 2000]
    items = pd.DataFrame(
        {
            "created_at": pd.to_datetime([NOW - timedelta(days=age) for age in ages]),
            "is_pull_request": [False, True, *[False] * 5],
        }
    )
    counts = count_by_age(items, NOW)
    assert [row["value"] for row in counts if row["kind"] == "issues"] == [1, 2, 1, 0, 1, 1]
    assert [row["value"] for row in counts if row["kind"] == "pull requests"] == [1, 0, 0, 0, 0, 0]


def test_a_line_has_the_last_number_of_each_day_and_not_too_many_points() -> None:
    moments = [NOW - timedelta(hours=12 * back) for back in range(600, -1, -1)]
    history = pd.DataFrame({"snapshot_at": pd.to_datetime(moments), "stars": range(601)})
    points = daily(history, "stars")
    assert points[-1] == {"day": "2026-09-02", "value": 600}
    assert 60 < len(points) <= 120
    assert len({point["day"] for point in points}) == len(points)
    assert backlog_by_day(pd.DataFrame({"day": []})) == []


def test_a_spark_needs_two_numbers() -> None:
    assert draw_spark([]) == draw_spark([{"value": 1}]) == ""
    assert draw_spark([{"value": 3}, {"value": 3}]) == "M0.0,20.0L96.0,20.0"
    assert draw_spark([{"value": 0}, {"value": 9}]) == "M0.0,20.0L96.0,2.0"


def test_a_refresh_can_be_followed_by_the_job_that_makes_the_report(
    simulate: Callable[..., Simulator],
    settings_for: Callable[..., Settings],
    run: Callable[..., dg.ExecuteInProcessResult],
) -> None:
    simulate(Shape("acme/one", 30, 5), Shape("acme/none", 0, 0))
    settings = settings_for("acme/one", "acme/none")
    assert run(settings).success
    result = run(settings, "publish_report")
    assert result.success
    [event] = [
        e for e in result.get_asset_materialization_events() if e.asset_key.path == ["report"]
    ]
    metadata = event.materialization.metadata
    assert metadata["pages"].value == 3
    assert "data:image/png;base64," in str(metadata["open_items"].value)
    index = Path(settings.warehouse) / "report" / "index.html"
    assert str(metadata["dagster/uri"].value) == str(index)
    assert "acme/none" in index.read_text()


def test_several_processes_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    rows = [{"day": "2026-09-01", "value": 1}]
    charts = [Charts().fill(name, rows).specification for name in ("stars", "ages")]
    with ChartRenderers() as drawers:
        drawings = [drawers.draw(chart) for chart in charts * 5]
        assert len({drawing.result() for drawing in drawings}) == 2
        assert len(child_processes()) == 3


def test_the_running_week_and_month_are_left_out() -> None:
    starts = {"week": ["2026-08-24", "2026-08-31"], "month": ["2026-08-01", "2026-09-01"]}
    trends = pd.DataFrame(
        [
            {
                "period": period,
                "kind": "all",
                "start": date.fromisoformat(start),
                "opened": 2,
                "closed": 1,
                "median_days_to_close": 3.0,
                "p90_days_to_close": float("nan"),
            }
            for period, days in starts.items()
            for start in days
        ]
    )
    assert flow_by_week(trends, NOW) == [
        {"day": "2026-08-24", "kind": "opened", "value": 2},
        {"day": "2026-08-24", "kind": "closed", "value": 1},
    ]
    assert closing_by_month(trends, NOW) == [
        {"day": "2026-08-01", "kind": "half of them", "value": 3.0}
    ]
