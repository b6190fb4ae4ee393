"""The list of changes: read to its end, asked for again where it is empty, and left if endless."""

from typing import Any

import pytest

from repo_stats.github.errors import EndlessListError
from repo_stats.github.issues.changes import iterate_changes, read_highest_number
from repo_stats.github.issues.walk import ListReader
from repo_stats_tests.helpers.scripted_lists import ScriptedLists, at, item


def read(lists: ScriptedLists, **options: Any) -> list[tuple[int, int]]:
    """The changes since noon: ids, and seconds after noon."""

    async def collect(reader: ListReader) -> list[tuple[int, int]]:
        changes = iterate_changes(reader, at(0), **options)
        return [(row["id"], (row["updated_at"] - at(0)).seconds) async for row in changes]

    return lists.read(collect)


def repeated(*numbers: int, pages: int) -> list[dict[str, Any]]:
    """The changes of items that are touched again and again, on so many pages of two."""
    return [item(numbers[place % len(numbers)], place) for place in range(2 * pages)]


def test_all_pages_are_read_and_an_item_that_is_touched_meanwhile_comes_again() -> None:
    lists = ScriptedLists({1: 10, 2: 20, 3: 30, 4: -1})
    lists.before = lambda number: lists.listed.update({1: 40} if number == 2 else {})
    assert read(lists) == [(1, 10), (2, 20), (1, 40)]
    assert lists.asked_for("since") == ["2026-11-23T12:00:00Z"] * 2
    assert lists.asked_for("state") == ["all"] * 2


@pytest.mark.parametrize(("options", "requests"), [({}, 1), ({"is_expected": True}, 2)])
def test_an_empty_list_is_asked_for_again_after_a_pause_only_if_items_are_expected(
    options: dict[str, bool], requests: int
) -> None:
    lists = ScriptedLists({})
    lists.before = lambda number: lists.listed.update({1: 10} if number == 2 else {})
    assert read(lists, **options) == [(1, 10)][: requests - 1]
    assert lists.paused == [5.0] * (requests - 1)


def test_an_empty_page_behind_another_is_asked_for_again() -> None:
    lists = ScriptedLists({number: number for number in range(1, 4)})
    full = dict(lists.listed)

    def lose_once(number: int) -> None:
        lists.listed = {} if number == 2 else dict(full)

    lists.before = lose_once
    assert read(lists) == [(1, 1), (2, 2), (3, 3)]
    assert (len(lists.asked), lists.paused) == (3, [5.0])


@pytest.mark.parametrize(("numbers", "highest"), [((), 0), ((3, 7), 7)])
def test_the_highest_number_is_that_of_the_newest_item(
    numbers: tuple[int, ...], highest: int
) -> None:
    lists = ScriptedLists({number: number for number in numbers})
    assert lists.read(read_highest_number, state="open") == highest
    assert [lists.asked_for(name) for name in ("state", "sort", "per_page")] == [
        ["all"],
        ["created"],
        ["1"],
    ]


def test_a_list_of_changes_longer_than_all_items_could_be_is_left() -> None:
    lists = ScriptedLists({1: 0, 2: 0}, [repeated(1, 2, pages=30)])
    with pytest.raises(EndlessListError, match="changes of a/b goes on after 23 pages"):
        read(lists)
    assert lists.asked_for("direction").count("desc") == 1


@pytest.mark.parametrize(
    ("newest", "changes"),
    [
        (50, repeated(1, 2, pages=30)),
        (2, [item(50, 0), *repeated(1, 2, pages=30)]),
        (2, [item(1, 0), item(50, 0), *repeated(1, 2, pages=30)]),
    ],
)
def test_changes_go_on_as_long_as_the_newest_item_or_any_that_was_read_allows(
    newest: int, changes: list[dict[str, Any]]
) -> None:
    lists = ScriptedLists({newest: 0}, [changes])
    assert len(read(lists)) == len(changes)
    assert lists.asked_for("direction").count("desc") == 1


def test_the_newest_item_is_not_asked_for_while_the_counter_allows_as_many_pages() -> None:
    lists = ScriptedLists({}, [repeated(1, 2, pages=21)])
    assert len(read(lists)) == 42
    assert "desc" not in lists.asked_for("direction")
