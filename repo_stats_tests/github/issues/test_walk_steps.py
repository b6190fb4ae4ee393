"""A walk through a list, step by step: where it goes on, what it doubts, and where it ends."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest

from repo_stats.github.errors import EndlessListError, PermanentError
from repo_stats.github.http.headers import Quota
from repo_stats.github.issues.bounds import NewItems
from repo_stats.github.issues.page_reader import PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import BEGINNING
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.issues.windows import TimeRange
from repo_stats_tests.helpers.pages import NOW
from repo_stats_tests.helpers.scripted_lists import ScriptedLists, at


def ids(results: list[PageResult]) -> list[list[int]]:
    return [[*result.head.updates] for result in results]


def walk(lists: ScriptedLists, **options: Any) -> list[PageResult]:
    return lists.read(lambda reader: reader.read_to_end(), **options)


def windows(lists: ScriptedLists, **options: Any) -> list[PageResult]:
    return lists.read(lambda reader: reader.read_windows(), **options)


def lose(lists: ScriptedLists, is_lost: Callable[[int], bool]) -> None:
    """Let the answers to some requests be empty."""
    full = dict(lists.listed)

    def before(number: int) -> None:
        lists.listed = {} if is_lost(number) else dict(full)

    lists.before = before


def test_pages_are_read_until_one_is_not_full_or_empty_behind_a_full_one() -> None:
    three, four = ScriptedLists({1: 1, 2: 2, 3: 3}), ScriptedLists({1: 1, 2: 2, 3: 3, 4: 4})
    assert ids(walk(three)) == [[1, 2], [3]]
    assert ids(walk(four)) == [[1, 2], [3, 4], []]
    assert four.paused == []


@pytest.mark.parametrize(
    ("empty", "paused"), [((2,), []), ((3,), []), ((2, 3), [5.0]), ((3, 4), [5.0])]
)
def test_an_empty_page_is_asked_for_again_if_the_page_before_has_just_had_a_next_one(
    empty: tuple[int, ...], paused: list[float]
) -> None:
    lists = ScriptedLists({place: place for place in range(1, 6)})
    lose(lists, lambda asked: asked in empty)
    assert ids(walk(lists)) == [[1, 2], [3, 4], [5]]
    assert len(lists.asked) == 3 + len(empty)
    assert lists.paused == paused


def test_an_empty_page_behind_one_that_was_read_long_before_is_believed() -> None:
    lists = ScriptedLists({1: 1, 2: 2, 3: 3})
    first, _ = walk(lists)
    old = timedelta(seconds=6)
    lists.store.stored = {first.key: replace(first.head, fetched_at=first.head.fetched_at - old)}
    lose(lists, lambda asked: asked == 4)
    assert ids(walk(lists)) == [[1, 2], []]
    assert lists.statuses[2:] == [304, 200]


def test_a_list_is_read_as_windows_if_it_is_long_or_windows_of_it_are_stored() -> None:
    lists = ScriptedLists({1: 1, 2: 2, 3: 3})
    assert [result.key.number for result in walk(lists)] == [1, 2]
    assert {result.key.number for result in walk(lists, counter=1_001)} == {None}
    assert {result.key.number for result in walk(lists)} == {None}


def test_a_part_is_a_page_by_its_number_or_a_range_of_time() -> None:
    lists = ScriptedLists({1: 1, 2: 2, 3: 3, 4: 4})

    async def work(reader: ListReader) -> list[list[PageResult]]:
        time_range = TimeRange(reader.issue_list, at(2), None, 9)
        return [await reader.read(reader.issue_list.numbered(2)), await reader.read(time_range)]

    page, ranges = lists.read(work)
    assert [result.key for result in page] == [PageKey.numbered("a/b", 2)]
    assert ids(page) == [[3, 4]]
    assert sorted({number for part in ids(ranges) for number in part}) == [2, 3, 4]
    assert ranges[0].key == PageKey.window("a/b", at(2))


def test_more_items_of_one_second_than_fit_a_page_are_read_by_the_cursor() -> None:
    lists = ScriptedLists({**dict.fromkeys(range(1, 6), 10), 6: 20})
    found = windows(lists)
    assert [result.key.part for result in found] == [0, 0, 1, 2, 0]
    assert ids(found) == [[1, 2], [1, 2], [3, 4], [5, 6], [6]]
    assert len(lists.asked) == 5


def test_an_unchanged_full_page_of_one_second_may_have_a_next_one_by_now() -> None:
    lists = ScriptedLists({1: 10, 2: 10})
    assert ids(windows(lists)) == [[1, 2], [1, 2]]
    lists.listed[3] = 10
    assert ids(windows(lists)) == [[1, 2], [1, 2], [3]]


def test_a_range_is_left_where_the_next_one_begins() -> None:
    lists = ScriptedLists({number: number for number in range(1, 9)})

    async def work(reader: ListReader) -> list[PageResult]:
        return await reader.read(TimeRange(reader.issue_list, at(2), at(5), 9))

    results = lists.read(work)
    assert {number for part in ids(results) for number in part} == {2, 3, 4, 5}
    assert max(result.key.since or BEGINNING for result in results) < at(5)


@pytest.mark.parametrize(
    ("counter", "has_issues", "pauses"), [(1, True, 1), (0, True, 0), (1, False, 0)]
)
def test_a_list_of_one_empty_window_is_asked_for_again_if_there_should_be_items(
    counter: int, has_issues: bool, pauses: int
) -> None:
    lists = ScriptedLists({1: 1})
    lose(lists, lambda asked: asked == 1)
    found = windows(lists, counter=counter, has_issues=has_issues)
    assert ids(found) == [[1]] * pauses + [[]] * (1 - pauses)
    assert lists.paused == [5.0] * pauses


def test_one_empty_window_among_others_is_asked_for_again_in_full() -> None:
    lists = ScriptedLists({number: number for number in range(1, 4)}, per_page=3)
    before = windows(lists)
    lists.listed |= {4: 4}
    assert ids(windows(lists)) == [[1, 2, 3], [3, 4]]
    assert len(before) == 2
    end = PageKey.window("a/b", at(3))
    lists.store.delete(end)
    asked = len(lists.asked)
    lose(lists, lambda number: number == asked + 2)
    assert ids(windows(lists)) == [[1, 2, 3], [3, 4]]
    assert lists.paused == [5.0]


def test_an_empty_window_that_was_confirmed_is_believed() -> None:
    lists = ScriptedLists({})
    windows(lists)
    assert ids(windows(lists, counter=1)) == [[]]
    assert (lists.statuses, lists.paused) == ([200, 304], [])


class Repeating(ScriptedLists):
    """Gives the same page again and again, with a next one."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = super().__call__(request.__class__("GET", request.url.copy_remove_param("page")))
        response.headers["link"] = f'<{request.url}&after=x>; rel="next"'
        return response


def test_of_a_list_without_an_end_only_what_was_stored_before_is_kept() -> None:
    lists = Repeating({1: 1, 2: 2})
    lists.read(lambda reader: reader.pages.read(reader.issue_list.numbered(1)))
    with pytest.raises(EndlessListError, match="brought no new item"):
        walk(lists)
    assert [*lists.store.stored] == [PageKey.numbered("a/b", 1)]
    assert len(lists.asked) == 3


def test_a_reader_since_a_moment_revalidates_all_that_is_older() -> None:
    lists = ScriptedLists({1: 1})

    async def work(reader: ListReader) -> None:
        await reader.read_to_end()
        await reader.read_to_end()
        await reader.since(datetime.now(timezone.utc)).read_to_end()

    lists.read(work)
    assert lists.statuses == [200, 304]


def test_after_a_page_that_a_list_may_not_take_no_other_part_of_it_is_requested() -> None:
    lists = ScriptedLists({number: number for number in range(1, 61)})

    async def work(reader: ListReader) -> list[list[PageResult] | BaseException]:
        client = reader.pages.client
        client.usage.quota = Quota(5_000, 0, NOW)
        client.in_flight = 1  # one part after another
        parts = [reader.issue_list.numbered(number) for number in range(1, 31)]
        return await asyncio.gather(*map(reader.read, parts), return_exceptions=True)

    outcomes = lists.read(work)
    assert lists.asked_for("page") == [str(number) for number in range(1, 22)]
    refusals = [str(outcome) for outcome in outcomes if isinstance(outcome, PermanentError)]
    assert len(refusals) == 10
    [refusal] = set(refusals)
    assert refusal.startswith("The list of a/b has taken 21 requests, more than the 0 that are")


def test_after_one_part_of_a_list_was_found_to_have_no_end_no_other_part_is_requested() -> None:
    lists = ScriptedLists({1: 1, 2: 2, 3: 3})

    async def work(reader: ListReader) -> BaseException:
        [page] = await reader.read(reader.issue_list.numbered(1))
        seen = NewItems("a/b")
        reader._go_on_after(page, seen)
        with pytest.raises(EndlessListError, match="brought no new item") as first:
            reader._go_on_after(page, seen)
        with pytest.raises(EndlessListError) as again:
            await reader.read(reader.issue_list.numbered(2))
        assert again.value is first.value
        return again.value

    lists.read(work)
    assert lists.asked_for("page") == ["1"]


def test_readers_of_one_list_are_equal_whatever_they_have_read() -> None:
    async def work(reader: ListReader) -> bool:
        return replace(reader, added={PageKey.numbered("a/b", 1)}) == reader

    assert ScriptedLists({}).read(work) is True
