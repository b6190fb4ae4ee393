"""Writing the report into the warehouse: all pages, and no page of what is no longer watched."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_stats.report.charts import Chart, Charts
from repo_stats.report.data import RepositoryReport, find_places, read_report
from repo_stats.report.drawing import ChartRenderers
from repo_stats.report.pages import (
    chart_rows,
    comparison_rows,
    find_drawings,
    frame_drawing,
    is_own,
    make_index,
    make_repository_page,
    page_path,
)
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.tables import Tables

FOLDER = "report"


INDEX = f"{FOLDER}/index.html"


Figure = Callable[[], str]
"""Gives a chart as it stands on its page, once it is drawn; raises DrawingError if it cannot be."""


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


@dataclass(frozen=True)
class _Draft:
    """A repository's page before its charts are drawn.

    Attributes:
        report: what is shown of it.
        figures: its charts, by name.
    """

    report: RepositoryReport
    figures: Mapping[str, Figure]

    def finish(self) -> str:
        """The text of the page."""
        drawings = {name: figure() for name, figure in self.figures.items()}
        return make_repository_page(self.report, drawings)


def publish(files: Files, repos: Sequence[str], now: datetime) -> Publication:
    """Write the report of what is stored.

    Args:
        files: of the warehouse.
        repos: the watchlist.
        now: the present (UTC).

    Raises:
        WarehouseError: nothing is stored yet, or a page cannot be written.
        DrawingError: the chart of the first page cannot be drawn.
    """
    begin = time.monotonic()
    tables, charts = Tables(files), Charts()
    places = find_places(tables)
    with ChartRenderers() as drawers:

        def draft(repo: str) -> _Draft:
            report = read_report(tables, repo, places.get(repo), now)
            known = _find_figures(files, page_path(repo))
            figures = {
                name: _find_or_draw(charts.fill(name, rows), known, drawers)
                for name, rows in chart_rows(report).items()
            }
            return _Draft(report, figures)

        # The charts of one repository are drawn while the tables of the next are read.
        drafts, absent = try_each(repos, draft, Exception)
        pages, errors = try_each(drafts, lambda repo: drafts[repo].finish(), Exception)
        absent.update(errors)
        if not pages:
            raise WarehouseError("\n".join(f"{repo}: {why}" for repo, why in absent.items()))
        absent = {repo: absent[repo] for repo in repos if repo in absent}
        made = [drafts[repo].report for repo in pages]
        comparison = charts.fill("comparison", comparison_rows(made))
        figure = _find_or_draw(comparison, _find_figures(files, "index.html"), drawers)
        index = make_index(made, absent, figure(), now)
    texts = {page_path(repo): text for repo, text in pages.items()} | {"index.html": index}
    contents = {path: text.encode() for path, text in texts.items()}
    for path, content in contents.items():
        files.write(f"{FOLDER}/{path}", content)
    _remove_others(files, {page_path(repo) for repo in repos})
    return Publication(
        path=files.uri(INDEX),
        pages=len(contents),
        size=sum(map(len, contents.values())),
        seconds=time.monotonic() - begin,
        picture=comparison.picture(),
        warnings=[f"{repo} is left out: {reason}" for repo, reason in absent.items()],
    )


def _find_figures(files: Files, path: str) -> dict[str, str]:
    """The charts on the page that is at a path, by what tells them from all others."""
    page = files.read(f"{FOLDER}/{path}") or b""
    return find_drawings(page.decode(errors="replace"))


def _find_or_draw(chart: Chart, known: Mapping[str, str], drawers: ChartRenderers) -> Figure:
    """A chart as it stands on its page already, or, if it does not, to be drawn."""
    if chart.name in known:
        return lambda: known[chart.name]
    drawing = drawers.draw(chart.specification)
    return lambda: frame_drawing(chart.name, drawing.result())


def _remove_others(files: Files, watched: set[str]) -> None:
    """Remove the pages of repositories that are no longer watched, and no file of anybody else."""
    for owner in files.names(FOLDER):
        for name in files.names(f"{FOLDER}/{owner}"):
            path = f"{FOLDER}/{owner}/{name}"
            if not name.endswith(".html") or f"{owner}/{name}" in watched:
                continue
            if is_own((files.read(path) or b"").decode(errors="replace")):
                files.delete(path)
