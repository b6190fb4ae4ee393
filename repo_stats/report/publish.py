"""Writing the report into the warehouse: the pages that changed since it was last written."""

import time
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from repo_stats.metrics.weeks import Week
from repo_stats.report.addresses import COMPARE_PAGE, numbers_path, page_path
from repo_stats.report.chart_script import write_chart_script
from repo_stats.report.charts import make_picture
from repo_stats.report.compare_page import make_compare_page
from repo_stats.report.data import read_leaderboard
from repo_stats.report.digest.page import DIGEST_PAGE, make_digest_page
from repo_stats.report.digest.reading import read_changes
from repo_stats.report.digest.summary import make_digest
from repo_stats.report.index_page import make_index
from repo_stats.report.index_rows import IndexRow, comparison_rows, place_row
from repo_stats.report.made_pages import (
    FOLDER,
    KeptPages,
    list_paths,
    read_made_pages,
    write_made_pages,
)
from repo_stats.report.owner_pages import OwnerPages, make_owner_pages
from repo_stats.report.removal import remove_others
from repo_stats.report.repository_pages import SHOWN, RepositoryPages, make_repository_pages
from repo_stats.report.takeaways.data_files import write_data_files
from repo_stats.report.takeaways.feed import FEED
from repo_stats.report.takeaways.index_files import make_index_files, read_feed
from repo_stats.report.times import make_times
from repo_stats.report.topics import read_topics
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import REPO_STATISTICS
from repo_stats.warehouse.table_stamps import Stamps, list_table_stamps
from repo_stats.warehouse.tables import Tables

FIRST_PAGE = "index.html"

INDEX = f"{FOLDER}/{FIRST_PAGE}"


@dataclass(frozen=True)
class Publication:
    """A report that was written.

    Attributes:
        path: where its first page is, for other programs.
        pages: how many pages it has.
        written: how many files were written, because they changed or were not there.
        size: the size of all pages in bytes, with the scripts of their numbers.
        seconds: how long it took to make them.
        picture: the chart of the first page, as a PNG.
        warnings: a sentence for each repository, and each chart of others, that is left out.
    """

    path: str
    pages: int
    written: int
    size: int
    seconds: float
    picture: bytes
    warnings: Sequence[str]


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
    tables = Tables(files)
    stamps = list_table_stamps(files, SHOWN, repos)
    before = read_made_pages(files)
    pages = make_repository_pages(tables, repos, stamps, before.pages, now)
    if not pages.made:
        reasons = (f"{repo}: {reason}" for repo, reason in pages.absent.items())
        raise WarehouseError("\n".join(reasons))
    rows = _bring_up_to_date(tables, pages, stamps)
    owners = make_owner_pages(files, rows, pages.made, before.owners)
    index = make_index(rows, pages.absent, owners.made, now).encode()
    times = make_times(rows)
    write_chart_script(files, FOLDER)
    compare = make_compare_page(list(pages.made)).encode()
    feeds, unread = try_each([FEED], lambda _: read_feed(tables))
    beside = {**times, **make_index_files(rows), **feeds, COMPARE_PAGE: compare}
    digest, missing = _make_digest(tables, list(pages.made), now)
    beside |= {DIGEST_PAGE: digest}
    data = write_data_files(tables, SHOWN, stamps, FOLDER)
    written = pages.written + owners.written + data.written
    written += _write_changed(files, {**beside, FIRST_PAGE: index})
    _remember(files, pages, owners, before, times.keys())
    return Publication(
        path=files.uri(INDEX),
        pages=len(pages.made) + len(owners.made) + 3,
        written=written,
        size=_sum_sizes(pages, owners) + len(index) + len(compare) + len(digest),
        seconds=time.monotonic() - begin,
        picture=make_picture(comparison_rows(rows)),
        warnings=_list_warnings(pages, [*data.errors, *unread.values()], missing),
    )


def _bring_up_to_date(
    tables: Tables, pages: RepositoryPages, stamps: Mapping[str, Stamps]
) -> list[IndexRow]:
    """The rows of all repositories, the ones with the most stars first.

    What is compared with others, and until when the numbers are known to hold, can change without
    a change of the repository's own tables.
    """
    leaderboard, topics = read_leaderboard(tables), read_topics(tables)
    rows = []
    for repo, made in pages.made.items():
        row, state = place_row(made.row, leaderboard.get(repo, {})), tables.states.get(repo)
        if state is not None and state.holds(REPO_STATISTICS.name, stamps[repo]):
            row = replace(row, snapshot_at=state.snapshot_at or row.snapshot_at)
        rows.append(replace(row, topics=topics.get(repo.lower(), row.topics)))
    return sorted(rows, key=lambda row: (-row.stars, row.repo.lower()))


def _remember(
    files: Files, pages: RepositoryPages, owners: OwnerPages, before: KeptPages, others: Set[str]
) -> None:
    """Keep what pages were made of, and remove what the report has no longer.

    It comes after the pages: if this run is stopped before, they are made again. What was written
    of a repository that cannot be read now stays.
    """
    kept = KeptPages({**pages.made, **pages.kept}, owners.made)
    write_made_pages(files, kept)
    absent = {path(repo) for repo in pages.absent for path in (page_path, numbers_path)}
    remove_others(files, list_paths(kept) | absent | others, list_paths(before))


def _write_changed(files: Files, contents: Mapping[str, bytes]) -> int:
    """Write the files that are not there with the same content.

    Returns:
        How many were written.
    """
    written = 0
    for path, content in contents.items():
        if files.read(f"{FOLDER}/{path}") != content:
            files.write(f"{FOLDER}/{path}", content)
            written += 1
    return written


def _sum_sizes(pages: RepositoryPages, owners: OwnerPages) -> int:
    sizes = [made.size for made in pages.made.values()]
    return sum(sizes) + sum(made.size for made in owners.made.values())


def _make_digest(tables: Tables, repos: Sequence[str], now: datetime) -> tuple[bytes, list[str]]:
    """The page of the last complete week, and a sentence for each repository that it lacks."""
    missing: list[str] = []
    week = Week.last_complete(now)
    changes = read_changes(tables, repos, week, now, missing.append, keeps=True)
    return make_digest_page(make_digest(week, changes), now).encode(), missing


def _list_warnings(
    pages: RepositoryPages, missing: Sequence[str], of_digest: Sequence[str]
) -> list[str]:
    absent = [f"{repo} is left out: {reason}" for repo, reason in pages.absent.items()]
    said = [*absent, *(text for made in pages.made.values() for text in made.warnings)]
    others = [reason for reason in missing if not any(reason in text for text in said)]
    lacking = [f"What others may take of the report lacks rows: {reason}" for reason in others]
    told = "\n".join([*said, *lacking])
    return [*said, *lacking, *(text for text in of_digest if text.partition(": ")[2] not in told)]
