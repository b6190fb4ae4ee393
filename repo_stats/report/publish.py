"""Writing the report into the warehouse, and removing pages of repositories no longer watched."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_stats.report.charts import Chart, Charts
from repo_stats.report.data import (
    NothingStoredError,
    RepositoryReport,
    read_leaderboard,
    read_report,
)
from repo_stats.report.figures import find_figures, make_figure
from repo_stats.report.pages import (
    chart_rows,
    comparison_rows,
    is_own,
    make_index,
    make_repository_page,
    page_path,
)
from repo_stats.report.rendering import ChartRenderers, RenderingError
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import Records
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.tables import Tables

FOLDER = "report"

FIRST_PAGE = "index.html"

INDEX = f"{FOLDER}/{FIRST_PAGE}"

_FORESEEN = (NothingStoredError, RenderingError)

Figure = Callable[[], str]
"""Waits for a chart, and returns it as an HTML element; raises RenderingError if it fails."""


@dataclass(frozen=True)
class Publication:
    """A report that was written.

    Attributes:
        path: where its first page is, for other programs.
        pages: how many pages it has.
        size: the size of all pages in bytes.
        seconds: how long it took to make them.
        picture: the chart of the first page, as a PNG.
        warnings: a sentence for each repository, and each chart of others, that is left out.
    """

    path: str
    pages: int
    size: int
    seconds: float
    picture: bytes
    warnings: Sequence[str]


@dataclass(frozen=True)
class _Draft:
    """A repository's page before its charts are rendered.

    Attributes:
        report: what is shown of it.
        figures: its charts, by name.
    """

    report: RepositoryReport
    figures: Mapping[str, Figure]

    def finish(self) -> str:
        """The text of the page."""
        figures = {name: figure() for name, figure in self.figures.items()}
        return make_repository_page(self.report, figures)


@dataclass(frozen=True)
class _Pages:
    """All pages of a report, before they are written.

    Attributes:
        texts: the pages, by their paths in the report's folder.
        comparison: the chart of the first page.
        absent: why repositories are left out, by their owner/name.
        unreadable: why charts of a repository are left out, by its owner/name.
    """

    texts: Mapping[str, str]
    comparison: Chart
    absent: Mapping[str, str]
    unreadable: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class _Figures:
    """Turns numbers into figures, and takes figures that have not changed from earlier pages."""

    files: Files
    renderers: ChartRenderers
    charts: Charts

    def start(self, page: str, rows: Mapping[str, Records]) -> dict[str, Figure]:
        """Start to render the charts of a page that are not on its earlier version.

        Args:
            page: its path in the report's folder.
            rows: the numbers of each chart, by name.
        """
        content = self.files.read(f"{FOLDER}/{page}") or b""
        earlier = find_figures(content.decode(errors="replace"))
        return {name: self._start_one(name, rows[name], earlier) for name in rows}

    def _start_one(self, name: str, rows: Records, earlier: Mapping[str, str]) -> Figure:
        chart = self.charts.fill(name, rows)
        if chart.name in earlier:
            return lambda: earlier[chart.name]
        svg = self.renderers.render(chart.specification)
        return lambda: make_figure(chart.name, svg.result())


def publish(files: Files, repos: Sequence[str], now: datetime) -> Publication:
    """Write the report of what is stored.

    Args:
        files: of the warehouse.
        repos: the watchlist.
        now: the current time (UTC).

    Raises:
        WarehouseError: nothing is stored yet, or a page cannot be written.
        RenderingError: the chart of the first page cannot be rendered.
    """
    begin = time.monotonic()
    with ChartRenderers() as renderers:
        pages = _make_pages(files, _Figures(files, renderers, Charts()), repos, now)
    contents = {path: text.encode() for path, text in pages.texts.items()}
    for path, content in contents.items():
        files.write(f"{FOLDER}/{path}", content)
    _remove_others(files, {page_path(repo) for repo in repos})
    return Publication(
        path=files.uri(INDEX),
        pages=len(contents),
        size=sum(map(len, contents.values())),
        seconds=time.monotonic() - begin,
        picture=pages.comparison.picture(),
        warnings=_list_warnings(pages),
    )


def _make_pages(files: Files, figures: _Figures, repos: Sequence[str], now: datetime) -> _Pages:
    tables = Tables(files)
    leaderboard = read_leaderboard(tables)

    def draft(repo: str) -> _Draft:
        report = read_report(tables, repo, leaderboard.get(repo), now)
        return _Draft(report, figures.start(page_path(repo), chart_rows(report)))

    # The charts of one repository are rendered while the tables of the next are read.
    drafts, unread = try_each(repos, draft, foreseen=_FORESEEN)
    texts, unfinished = try_each(drafts, lambda repo: drafts[repo].finish(), foreseen=_FORESEEN)
    errors = unread | unfinished
    absent = {repo: errors[repo] for repo in repos if repo in errors}
    if not texts:
        raise WarehouseError("\n".join(f"{repo}: {reason}" for repo, reason in absent.items()))
    reports = [drafts[repo].report for repo in texts]
    rows = comparison_rows(reports)
    figure = figures.start(FIRST_PAGE, {"comparison": rows})["comparison"]
    index = make_index(reports, absent, figure(), now)
    pages = {page_path(repo): text for repo, text in texts.items()} | {FIRST_PAGE: index}
    unreadable = {each.repo: list(dict.fromkeys(each.unreadable.values())) for each in reports}
    return _Pages(pages, figures.charts.fill("comparison", rows), absent, unreadable)


def _list_warnings(pages: _Pages) -> list[str]:
    absent = [f"{repo} is left out: {reason}" for repo, reason in pages.absent.items()]
    unreadable = [
        f"The page of {repo} lacks a part: {reason}"
        for repo, reasons in pages.unreadable.items()
        for reason in reasons
    ]
    return absent + unreadable


def _remove_others(files: Files, watched: set[str]) -> None:
    """Remove the pages of repositories that are no longer watched, but no other file.

    Where case is ignored, a watched page can have the name of an earlier spelling.
    """
    spellings = {page.lower(): page for page in watched}
    for owner in files.names(FOLDER):
        for name in files.names(f"{FOLDER}/{owner}"):
            path = f"{FOLDER}/{owner}/{name}"
            page = spellings.get(f"{owner}/{name}".lower())
            is_watched = page is not None and files.is_same_file(path, f"{FOLDER}/{page}")
            if is_watched or not name.endswith(".html"):
                continue
            if is_own((files.read(path) or b"").decode(errors="replace")):
                files.delete(path)
