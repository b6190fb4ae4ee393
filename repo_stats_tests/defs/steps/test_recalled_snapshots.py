"""Which lists need not be read again, and the rows that they give."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from repo_stats.defs.steps.snapshot_tables import (
    FetchResult,
    find_snapshots,
    find_tables,
    index_pages,
)
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome
from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.table_files import StoredTable
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.steps.stored_lists import (
    OPEN,
    OTHER,
    REPO,
    store_list,
    store_page,
    table_of,
)
from repo_stats_tests.helpers.pages import ISSUE_LIST, NOW

LISTS = [ISSUE_LIST, replace(ISSUE_LIST, repo=OTHER)]

FRESHNESS = Freshness(NOW - timedelta(minutes=10), revalidate=True)


def result_of(*snapshots: ListSnapshot) -> FetchResult:
    heads: dict[str, Mapping[PageKey, PageHead]] = {
        each.repo: {page.key: page.head for page in each.results} for each in snapshots
    }
    return FetchResult({each.repo: each for each in snapshots}, [], heads, Usage(), {})


def find(
    pages: PageFolder,
    tables: Mapping[str, StoredTable],
    results: Sequence[FetchResult] = (),
    lists: Sequence[IssueList] = LISTS,
    now: datetime = NOW,
) -> dict[str, ListSnapshot]:
    index = index_pages(pages, [])
    found, errors = find_snapshots(index, lists, tables, FRESHNESS, results, now)
    assert errors == {}
    return found


def test_a_list_that_an_earlier_step_read_is_not_read_again(pages: PageFolder) -> None:
    read, other = store_list(pages, REPO), store_list(pages, OTHER)
    assert find(pages, {}, [result_of(read), result_of(other)]) == {REPO: read, OTHER: other}
    assert find(pages, {}, [result_of(read)]) == {REPO: read}


@pytest.mark.parametrize("change", ["replaced", "removed"])
def test_a_list_of_which_another_run_changed_a_page_is_read_again(
    pages: PageFolder, change: str
) -> None:
    read = store_list(pages, REPO)
    if change == "replaced":
        store_page(pages, REPO, 2, OPEN[:1])
    else:
        pages.delete(read.results[1].key)
    assert find(pages, {}, [result_of(read)]) == {}


@pytest.mark.parametrize(("minutes", "is_found"), [(9, True), (10, True), (11, False)])
def test_a_list_that_was_read_too_long_ago_is_read_again(
    pages: PageFolder, minutes: int, is_found: bool
) -> None:
    read = replace(store_list(pages, REPO), started_at=NOW - timedelta(minutes=minutes))
    assert bool(find(pages, {}, [result_of(read)])) is is_found
    assert bool(find(pages, {REPO: table_of(pages, read)})) is is_found


def test_the_snapshot_of_a_fresh_table_is_recalled_from_it(pages: PageFolder) -> None:
    read = replace(store_list(pages, REPO), is_exact=False, rounds=2, changes=3)
    [recalled] = find(pages, {REPO: table_of(pages, read)}).values()
    assert [(page.key, page.head) for page in recalled.results] == [
        (page.key, page.head) for page in read.results
    ]
    assert {page.outcome for page in recalled.results} == {Outcome.FRESH}
    assert replace(recalled, results=read.results) == read


@pytest.mark.parametrize(
    "reason", ["another page", "another address", "one of another address", "no scan", "no table"]
)
def test_a_table_that_was_made_from_other_pages_says_nothing(
    pages: PageFolder, reason: str
) -> None:
    stored: StoredTable | None = table_of(pages, store_list(pages, REPO))
    assert stored is not None
    lists: list[IssueList] = [ISSUE_LIST]
    if reason == "another page":
        store_page(pages, REPO, 2, OPEN[:2])
    elif reason == "another address":
        lists = [replace(ISSUE_LIST, api_url="https://mirror.example")]
    elif reason == "one of another address":
        store_page(pages, REPO, 2, OPEN[3:], url="https://mirror.example")
    elif reason == "no scan":
        stored = replace(stored, scan=None)
    else:
        stored = None
    assert find(pages, {} if stored is None else {REPO: stored}, lists=lists) == {}


def test_a_list_with_a_page_that_cannot_be_read_is_an_error_of_its_own(pages: PageFolder) -> None:
    read = store_list(pages, OTHER)
    Path(pages.files.root, pages.path(PageKey.numbered(REPO, 1))).mkdir(parents=True)
    found, errors = find_snapshots(
        index_pages(pages, []), LISTS, {}, FRESHNESS, [result_of(read)], NOW
    )
    assert (list(found), list(errors)) == ([OTHER], [REPO])


def test_tables_are_found_where_they_are_and_one_that_cannot_be_read_is_named(
    pages: PageFolder,
) -> None:
    stored = table_of(pages, store_list(pages, REPO))
    Path(pages.files.root, "open_issues", f"{OTHER}.parquet").mkdir(parents=True)
    found, errors = find_tables(Tables(pages.files), [REPO, OTHER, "e/f"])
    assert {repo: table.scan for repo, table in found.items()} == {REPO: stored.scan}
    assert list(errors) == [OTHER]
    assert "cannot be read (Is a directory)" in str(errors[OTHER])
