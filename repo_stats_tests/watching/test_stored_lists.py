"""What is watched as the warehouse keeps it: stored as a whole, and only if it changed."""

from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from repo_stats.github.listings import ListedRepository, Listing, ListingPage
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.schemas import REPOSITORY_LISTS, WATCHED_REPOSITORIES
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.stored_lists import StoredList, StoredLists
from repo_stats.watching.watched_repository import WatchedRepository

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=timezone.utc)

ROWS = (
    WatchedRepository("acme/a", 7, "org: acme", True, NOW),
    WatchedRepository("x/y", None, "watchlist", False, NOW, NOW + timedelta(hours=1), "archived"),
)

PAGE = ListingPage(
    (
        ListedRepository("acme/a", 7, "R_7", 5, True, True, "internal", ("x", "y"), NOW),
        ListedRepository("acme/ü", 8),
    ),
    'W/"tag"',
    "token",
    has_next=True,
)

LAST = ListingPage((), None, None, has_next=False)


@pytest.fixture
def stored(tmp_path: Path) -> StoredLists:
    return StoredLists(Tables(Files(str(tmp_path))))


def test_the_columns_are_the_fields_of_a_row() -> None:
    assert WATCHED_REPOSITORIES.names == [field.name for field in fields(WatchedRepository)]


def test_rows_are_read_as_they_were_stored(stored: StoredLists) -> None:
    assert stored.find_watched() == ()
    assert stored.update_watched(lambda before: [*before, *ROWS])
    assert stored.find_watched() == ROWS
    assert {row.since.utcoffset() for row in stored.find_watched()} == {timedelta(0)}


def test_a_file_is_written_only_if_rows_changed(stored: StoredLists) -> None:
    assert stored.update_watched(lambda _: ROWS)
    path = stored.tables.path(WATCHED_REPOSITORIES, None)
    content = stored.tables.files.read(path)
    assert not stored.update_watched(lambda before: before)
    assert stored.tables.files.read(path) == content
    assert stored.update_watched(lambda before: before[:1])
    assert stored.find_watched() == ROWS[:1]


def test_rows_that_cannot_be_resolved_stay(stored: StoredLists) -> None:
    stored.update_watched(lambda _: ROWS)

    def fail(_: object) -> tuple[WatchedRepository, ...]:
        raise ValueError("nothing is watched")

    with pytest.raises(ValueError, match="nothing is watched"):
        stored.update_watched(fail)
    assert stored.find_watched() == ROWS


def test_damaged_rows_are_neither_read_nor_replaced(stored: StoredLists) -> None:
    path = stored.tables.path(WATCHED_REPOSITORIES, None)
    stored.tables.files.write(path, b"damaged")
    with pytest.raises(WarehouseError, match="put a copy of it back"):
        stored.find_watched()
    with pytest.raises(WarehouseError, match="put a copy of it back"):
        stored.update_watched(lambda _: ROWS)
    assert stored.tables.files.read(path) == b"damaged"


def test_lists_are_read_as_they_were_stored(stored: StoredLists) -> None:
    assert stored.find_lists() == {}
    lists = {
        ("org", "acme"): StoredList(Listing((PAGE, LAST)), NOW),
        ("installation", ""): StoredList(
            Listing((replace(PAGE, etag=None),), is_settled=False), NOW - timedelta(days=1)
        ),
    }
    stored.write_lists(lists)
    assert stored.find_lists() == lists


def test_lists_that_cannot_be_read_are_missing(stored: StoredLists) -> None:
    stored.write_lists({("org", "acme"): StoredList(Listing((PAGE, LAST)), NOW)})
    rows = stored.tables.find(REPOSITORY_LISTS, None)
    assert rows is not None
    rows["content"] = ["{}", rows["content"][1]]
    stored.tables.write(REPOSITORY_LISTS, None, rows)
    assert stored.find_lists() == {}
    stored.tables.files.write(stored.tables.path(REPOSITORY_LISTS, None), b"damaged")
    assert stored.find_lists() == {}
