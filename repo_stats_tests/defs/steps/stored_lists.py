"""Lists whose pages are stored, and the tables that were made from them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from repo_stats.defs.steps.snapshot_tables import describe_scan, join_items
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import Page, PageKey, hash_rows
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.github.parsing import parse_issues
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.table_files import StoredTable
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.pages import NOW, head

REPO, OTHER = "a/b", "c/d"


OPEN = [i for i in generate_repository(Shape("x/y", 6, 2)).issues if i["state"] == "open"]


def store_page(
    pages: PageFolder, repo: str, number: int, objects: Sequence[Any], **changes: Any
) -> PageResult:
    rows = parse_issues(objects, repo, 7)
    known = replace(head(number, rows=len(rows)), content_hash=hash_rows(rows), **changes)
    key = PageKey.numbered(repo, number)
    pages.write(key, Page(known, rows))
    return PageResult(key, Outcome.FETCHED, known)


def store_list(pages: PageFolder, repo: str) -> ListSnapshot:
    """A list of two pages with three items each, which is stored and was read without a change."""
    read = [store_page(pages, repo, n, OPEN[3 * n - 3 : 3 * n]) for n in (1, 2)]
    return ListSnapshot(read, True, 0, 0, NOW, NOW + timedelta(seconds=9))


def table_of(
    pages: PageFolder, snapshot: ListSnapshot, title: str = "of the table", **changes: Any
) -> StoredTable:
    """The table that was made from a snapshot, with a title that only it has."""
    tables = Tables(pages.files)
    scan = replace(describe_scan(snapshot), **changes)
    rows = join_items(pages, {snapshot.repo: snapshot}, {}, ()).frame.assign(title=title)
    tables.write(OPEN_ISSUES, snapshot.repo, rows, scan)
    return tables.load(OPEN_ISSUES, snapshot.repo)
