"""Writing the report into the warehouse: all pages, and no page of what is no longer watched."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_stats.report.charts import Charts, draw, draw_picture
from repo_stats.report.data import RepositoryReport, read_reports, try_each
from repo_stats.report.pages import (
    chart_rows,
    comparison_rows,
    find_drawings,
    frame_drawing,
    is_own,
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
    reports, absent = read_reports(Tables(files), repos, now)
    if not reports:
        raise WarehouseError(
            "\n".join(f"{repo}: {reason}" for repo, reason in absent.items())
            or f"There are no statistics in {files.root} yet; run repo-stats refresh."
        )
    charts = Charts()
    comparison = charts.fill("comparison", comparison_rows(reports))
    pages = _make_pages(files, charts, reports, absent)
    drawing = _find_or_draw(files, ["index.html"], [comparison])[name_drawing(comparison)]
    made = [report for report in reports if page_path(report.repo) in pages]
    pages["index.html"] = make_index(made, absent, drawing, now)
    for path, text in pages.items():
        files.write(f"{FOLDER}/{path}", text.encode())
    _remove_others(files, {page_path(repo) for repo in repos})
    return Publication(
        path=files.uri(INDEX),
        pages=len(pages),
        size=sum(len(text.encode()) for text in pages.values()),
        seconds=time.monotonic() - begin,
        picture=draw_picture(comparison),
        warnings=[f"{repo} is left out: {reason}" for repo, reason in absent.items()],
    )


def _make_pages(
    files: Files,
    charts: Charts,
    reports: Sequence[RepositoryReport],
    absent: dict[str, str],
) -> dict[str, str]:
    """The text of each repository's page, by its path below the report.

    Args:
        files: of the warehouse.
        charts: all charts.
        reports: what is shown of each repository.
        absent: where it is told of which repository no page can be made, and why.
    """
    shown = {report.repo: report for report in reports}
    wanted, errors = try_each(shown, lambda repo: _fill_charts(charts, shown[repo]))
    absent.update(errors)
    specifications = [s for by_name in wanted.values() for s in by_name.values()]
    figures = _find_or_draw(files, [page_path(repo) for repo in wanted], specifications)
    texts, errors = try_each(
        wanted,
        lambda repo: make_repository_page(
            shown[repo], {name: figures[name_drawing(s)] for name, s in wanted[repo].items()}
        ),
    )
    absent.update(errors)
    return {page_path(repo): text for repo, text in texts.items()}


def _fill_charts(charts: Charts, report: RepositoryReport) -> dict[str, str]:
    return {name: charts.fill(name, rows) for name, rows in chart_rows(report).items()}


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


def _remove_others(files: Files, watched: set[str]) -> None:
    """Remove the pages of repositories that are no longer watched, and no file of anybody else."""
    for owner in files.names(FOLDER):
        for name in files.names(f"{FOLDER}/{owner}"):
            path = f"{FOLDER}/{owner}/{name}"
            if not name.endswith(".html") or f"{owner}/{name}" in watched:
                continue
            if is_own((files.read(path) or b"").decode(errors="replace")):
                files.delete(path)
