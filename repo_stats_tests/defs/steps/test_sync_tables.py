"""What a sync of all items stores, and what the UI shows of it."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.steps import sync_tables
from repo_stats.defs.steps.sync_tables import find_sync_state, hash_items, store_sync
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import Page, PageKey, hash_rows
from repo_stats.github.issues.sync import SyncResult
from repo_stats.github.issues.sync_state import SyncState
from repo_stats.github.parsing import ItemRow, parse_issues, without_raw
from repo_stats.simulator.changes import NEWCOMER
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.schemas import ISSUES
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.pages import head
from repo_stats_tests.helpers.rows import NOW

REPO = "a/b"

STATE = SyncState(7, "https://api.example", NOW, NOW, NOW - timedelta(minutes=1))

OBJECTS = generate_repository(Shape(REPO, 4, 2, 3)).issues


@pytest.fixture
def warehouse(tmp_path: Path) -> WarehouseResource:
    return WarehouseResource(root=str(tmp_path))


def window(warehouse: WarehouseResource, number: int, objects: Sequence[Any]) -> PageResult:
    """A window that is stored."""
    rows = parse_issues(objects, REPO, 7)
    key = PageKey.window(REPO, NOW + timedelta(days=number))
    kept = head(1, rows=len(rows))
    page = Page(type(kept)(**{**kept.__dict__, "content_hash": hash_rows(rows)}), rows)
    warehouse.all_pages.write(key, page)
    return PageResult(key, Outcome.FETCHED, page.head)


def changed_item(number: int, **changes: Any) -> dict[int, ItemRow]:
    [row] = [without_raw(r) for r in parse_issues(OBJECTS, REPO, 7) if r["number"] == number]
    row.update(changes)  # type: ignore[typeddict-item]
    return {row["id"]: row}


def numbers(warehouse: WarehouseResource) -> list[int]:
    return sorted(warehouse.tables.read(ISSUES, [REPO])["number"])


def test_items_of_windows_and_changes_are_stored_and_windows_out_of_use_removed(
    warehouse: WarehouseResource,
) -> None:
    kept, dropped = (window(warehouse, n, OBJECTS[:-1]) for n in (0, 1))
    last = OBJECTS[-1]["number"]
    changed = changed_item(last, title="new") | changed_item(OBJECTS[0]["number"], title="newer")
    synced = SyncResult("fill", STATE, [kept], changed)
    table = store_sync(warehouse, REPO, synced)
    assert warehouse.all_pages.keys(REPO) == [kept.key]
    assert dropped.key != kept.key
    stored = warehouse.tables.read(ISSUES, [REPO])
    assert sorted(stored["number"]) == sorted(each["number"] for each in OBJECTS)
    titles = dict(zip(stored["number"], stored["title"], strict=True))
    assert (titles[last], titles[OBJECTS[0]["number"]]) == ("new", "newer")
    opened = int((stored["state"] == "open").sum())
    assert 0 < opened < len(stored)
    newest = stored["updated_at"].max().timestamp()
    assert table.facts == {
        "dagster/partition_row_count": len(OBJECTS),
        "open_items": opened,
        "closed_items": len(OBJECTS) - opened,
        "read_as": "fill",
        "changed_items": 2,
        "latest_updated_at": dg.MetadataValue.timestamp(newest),
    }
    assert table.content_hash == hash_content(ISSUES, stored)
    assert find_sync_state(warehouse, REPO) == STATE
    scan = warehouse.tables.find_scan(ISSUES, REPO)
    assert scan is not None
    assert (scan.validated_at, scan.is_exact) == (STATE.validated_at, False)
    assert (scan.pages, scan.rounds, scan.changes, scan.fingerprint) == (1, 0, 2, "")


def test_a_sync_that_read_changes_alone_keeps_the_other_items_and_the_windows(
    warehouse: WarehouseResource,
) -> None:
    read = window(warehouse, 0, OBJECTS)
    store_sync(warehouse, REPO, SyncResult("fill", STATE, [read], {}))
    before = numbers(warehouse)
    changed = changed_item(before[0], title="new")
    table = store_sync(warehouse, REPO, SyncResult("increment", STATE, None, changed))
    assert numbers(warehouse) == before
    assert (warehouse.tables.read(ISSUES, [REPO])["title"] == "new").sum() == 1
    assert warehouse.all_pages.keys(REPO) == [read.key]
    assert (table.facts["read_as"], table.facts["changed_items"]) == ("increment", 1)
    scan = warehouse.tables.find_scan(ISSUES, REPO)
    assert scan is not None
    assert scan.pages == 0


def test_a_sync_that_read_nothing_writes_nothing(warehouse: WarehouseResource) -> None:
    read = window(warehouse, 0, OBJECTS)
    first = store_sync(warehouse, REPO, SyncResult("fill", STATE, [read], {}))
    edition = warehouse.tables.revision(ISSUES, REPO)
    fresh = store_sync(warehouse, REPO, SyncResult("fresh", STATE, None, {}))
    assert warehouse.tables.revision(ISSUES, REPO) == edition
    assert fresh.content_hash == first.content_hash


def test_another_list_of_bots_counts_although_a_sync_read_nothing(
    warehouse: WarehouseResource,
) -> None:
    login = "newcomer"
    objects = [{**OBJECTS[0], "user": NEWCOMER}, *OBJECTS[1:]]
    read = window(warehouse, 0, objects)
    store_sync(warehouse, REPO, SyncResult("fill", STATE, [read], {}))
    before = warehouse.tables.read(ISSUES, [REPO])
    scan = warehouse.tables.find_scan(ISSUES, REPO)
    other = WarehouseResource(root=warehouse.root, bots=[login])
    store_sync(other, REPO, SyncResult("fresh", STATE, None, {}))
    stored = other.tables.read(ISSUES, [REPO])
    assert stored["is_bot"].sum() == before["is_bot"].sum() + 1
    assert stored[stored["user"] == login]["is_bot"].tolist() == [True]
    assert other.tables.find_scan(ISSUES, REPO) == scan
    assert find_sync_state(other, REPO) == STATE


def test_a_repository_without_items_shows_no_latest_update(warehouse: WarehouseResource) -> None:
    table = store_sync(warehouse, REPO, SyncResult("fill", STATE, [], {}))
    assert table.facts["dagster/partition_row_count"] == 0
    assert "latest_updated_at" not in table.facts


def test_of_damaged_items_nothing_is_known_so_all_are_read_again(
    warehouse: WarehouseResource,
) -> None:
    assert find_sync_state(warehouse, REPO) is None
    store_sync(warehouse, REPO, SyncResult("fill", STATE, [], {}))
    path = Path(warehouse.root) / "issues" / f"{REPO}.parquet"
    intact = path.read_bytes()
    path.write_bytes(intact[:4] + b"x" * 40 + intact[44:])
    assert find_sync_state(warehouse, REPO) is None


def test_the_version_of_items_depends_on_all_of_them_however_they_are_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sync_tables, "_ROWS_HASHED_AT_ONCE", 2)
    rows = [item(number, 1) for number in range(6)]
    versions = [hash_items(items(*rows[:count])) for count in range(7)]
    versions += [
        hash_items(items(*rows[:n], {**rows[n], "title": "x"}, *rows[n + 1 :])) for n in range(6)
    ]
    versions.append(hash_items(items(*rows[2:4], *rows[:2], *rows[4:])))
    assert len(set(versions)) == len(versions)
    assert versions[1] == hash_content(ISSUES, items(rows[0]))
