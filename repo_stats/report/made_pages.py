"""What the pages of the report were made of, so that only those are made again that changed.

It is kept in one file beside the report. If that is lost or damaged, all pages are made again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files as resources_of
from typing import Any

from repo_stats.json_codec import hash_json, to_json
from repo_stats.report.addresses import numbers_path, owner_path
from repo_stats.report.chart_script import chart_script_version
from repo_stats.report.index_rows import IndexRow
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.json_files import find_json
from repo_stats.warehouse.stale import RefreshFailure
from repo_stats.warehouse.table_stamps import Stamps

FOLDER = "report"
"""The folder of the report, in the warehouse."""

MADE_PAGES = "report_pages.json"

ON_OWNER_PAGE = (
    *("repo", "stars", "growth_7", "growth_30", "forks", "open_issues", "open_pull_requests"),
    "oldest",
)
"""What the page of an owner says of a repository, by the names of `IndexRow`."""


@dataclass(frozen=True)
class MadePages:
    """The files of the report that are made for one repository.

    Attributes:
        made_of: what they were made of, see `describe_source`.
        row: what the first page says of the repository.
        files: the stamps of the files, by their paths in the report's folder.
        size: how large they are together, in bytes.
        warnings: why the page lacks a part, a sentence for each.
    """

    made_of: str
    row: IndexRow
    files: Mapping[str, str]
    size: int
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class MadeFile:
    """A page of the report that is made for an owner.

    Attributes:
        made_of: what it was made of, see `describe_owner`.
        stamp: of the file.
        size: in bytes.
    """

    made_of: str
    stamp: str
    size: int


@dataclass(frozen=True)
class KeptPages:
    """What is kept of the pages of a report.

    Attributes:
        pages: of each repository, by its owner/name.
        owners: of each owner that has a page.
    """

    pages: Mapping[str, MadePages] = field(default_factory=dict)
    owners: Mapping[str, MadeFile] = field(default_factory=dict)


def list_paths(kept: KeptPages) -> set[str]:
    """The files of repositories and owners, by their paths in the report's folder."""
    of_repositories = {path for made in kept.pages.values() for path in made.files}
    return of_repositories | set(map(owner_path, kept.owners))


def describe_source(stamps: Stamps, failure: RefreshFailure | None, day: date) -> str:
    """A text that differs when anything differs that the page of a repository is made of.

    Args:
        stamps: of the tables that it shows.
        failure: why the repository could not be refreshed.
        day: the present day (UTC): the ages of items and the last complete week depend on it.
    """
    stale = None if failure is None else [failure.since.isoformat(), failure.reason]
    return hash_json([_version(), day.isoformat(), sorted(stamps.items()), stale])


def describe_owner(rows: Sequence[IndexRow], made: Mapping[str, MadePages]) -> str:
    """A text that differs when anything differs that the page of an owner is made of.

    Args:
        rows: of its repositories, in their order on the page.
        made: the files of all repositories.
    """
    parts = [
        [
            *(str(getattr(row, name)) for name in ON_OWNER_PAGE),
            made[row.repo].files[numbers_path(row.repo)],
        ]
        for row in rows
    ]
    return hash_json([_version(), parts])


def read_made_pages(files: Files) -> KeptPages:
    """What is kept of the pages; nothing if it is lost or damaged."""
    return find_json(files, MADE_PAGES, KeptPages) or KeptPages()


def write_made_pages(files: Files, kept: KeptPages) -> None:
    """Keep what the pages were made of.

    Raises:
        WarehouseError: it cannot be written.
    """
    files.write(MADE_PAGES, to_json(kept))


@cache
def _version() -> str:
    """Differs when the code, the templates or the libraries do that pages are made by."""
    texts = sorted(_read_texts(resources_of("repo_stats.report")))
    return hash_json([chart_script_version(), texts])


def _read_texts(folder: Any) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _read_texts(entry)
        elif not entry.name.endswith(".pyc"):
            yield entry.name, entry.read_text(encoding="utf-8")
