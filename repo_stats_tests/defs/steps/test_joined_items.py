"""The rows that lists give: of their tables, of their pages, and of what changed meanwhile."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from repo_stats.defs.steps.snapshot_tables import (
    describe_scan,
    join_items,
    join_items_of_each,
)
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.github.parsing import parse_issues
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.frames import to_pandas
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.table_files import StoredTable
from repo_stats_tests.defs.steps.stored_lists import (
    OPEN,
    OTHER,
    REPO,
    store_list,
    store_page,
    table_of,
)
from repo_stats_tests.helpers.pages import NOW

BOTS = ("k8s-ci-robot",)


def titles(pages: PageFolder, snapshot: ListSnapshot, stored: StoredTable) -> set[str]:
    return {
        *join_items(pages, {snapshot.repo: snapshot}, {snapshot.repo: stored}, BOTS).frame["title"]
    }


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
    assert titles(pages, quiet, replace(stored, is_older=True)) == own


def test_rows_of_tables_and_of_pages_are_marked_by_the_present_list_of_bots(
    pages: PageFolder,
) -> None:
    snapshots = {REPO: store_list(pages, REPO), OTHER: store_list(pages, OTHER)}
    tables = {REPO: table_of(pages, snapshots[REPO])}
    none, all_of_them = (join_items(pages, snapshots, tables, bots).frame for bots in ((), ("*",)))
    assert none["is_bot"].tolist() == (none["user_type"] == "Bot").tolist()
    assert 0 < none["is_bot"].sum() < all_of_them["is_bot"].sum() == 12


def test_rows_of_tables_and_of_pages_are_joined_with_how_each_list_was_read(
    pages: PageFolder,
) -> None:
    snapshots = {REPO: store_list(pages, REPO), OTHER: store_list(pages, OTHER)}
    stored = table_of(pages, snapshots[REPO])
    for tables, from_table in (({}, 0), ({REPO: stored}, 6)):
        joined = join_items(pages, snapshots, tables, BOTS)
        assert joined.frame["repo"].tolist() == [REPO] * 6 + [OTHER] * 6 or from_table == 0
        assert sorted(joined.frame["repo"]) == [REPO] * 6 + [OTHER] * 6
        assert (joined.frame["title"] == "of the table").sum() == from_table
        assert joined.scans == {repo: describe_scan(each) for repo, each in snapshots.items()}
    alone = join_items(pages, {REPO: snapshots[REPO]}, {REPO: stored}, BOTS)
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
    rows = join_items(pages, {REPO: changed}, {}, BOTS).frame
    assert sorted(rows["number"]) == sorted([each["number"] for each in (first, new, *OPEN[3:])])
    assert {"changed", "new"} <= {*rows["title"]}
    assert set(rows["state"]) == {"open"}
    only_vanished = replace(read, vanished=frozenset({third["id"]}))
    assert len(join_items(pages, {REPO: only_vanished}, {}, BOTS).frame) == 5
    only_touched = replace(read, touched={first["id"]: first})
    assert "changed" in [*join_items(pages, {REPO: only_touched}, {}, BOTS).frame["title"]]
    assert len(join_items(pages, {REPO: only_touched}, {}, BOTS).frame) == 6


def test_a_page_that_another_run_replaced_is_an_error_of_its_repository_alone(
    pages: PageFolder,
) -> None:
    snapshots = {REPO: store_list(pages, REPO), OTHER: store_list(pages, OTHER)}
    whole, errors = join_items_of_each(pages, snapshots, {}, BOTS)
    assert (len(whole.frame), errors) == (12, {})
    store_page(pages, REPO, 2, OPEN[:1])
    rest, errors = join_items_of_each(pages, snapshots, {}, BOTS)
    assert [*rest.frame["repo"]] == [OTHER] * 6
    assert rest.scans == {OTHER: describe_scan(snapshots[OTHER])}
    assert {repo: str(error) for repo, error in errors.items()} == {
        REPO: f"Another run replaced the stored page {REPO}/0002 while it was in use; the next "
        "attempt takes what is there now."
    }
    with pytest.raises(WarehouseError):
        join_items(pages, snapshots, {}, BOTS)


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
        join_items_of_each(pages, snapshots, {}, BOTS)
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
