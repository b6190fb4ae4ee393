"""Settling a long list that changed while it was read: each way an item can be missed or found."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from repo_stats.github.issues import settling
from repo_stats.github.issues.changes import iterate_changes
from repo_stats.github.issues.page_reader import PageResult
from repo_stats.github.issues.requests import BEGINNING
from repo_stats.github.issues.settling import SettledList, Settlement
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.parsing import IssueRow
from repo_stats_tests.helpers.scripted_lists import ScriptedLists, at, item

BEGINS = (BEGINNING, at(3), at(5))
"""Where the windows begin of a list of six items, each updated in the second that its id says."""

Changes = list[list[dict[str, Any]]]

Happenings = Mapping[int, Mapping[int, int | None]]
"""By a request: the items that are touched before it, and when; None if they leave the list. 0 is
the request for the second window, 1 the one for the changes. The items are counted meanwhile."""


class Scene:
    """A list that is read as three windows of three items a page, and then settled.

    Args:
        changes: what each reading of the list of changes gives; the last one is given again.
        happens: what happens meanwhile.
    """

    def __init__(self, changes: Changes, happens: Happenings | None = None) -> None:
        self.lists = ScriptedLists({number: number for number in range(1, 7)}, per_page=3)
        self.read: list[PageResult] = []
        self._changes, self._happens = changes, happens or {}
        self.settled = self.lists.read(self._settle)

    async def _settle(self, reader: ListReader) -> SettledList:
        for place, begin in enumerate(BEGINS):
            result = await reader.pages.read(reader.issue_list.window(begin))
            head = replace(result.head, served_at=at(100 + place))
            self.lists.store.stored[result.key] = head
            self.read.append(replace(result, head=head))
            if place == 0:
                self._let_happen(0)
        self.lists.asked.clear()
        self.lists.changes = self._changes
        self.lists.before = self._let_happen
        return await Settlement(reader, self.read).settle()

    def _let_happen(self, number: int) -> None:
        for touched, second in self._happens.get(number, {}).items():
            self.lists.listed.pop(touched, None)
            if second is not None:
                self.lists.listed[touched] = second

    @property
    def outcome(self) -> tuple[bool, int, set[int], set[int]]:
        """Whether it is exact, the rounds, and the ids of touched and of vanished items."""
        done = self.settled
        return done.is_exact, done.rounds, {*done.touched}, {*done.vanished}


def test_a_list_that_is_still_is_proved_by_its_changes_a_count_and_its_end() -> None:
    scene = Scene([[]])
    assert scene.outcome == (True, 1, set(), set())
    assert scene.lists.asked_for("since") == ["2026-11-23T12:01:38Z", None, "2026-11-23T12:00:05Z"]
    assert scene.lists.asked_for("page") == [None, "2", None]
    assert scene.lists.statuses[3:] == [200, 200, 304]


def test_only_the_window_that_was_asked_for_again_has_later_times() -> None:
    scene = Scene([[]])
    first, second, end = scene.settled.windows
    assert [first, second] == scene.read[:2]
    assert end.key == scene.read[2].key
    assert end.head.validated_at > scene.read[2].head.answered_at
    assert scene.lists.store.stored[end.key] == end.head


def test_a_window_that_changed_stays_as_it_was_read() -> None:
    scene = Scene([[item(9, 101)], [item(9, 101), item(2, 102)]], {2: {2: 102, 9: 101}})
    assert scene.settled.windows[0] == scene.read[0]
    assert scene.lists.store.stored[scene.read[0].key].updates.keys() == {1, 2, 3}


def test_an_item_that_was_touched_is_as_the_list_of_changes_has_it_and_is_not_searched_for() -> (
    None
):
    scene = Scene([[item(2, 101, "closed")]], {1: {2: None}})
    assert scene.outcome == (True, 1, {2}, set())
    assert scene.settled.touched[2]["state"] == "closed"
    # The items are counted once more, but no window but the last is asked for again.
    assert scene.lists.asked_for("page") == [None, "2", None, "2", None]


def test_an_item_that_leaves_after_the_count_and_before_the_changes_are_read_is_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The count is asked for with the list of changes: it may come first."""

    async def read_late(reader: ListReader, since: datetime) -> AsyncIterator[IssueRow]:
        for _ in range(100):
            await asyncio.sleep(0)
        async for row in iterate_changes(reader, since):
            yield row

    monkeypatch.setattr(settling, "iterate_changes", read_late)
    scene = Scene([[OTHER]], {3: {2: None, 9: 101}})
    assert scene.lists.asked_for("state")[:3] == ["open", "open", "all"]
    assert scene.outcome == (True, 2, {9}, {2})


OTHER = item(9, 101)
"""An item that was opened while the windows were read: the list of changes is not empty."""

WAYS: dict[str, tuple[Changes, Happenings, Any]] = {
    "touched after the moment": (
        [[OTHER], [OTHER, item(2, 102)]],
        {2: {2: 102, 9: 101}},
        (True, 1, {9}, set()),
    ),
    "closed, but the first list of changes was empty": (
        [[], [item(2, 102, "closed")]],
        {2: {2: None}},
        (True, 2, {2}, set()),
    ),
    "gone": ([[]], {2: {2: None}}, (True, 2, set(), {2})),
    "gone while other items are touched": ([[OTHER]], {2: {2: None}}, (True, 2, {9}, {2})),
    "gone, and then touched: it was there": (
        [[OTHER], [OTHER], [OTHER, item(2, 110)]],
        {2: {2: None}},
        (True, 2, {9}, set()),
    ),
    "missed once, and then found": (
        [[]],
        {2: {2: None}, 7: {2: 2}},
        (True, 2, set(), set()),
    ),
    "unknown": ([[]], {2: {7: 7}}, (False, 1, set(), set())),
    "unknown, but touched after the moment": (
        [[OTHER], [OTHER, item(7, 7)]],
        {2: {7: 7, 9: 101}},
        (True, 1, {9}, set()),
    ),
    "unknown and touched, but the first list of changes was empty": (
        [[], [item(7, 7)]],
        {2: {7: 7}},
        (True, 2, {7}, set()),
    ),
    "gone before its window was read, and only behind the end of another": (
        [[]],
        {0: {3: None}},
        (True, 1, set(), set()),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_item_that_is_missed_or_found_is_explained_or_the_list_is_not_exact(way: str) -> None:
    changes, happens, expected = WAYS[way]
    assert Scene(changes, happens).outcome == expected


def test_a_list_that_loses_an_item_in_every_round_counts_as_too_restless_after_four() -> None:
    scene = Scene([[]], {2: {1: None}, 7: {2: None}, 12: {3: None}, 17: {4: None}, 22: {5: None}})
    assert scene.outcome == (False, 4, set(), {1, 2, 3, 4})


@pytest.mark.parametrize(
    ("touched", "asked_again"), [((3, 4, 5), [at(3), at(5)]), ((4, 5, 6), [at(3), at(5)])]
)
def test_the_last_window_with_an_untouched_item_and_all_without_are_asked_for_again(
    touched: tuple[int, ...], asked_again: list[datetime]
) -> None:
    changes = [item(number, 100 + number) for number in touched]
    scene = Scene([changes], {1: {number: 100 + number for number in touched}})
    assert scene.outcome == (True, 1, {*touched}, set())
    asked = scene.lists.asked_for("since")[4:]
    assert asked == [f"{begin:%Y-%m-%dT%H:%M:%SZ}" for begin in asked_again]


def test_a_window_is_asked_for_once_in_a_round_though_it_is_in_doubt_and_at_the_end() -> None:
    asked = Scene([[]], {2: {2: None}}).lists.asked_for("since")
    assert asked[2:5] == ["2026-11-23T12:00:05Z", None, "2026-11-23T12:00:03Z"]
    assert asked[5] == "2026-11-23T12:01:38Z"


def test_of_a_list_whose_items_were_all_touched_every_window_is_asked_for_again() -> None:
    changes = [item(number, 101, "closed") for number in range(1, 7)]
    scene = Scene([changes], {1: dict.fromkeys(range(1, 7))})
    assert scene.outcome == (True, 1, {1, 2, 3, 4, 5, 6}, set())
    assert scene.lists.asked_for("since")[4:] == [
        None,
        "2026-11-23T12:00:03Z",
        "2026-11-23T12:00:05Z",
    ]
