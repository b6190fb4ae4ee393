"""Writing the report into the warehouse, and removing pages of repositories no longer watched."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from repo_stats.report.chart_script import write_chart_script
from repo_stats.report.charts import make_picture
from repo_stats.report.data import (
    NothingStoredError,
    RepositoryReport,
    read_leaderboard,
    read_report,
)
from repo_stats.report.index_page import make_index
from repo_stats.report.index_rows import comparison_rows, make_row
from repo_stats.report.addresses import page_path
from repo_stats.report.pages import is_own, make_repository_page
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import Records
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.tables import Tables

FOLDER = "report"

FIRST_PAGE = "index.html"

INDEX = f"{FOLDER}/{FIRST_PAGE}"


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
class _Pages:
    """All pages of a report, before they are written.

    Attributes:
        texts: the pages, by their paths in the report's folder.
        comparison: the numbers of the chart on the first page.
        absent: why repositories are left out, by their owner/name.
        unreadable: why charts of a repository are left out, by its owner/name.
    """

    texts: Mapping[str, str]
    comparison: Records
    absent: Mapping[str, str]
    unreadable: Mapping[str, Sequence[str]]


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
    pages = _make_pages(files, repos, now)
    contents = {path: text.encode() for path, text in pages.texts.items()}
    write_chart_script(files, FOLDER)
    for path, content in contents.items():
        files.write(f"{FOLDER}/{path}", content)
    _remove_others(files, {page_path(repo) for repo in repos})
    return Publication(
        path=files.uri(INDEX),
        pages=len(contents),
        size=sum(map(len, contents.values())),
        seconds=time.monotonic() - begin,
        picture=make_picture(pages.comparison),
        warnings=_list_warnings(pages),
    )


def _make_pages(files: Files, repos: Sequence[str], now: datetime) -> _Pages:
    tables = Tables(files)
    leaderboard = read_leaderboard(tables)

    def make(repo: str) -> tuple[RepositoryReport, str]:
        report = read_report(tables, repo, leaderboard.get(repo), now)
        return report, make_repository_page(report)

    made, errors = try_each(repos, make, foreseen=(NothingStoredError,))
    if not made:
        raise WarehouseError("\n".join(f"{repo}: {reason}" for repo, reason in errors.items()))
    reports = [report for report, _ in made.values()]
    pages = {page_path(repo): page for repo, (_, page) in made.items()}
    unreadable = {each.repo: list(dict.fromkeys(each.unreadable.values())) for each in reports}
    rows = [make_row(report) for report in reports]
    index = make_index(rows, errors, (), now)
    return _Pages(pages | {FIRST_PAGE: index}, comparison_rows(rows), errors, unreadable)


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
