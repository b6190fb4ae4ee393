"""The files of the report that are made for one repository each, as far as they changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from repo_stats.report.addresses import numbers_path, page_path
from repo_stats.report.data import NothingStoredError, RepositoryReport, read_report
from repo_stats.report.index_rows import make_row
from repo_stats.report.made_pages import FOLDER, MadePages, describe_source
from repo_stats.report.numbers import make_numbers_script
from repo_stats.report.pages import make_numbers, make_repository_page
from repo_stats.report.takeaways.number_files import list_tables
from repo_stats.report.takeaways.repository_files import make_takeaways
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.listings import list_files
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_BACKLOG,
    ISSUE_TRENDS,
    ISSUES_PER_USER,
    OPEN_ISSUES,
    RELEASE_DOWNLOADS,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
)
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.table_stamps import Stamps
from repo_stats.warehouse.tables import Tables

SHOWN = (
    *(REPO_STATISTICS, REPO_METADATA, REPO_HISTORY, OPEN_ISSUES, ISSUES_PER_USER),
    *(ISSUE_BACKLOG, ISSUE_TRENDS, CONTRIBUTOR_CONCENTRATION, STAR_DAYS),
    *(TRAFFIC_DAYS, TRAFFIC_REFERRERS, TRAFFIC_PATHS, RELEASE_DOWNLOADS),
)
"""The tables that the page of a repository shows."""

_FORESEEN = (NothingStoredError,)


@dataclass
class RepositoryPages:
    """The pages of all repositories, those that did not change included.

    Attributes:
        made: what they were made of, by repository.
        absent: why repositories are left out, by their owner/name.
        kept: what is there of them from before, which stays as it is.
        written: how many files were written.
    """

    made: dict[str, MadePages] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    kept: dict[str, MadePages] = field(default_factory=dict)
    written: int = 0


def make_repository_pages(
    tables: Tables,
    repos: Sequence[str],
    stamps: Mapping[str, Stamps],
    before: Mapping[str, MadePages],
    now: datetime,
) -> RepositoryPages:
    """Write the pages of repositories that changed, or that somebody removed or changed.

    Args:
        tables: the warehouse's tables.
        repos: the watchlist.
        stamps: of the tables in `SHOWN`, listed before anything is read: what changes after that
            is noticed the next time.
        before: what the pages were made of when the report was last written.
        now: the current time (UTC).

    Raises:
        WarehouseError: a page cannot be written.
    """
    files, pages = tables.files, RepositoryPages()
    sources, _ = try_each(repos, _describe_sources(files, repos, stamps, now))
    listed = dict(list_files(files, FOLDER, {repo.partition("/")[0] for repo in repos}))
    for repo in repos:
        known = before.get(repo)
        if known is not None and known.made_of == sources.get(repo) and _are_there(known, listed):
            pages.made[repo] = known
            continue
        made, errors = try_each([repo], lambda r: _make(tables, r, now), foreseen=_FORESEEN)
        pages.absent |= errors
        if errors and known is not None:
            pages.kept[repo] = replace(known, made_of="")
        for report, contents in made.values():
            # After an error, another attempt is due: it has no source.
            pages.made[repo] = _write(files, report, contents, sources.get(repo, ""))
            pages.written += len(contents)
    return pages


def _describe_sources(
    files: Files, repos: Sequence[str], stamps: Mapping[str, Stamps], now: datetime
) -> Callable[[str], str]:
    """A function that describes what the page of a repository is to be made of."""
    failures = RefreshFailures(files)
    recorded = set(failures.list_recorded(repos))

    def describe(repo: str) -> str:
        failure = failures.find(repo) if repo in recorded else None
        return describe_source(stamps[repo], failure, now.date())

    return describe


def _are_there(known: MadePages, listed: Mapping[str, str]) -> bool:
    """Whether all files are as they were written."""
    return all(listed.get(path) == stamp for path, stamp in known.files.items())


def _make(tables: Tables, repo: str, now: datetime) -> tuple[RepositoryReport, dict[str, bytes]]:
    """What is shown of a repository, and the contents of its files by their paths."""
    report = read_report(tables, repo, None, now)
    numbers = make_numbers(report)
    shown = list_tables(report, numbers)
    return report, {
        page_path(repo): make_repository_page(report, numbers, shown).encode(),
        numbers_path(repo): make_numbers_script(numbers).encode(),
        **make_takeaways(report, numbers, shown),
    }


def _write(
    files: Files, report: RepositoryReport, contents: Mapping[str, bytes], source: str
) -> MadePages:
    return MadePages(
        made_of=source,
        row=make_row(report),
        files={path: files.write(f"{FOLDER}/{path}", c) for path, c in contents.items()},
        size=sum(map(len, contents.values())),
        warnings=tuple(
            f"The page of {report.repo} lacks a part: {reason}"
            for reason in dict.fromkeys(report.unreadable.values())
        ),
    )
