"""Which lists need not be read again, and the rows that they give."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from repo_stats.defs.steps.snapshot_tables import (
    FetchResult,
    describe_scan,
    find_snapshots,
    find_tables,
    index_pages,
    join_items,
    join_items_of_each,
)
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import Freshness, Page, PageHead, PageKey, hash_rows
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.github.parsing import parse_issues
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import to_pandas
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.table_files import StoredTable
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.pages import ISSUE_LIST, NOW, head

REPO, OTHER = "a/b", "c/d"

LISTS = [ISSUE_LIST, replace(ISSUE_LIST, repo=OTHER)]

FRESHNESS = Freshness(NOW - timedelta(minutes=10), revalidate=True)

OPEN = [i for i in generate_repository(Shape("x/y", 6, 2)).issues if i["state"] == "open"]


@pytest.fixture
def pages(tmp_path: Path) -> PageFolder:
    return PageFolder(Files(str(tmp_path)))


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


def result_of(*snapshots: ListSnapshot) -> FetchResult:
    heads: dict[str, Mapping[PageKey, PageHead]] = {
        each.repo: {page.key: page.head for page in each.results} for each in snapshots
    }
    return FetchResult({each.repo: each for each in snapshots}, [], heads, Usage(), {})


def table_of(
    pages: PageFolder, snapshot: ListSnapshot, title: str = "of the table", **changes: Any
) -> StoredTable:
    """The table that was made from a snapshot, with a title that only it has."""
    tables = Tables(pages.files)
    scan = replace(describe_scan(snapshot), **changes)
    rows = join_items(pages, {snapshot.repo: snapshot}, {}).frame.assign(title=title)
    tables.write(OPEN_ISSUES, snapshot.repo, rows, scan)
    return tables.load(OPEN_ISSUES, snapshot.repo)


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


def titles(pages: PageFolder, snapshot: ListSnapshot, stored: StoredTable) -> set[str]:
    return {*join_items(pages, {snapshot.repo: snapshot}, {snapshot.repo: stored}).frame["title"]}


def test_rows_are_those_of_the_table_only_if_it_was_made_from_the_same_pages_in_rest(
    pages: PageFolder,
) -> None:
    quiet = store_list(pages, REPO)
    stored, own = table_of(pages, quiet), {each["title"] for each in OPEN}
    later = replace(quiet, started_at=NOW + timedelta(hours=1))
    noisy = replace(quiet, changes=1)
    assert titles(pages, quiet, stored) == {"of the table"}
    assert titles(pages, later, stored) == {"of the table"}
    assert titles(pages, noisy, stored) == own
    assert titles(pages, quiet, table_of(pages, noisy)) == own
    assert titles(pages, noisy, table_of(pages, noisy)) == {"of the table"}
    assert titles(pages, quiet, replace(stored, scan=None)) == own
    assert titles(pages, later, table_of(pages, quiet, fingerprint="another")) == own


def test_rows_of_tables_and_of_pages_are_joined_with_how_each_list_was_read(
    pages: PageFolder,
) -> None:
    snapshots = {REPO: store_list(pages, REPO), OTHER: store_list(pages, OTHER)}
    stored = table_of(pages, snapshots[REPO])
    for tables, from_table in (({}, 0), ({REPO: stored}, 6)):
        joined = join_items(pages, snapshots, tables)
        assert joined.frame["repo"].tolist() == [REPO] * 6 + [OTHER] * 6 or from_table == 0
        assert sorted(joined.frame["repo"]) == [REPO] * 6 + [OTHER] * 6
        assert (joined.frame["title"] == "of the table").sum() == from_table
        assert joined.scans == {repo: describe_scan(each) for repo, each in snapshots.items()}
    alone = join_items(pages, {REPO: snapshots[REPO]}, {REPO: stored})
    assert alone.frame.equals(to_pandas(stored.rows))


def test_items_that_changed_or_vanished_while_the_list_was_read_replace_those_of_its_pages(
    pages: PageFolder,
) -> None:
    read = store_list(pages, REPO)
    first, second, third = parse_issues(OPEN[:3], REPO, 7)
    first["title"] = "changed"
    second["state"] = "closed"
    new = {**third, "id": 999, "number": 999, "title": "new"}
    touched: Any = {row["id"]: row for row in (first, second, new)}
    changed = replace(read, touched=touched, vanished=frozenset({third["id"]}))
    rows = join_items(pages, {REPO: changed}, {}).frame
    assert sorted(rows["number"]) == sorted([each["number"] for each in (first, new, *OPEN[3:])])
    assert {"changed", "new"} <= {*rows["title"]}
    assert set(rows["state"]) == {"open"}
    only_vanished = replace(read, vanished=frozenset({third["id"]}))
    assert len(join_items(pages, {REPO: only_vanished}, {}).frame) == 5
    only_touched = replace(read, touched={first["id"]: first})
    assert "changed" in [*join_items(pages, {REPO: only_touched}, {}).frame["title"]]
    assert len(join_items(pages, {REPO: only_touched}, {}).frame) == 6


def test_a_page_that_another_run_replaced_is_an_error_of_its_repository_alone(
    pages: PageFolder,
) -> None:
    snapshots = {REPO: store_list(pages, REPO), OTHER: store_list(pages, OTHER)}
    whole, errors = join_items_of_each(pages, snapshots, {})
    assert (len(whole.frame), errors) == (12, {})
    store_page(pages, REPO, 2, OPEN[:1])
    rest, errors = join_items_of_each(pages, snapshots, {})
    assert [*rest.frame["repo"]] == [OTHER] * 6
    assert rest.scans == {OTHER: describe_scan(snapshots[OTHER])}
    assert {repo: str(error) for repo, error in errors.items()} == {
        REPO: f"Another run replaced the stored page {REPO}/0002 while it was in use; the next "
        "attempt takes what is there now."
    }
    with pytest.raises(WarehouseError):
        join_items(pages, snapshots, {})


def test_a_lack_of_memory_is_not_tried_once_more_for_each_repository(
    pages: PageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots = {REPO: store_list(pages, REPO)}
    tries = []

    def read_items(*_: object) -> None:
        tries.append(1)
        raise MemoryError

    monkeypatch.setattr(PageFolder, "read_items", read_items)
    with pytest.raises(MemoryError):
        join_items_of_each(pages, snapshots, {})
    assert len(tries) == 1


def test_a_scan_says_how_a_list_was_read_and_tells_lists_apart_by_their_pages(
    pages: PageFolder,
) -> None:
    read = replace(store_list(pages, REPO), is_exact=False, rounds=2, changes=3)
    scan = describe_scan(read)
    assert scan == ScanInfo(
        NOW, NOW + timedelta(seconds=9), False, 2, 2, 3, fingerprint=scan.fingerprint
    )
    renamed = [replace(page, key=PageKey(OTHER, page.key.label)) for page in read.results]
    turned = [
        replace(page, head=other.head)
        for page, other in zip(read.results, reversed(read.results), strict=True)
    ]
    assert describe_scan(replace(read, results=read.results[::-1])) == scan
    assert describe_scan(replace(read, results=renamed)).fingerprint == scan.fingerprint
    assert describe_scan(replace(read, results=turned)).fingerprint != scan.fingerprint
    assert describe_scan(replace(read, results=read.results[:1])).fingerprint != scan.fingerprint
