"""Writing the report into the warehouse: all pages, and no page of what is no longer watched."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_stats.report.charts import Charts, draw, draw_picture
from repo_stats.report.data import RepositoryReport, read_reports
from repo_stats.report.pages import (
    chart_rows,
    comparison_rows,
    find_drawings,
    frame_drawing,
    make_index,
    make_repository_page,
    name_drawing,
    page_path,
)
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.tables import Tables

FOLDER = "report"
INDEX = f"{FOLDER}/index.html"


@dataclass(frozen=True)
class Publication:
    """A report that was written.

    Attributes:
        path: where its first page is, for other programs.
        pages: how many pages it has.
        size: bytes of all of them.
        seconds: how long making them took.
        picture: the chart of its first page, a PNG.
        warnings: what could not be shown, in a sentence each.
    """

    path: str
    pages: int
    size: int
    seconds: float
    picture: bytes
    warnings: Sequence[str]


def publish(files: Files, repos: Sequence[str], now: datetime) -> Publication:
    """Write the report of what is stored.

    Args:
        files: of the warehouse.
        repos: the watchlist.
        now: the present (UTC).

    Raises:
        WarehouseError: nothing is stored yet, or a page cannot be written.
    """
    begin = time.monotonic()
    reports, warnings = read_reports(Tables(files), repos, now)
    if not reports:
        raise WarehouseError(
            "\n".join(warnings)
            or f"There are no statistics in {files.root} yet; run repo-stats refresh."
        )
    charts = Charts()
    comparison = charts.fill("comparison", comparison_rows(reports))
    pages = _make_pages(files, charts, reports, comparison, now)
    for path, text in pages.items():
        files.write(f"{FOLDER}/{path}", text.encode())
    _remove_others(files, set(pages))
    return Publication(
        path=files.uri(INDEX),
        pages=len(pages),
        size=sum(len(text.encode()) for text in pages.values()),
        seconds=time.monotonic() - begin,
        picture=draw_picture(comparison),
        warnings=warnings,
    )


def _make_pages(
    files: Files,
    charts: Charts,
    reports: Sequence[RepositoryReport],
    comparison: str,
    now: datetime,
) -> dict[str, str]:
    """The text of each page, by its path below the report."""
    wanted = {
        report.repo: {name: charts.fill(name, rows) for name, rows in chart_rows(report).items()}
        for report in reports
    }
    paths = ["index.html", *map(page_path, wanted)]
    specifications = [comparison, *(s for by_name in wanted.values() for s in by_name.values())]
    figures = _find_or_draw(files, paths, specifications)
    pages = {
        page_path(report.repo): make_repository_page(
            report, {name: figures[name_drawing(s)] for name, s in wanted[report.repo].items()}
        )
        for report in reports
    }
    index = make_index(reports, figures[name_drawing(comparison)], now)
    return {**pages, "index.html": index}


def _find_or_draw(
    files: Files, paths: Sequence[str], specifications: Sequence[str]
) -> dict[str, str]:
    """The charts by their names: those that the pages have already are not drawn again."""
    figures: dict[str, str] = {}
    for path in paths:
        page = files.read(f"{FOLDER}/{path}") or b""
        figures.update(find_drawings(page.decode(errors="replace")))
    new = [s for s in dict.fromkeys(specifications) if name_drawing(s) not in figures]
    for specification, drawing in zip(new, draw(new), strict=True):
        figures[name_drawing(specification)] = frame_drawing(specification, drawing)
    return figures


def _remove_others(files: Files, paths: set[str]) -> None:
    """Remove the pages of repositories that are no longer watched."""
    for owner in files.names(FOLDER):
        for name in files.names(f"{FOLDER}/{owner}"):
            path = f"{owner}/{name}"
            if name.endswith(".html") and path not in paths:
                files.delete(f"{FOLDER}/{path}")
