"""The sync of all items: when nothing, only changes or all is read, and what is known then."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from repo_stats.clock import NEVER
from repo_stats.github.issues.page_reader import PageResult
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.requests import BEGINNING
from repo_stats.github.issues.sync import FULL_READ_AFTER, SyncResult, sync_issues
from repo_stats.github.issues.sync_state import SyncState
from repo_stats.github.issues.walk import ListReader
from repo_stats_tests.helpers.scripted_lists import API, ScriptedLists, at

NOW = at(1_000)

STORED = SyncState(7, API, full_read_at=at(0), complete_until=at(500), validated_at=at(600))


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    """Stop the clock."""
    with time_machine.travel(NOW, tick=False):
        yield


def sync(
    lists: ScriptedLists,
    stored: SyncState | None,
    *,
    since: datetime = NOW,
    revalidate: bool = True,
    now: datetime = NOW,
    **options: Any,
) -> SyncResult:
    return lists.read(
        lambda reader: sync_issues(reader.pages, reader.issue_list, stored, now),
        freshness=Freshness(since, revalidate=revalidate),
        **{"state": "all", **options},
    )


def listed() -> ScriptedLists:
    """Five items, the last one updated 400 seconds after noon."""
    return ScriptedLists({number: 80 * number for number in range(1, 6)})


def test_within_the_maximum_age_nothing_is_read() -> None:
    lists = listed()
    assert sync(lists, STORED, since=at(600)) == SyncResult("fresh", STORED, None, {})
    assert lists.asked == []


@pytest.mark.parametrize(
    ("stored", "options", "mode"),
    [
        (STORED, {}, "increment"),
        (None, {}, "fill"),
        (replace(STORED, repo_id=8), {"since": at(600)}, "fill"),
        (replace(STORED, api_url="https://other.example"), {"since": at(600)}, "fill"),
        (STORED, {"since": at(600), "revalidate": False}, "fill"),
        (replace(STORED, full_read_at=NOW - FULL_READ_AFTER), {}, "full revalidation"),
        (
            replace(STORED, full_read_at=NOW - FULL_READ_AFTER + timedelta(seconds=1)),
            {},
            "increment",
        ),
        (replace(STORED, full_read_at=NOW + timedelta(minutes=2)), {}, "full revalidation"),
        (replace(STORED, validated_at=NOW + timedelta(days=1)), {"since": at(600)}, "increment"),
    ],
)
def test_everything_is_read_if_nothing_is_known_each_week_and_if_it_is_forced(
    stored: SyncState | None, options: dict[str, Any], mode: str
) -> None:
    result = sync(listed(), stored, **options)
    assert result.mode == mode
    assert (result.windows is None) == (mode == "increment")
    assert result.state.validated_at == NOW


def test_changes_are_read_from_a_little_before_what_is_known() -> None:
    lists = listed()
    lists.listed |= {6: 496, 7: 520}
    result = sync(lists, STORED)
    assert lists.asked_for("since") == ["2026-11-23T12:08:15Z"]
    assert {number: row["updated_at"] for number, row in result.changed.items()} == {
        6: at(496),
        7: at(520),
    }
    assert not any("raw" in row for row in result.changed.values())
    assert result.state == replace(STORED, complete_until=at(520), validated_at=NOW)


def test_without_a_change_as_much_is_known_as_before_and_an_empty_list_is_asked_for_twice() -> None:
    lists = listed()
    result = sync(lists, STORED)
    assert (result.changed, result.state) == ({}, replace(STORED, validated_at=NOW))
    assert len(lists.asked) == 2
    assert lists.paused == [5.0]


def test_what_is_said_to_be_known_up_to_a_time_after_now_is_asked_for_from_now() -> None:
    lists = listed()
    result = sync(lists, replace(STORED, complete_until=NOW + timedelta(days=3)))
    assert set(lists.asked_for("since")) == {"2026-11-23T12:16:35Z"}
    assert result.state.complete_until == NOW


def test_a_full_read_knows_all_up_to_the_latest_update_if_nothing_changed_meanwhile() -> None:
    lists = listed()
    result = sync(lists, None)
    assert result.windows is not None
    assert sorted({number for each in result.windows for number in each.head.updates}) == [
        *range(1, 6)
    ]
    assert result.state == SyncState(7, API, NOW, at(400), NOW)
    assert result.changed == {}
    assert lists.asked_for("since")[-1] == "2026-11-23T12:16:35Z"
    assert lists.paused == []


def test_a_full_read_knows_an_item_that_came_behind_its_windows_while_they_were_read() -> None:
    lists = listed()

    def open_late(number: int) -> None:
        if lists.asked[-1].params.get("since") == "2026-11-23T12:16:35Z":
            lists.listed[9] = 997

    lists.before = open_late
    result = sync(lists, None)
    assert result.changed.keys() == {9}
    assert result.state.complete_until == at(997)


def _read_window(begin: datetime) -> Callable[[ListReader], Awaitable[PageResult]]:
    return lambda reader: reader.pages.read(reader.issue_list.window(begin))


def test_a_full_read_is_as_old_as_the_window_that_was_read_longest_ago() -> None:
    lists = ScriptedLists({number: number - 900_000 for number in range(1, 5)}, per_page=3)
    for days, begin in ((6, BEGINNING), (5, at(3 - 900_000))):
        with time_machine.travel(NOW - timedelta(days=days), tick=False):
            lists.read(_read_window(begin), state="all")
    result = sync(lists, None)
    assert result.windows is not None
    assert len(result.windows) == 2
    assert result.state.full_read_at == NOW - timedelta(days=6)
    assert lists.asked_for("since")[-1] == "2026-11-17T12:16:35Z"


def test_a_forced_read_asks_for_every_window_in_full_whatever_is_stored() -> None:
    lists = listed()
    with time_machine.travel(NOW - timedelta(seconds=1), tick=False):
        sync(lists, None)
    stored = len(lists.statuses)
    sync(lists, STORED, revalidate=False)
    assert lists.statuses[stored:] == [200] * stored


def test_a_repository_without_items_is_known_up_to_the_beginning_of_the_read() -> None:
    assert sync(ScriptedLists({}), None).state.complete_until == NOW - timedelta(seconds=5)


def test_a_list_is_cut_by_the_number_of_its_newest_item_if_the_counter_knows_less() -> None:
    few, many = ScriptedLists({1: 80, 2: 160, 3: 240}), ScriptedLists({1: 80, 2: 160, 3_000: 240})
    sync(few, None, counter=2)
    sync(many, None, counter=2)
    assert few.asked[0].params["direction"] == many.asked[0].params["direction"] == "desc"
    assert few.asked[0].params["state"] == "all"
    assert (few.places, many.places) == (0, 2)


@pytest.mark.parametrize(
    ("age", "stored", "is_read"),
    [
        (timedelta(days=6), None, False),
        (timedelta(days=8), None, True),
        (timedelta(days=6), replace(STORED, full_read_at=NOW - timedelta(days=13.5)), False),
        (timedelta(days=6.7), replace(STORED, full_read_at=NOW - timedelta(days=13.5)), True),
        (timedelta(days=6), replace(STORED, full_read_at=NOW - timedelta(days=12.5)), True),
        (timedelta(days=5), replace(STORED, full_read_at=NOW - timedelta(days=12.5)), False),
    ],
)
def test_a_full_read_that_was_interrupted_within_the_week_goes_on(
    age: timedelta, stored: SyncState | None, is_read: bool
) -> None:
    lists = ScriptedLists({1: -9_000_000})
    with time_machine.travel(NOW - age, tick=False):
        lists.read(lambda reader: reader.read_windows(), state="all")
    before = lists.asked.copy()
    result = sync(lists, stored)
    assert result.windows is not None
    assert (lists.statuses[len(before) :].count(304) == 1) == is_read
    assert result.state.full_read_at == (NOW if is_read else NOW - age)


def test_the_first_window_of_all_has_no_bound() -> None:
    result = sync(listed(), None)
    assert result.windows is not None
    assert result.windows[0].key.since == BEGINNING
    assert result.state.full_read_at > NEVER
