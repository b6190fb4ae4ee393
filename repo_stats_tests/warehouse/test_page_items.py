"""The items of stored pages: which belong to a page, and pages that are gone or replaced."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from repo_stats.github.issues.pages import Page, PageKey, hash_rows
from repo_stats.github.parsing import parse_issues
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import ALL_ITEMS_FOLDER, LostPageError, PageFolder
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats_tests.helpers.pages import head
from repo_stats_tests.helpers.scripted_lists import at, item

FIRST, SECOND = PageKey.numbered("a/b", 1), PageKey.numbered("a/b", 2)


def page(*numbers: int) -> Page:
    """A page of items that were updated as many seconds after noon as their ids say."""
    rows = parse_issues([item(number, number) for number in numbers], "a/b", 7)
    return Page(replace(head(1, rows=len(rows)), content_hash=hash_rows(rows)), rows)


def store(files: Files, **pages: Page) -> PageFolder:
    folder = PageFolder(files)
    for key, each in zip((FIRST, SECOND), pages.values(), strict=False):
        folder.write(key, each)
    return folder


@pytest.mark.parametrize(
    ("end", "ids"),
    [(None, [1, 2, 3]), (at(4), [1, 2, 3]), (at(3), [1, 2]), (at(2.5), [1, 2]), (at(1), [])],
)
def test_items_from_the_end_of_a_window_on_belong_to_the_next_one(
    files: Files, end: datetime | None, ids: list[int]
) -> None:
    first = page(1, 2, 3)
    items = store(files, first=first).read_items({FIRST: first.head}, {FIRST: end})
    assert items["id"].to_pylist() == ids


def test_items_are_in_the_order_of_the_pages_that_are_asked_for(files: Files) -> None:
    first, second = page(5, 6), page(1, 2)
    folder = store(files, first=first, second=second)
    heads = {SECOND: second.head, FIRST: first.head}
    items = folder.read_items(heads, {FIRST: None, SECOND: at(2)})
    assert items["id"].to_pylist() == [1, 5, 6]
    empty = folder.read_items({}, {})
    assert (empty.num_rows, empty.column_names) == (0, OPEN_ISSUES.names)


def test_a_page_that_another_run_replaced_meanwhile_is_not_used_and_stays(files: Files) -> None:
    old, new = page(1, 2), page(1, 3)
    folder = store(files, first=new)
    with pytest.raises(LostPageError) as error:
        folder.read_items({FIRST: old.head}, {FIRST: None})
    assert str(error.value) == (
        "Another run replaced the stored page a/b/0001 while it was in use; the next attempt takes "
        "what is there now."
    )
    assert error.value.may_pass
    assert folder.head(FIRST) == new.head


def test_a_page_that_another_run_confirmed_meanwhile_is_the_same(files: Files) -> None:
    first = page(1, 2)
    folder = store(files, first=first)
    folder.confirm(FIRST, first.head, replace(first.head, validated_at=at(99)))
    items = folder.read_items({FIRST: first.head}, {FIRST: None})
    assert items["id"].to_pylist() == [1, 2]


def test_a_page_that_is_gone_is_fetched_again_and_one_that_is_damaged_is_removed(
    files: Files,
) -> None:
    first = page(1, 2)
    folder = store(files, first=first)
    gone = {SECOND: first.head}
    with pytest.raises(LostPageError) as error:
        folder.read_items(gone, {SECOND: None})
    assert str(error.value) == (
        "The stored page a/b/0002 was damaged or removed while it was in use; it is fetched again "
        "by the next attempt."
    )
    files.write(folder.path(FIRST), b"damaged")
    with pytest.raises(LostPageError, match="a/b/0001 was damaged"):
        folder.read_items({FIRST: first.head}, {FIRST: None})
    assert folder.keys("a/b") == []


def test_a_page_that_does_not_exist_has_no_head_and_is_not_confirmed(files: Files) -> None:
    folder = PageFolder(files)
    first = page(1)
    folder.confirm(FIRST, first.head, replace(first.head, validated_at=at(99)))
    folder.delete(FIRST)
    assert folder.head(FIRST) is None
    assert (folder.heads("a/b"), folder.keys("a/b")) == ({}, [])


def test_only_files_named_as_pages_are_pages(files: Files) -> None:
    folder = store(files, first=page(1))
    for name in ("0002", "0002.txt", "0000.parquet", "notes.parquet", "0003.parquet.tmp"):
        files.write(f"issue_pages/a/b/{name}", b"x")
    assert folder.keys("a/b") == [FIRST]


def test_the_pages_of_all_items_have_a_folder_of_their_own(files: Files) -> None:
    first = page(1)
    every = PageFolder(files, ALL_ITEMS_FOLDER)
    every.write(FIRST, first)
    assert every.path(FIRST) == "all_issue_pages/a/b/0001.parquet"
    assert every.uri(FIRST).endswith("/all_issue_pages/a/b/0001.parquet")
    assert PageFolder(files).head(FIRST) is None
    assert every.heads("a/b") == {FIRST: first.head}


def test_a_head_that_cannot_be_read_counts_as_none(files: Files) -> None:
    folder = store(files, first=page(1), second=page(2))
    files.write(folder.path(FIRST), b"PAR1 damaged PAR1")
    assert folder.head(FIRST) is None
    assert [*folder.heads("a/b")] == [SECOND]
    later = replace(page(1).head, validated_at=page(1).head.validated_at + timedelta(hours=1))
    folder.confirm(FIRST, page(1).head, later)
    assert files.read(folder.path(FIRST)) == b"PAR1 damaged PAR1"
