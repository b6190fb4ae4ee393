"""The windows that a long list is cut into: which are read, and which are dropped."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import BEGINNING, MOST_NUMBERED, SPARE_PAGES
from repo_stats.github.issues.windows import (
    TimeRange,
    absorb,
    find_ends,
    is_cut_by_time,
    list_time_ranges,
    plan_time_ranges,
    rest_of,
)
from repo_stats_tests.helpers.pages import ISSUE_LIST, NOW, head


def before(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def key(hours: float, part: int = 0) -> PageKey:
    return PageKey.window("a/b", before(hours), part)


FIRST = PageKey.window("a/b", BEGINNING)


def reaching(since: datetime, until: datetime | None, *, age: float = 0) -> PageHead:
    """The head of a full window that reaches so far; not full if that is the list's end."""
    known = head(1, age=age, url=ISSUE_LIST.window(since).url)
    is_full = until is not None
    next_url = "https://api.example/next" if is_full else None
    return replace(known, last_updated_at=until, is_full=is_full, next_url=next_url)


@pytest.mark.parametrize(
    ("counter", "keys", "is_cut"),
    [
        (0, [], False),
        (MOST_NUMBERED, [PageKey.numbered("a/b", 1)], False),
        (MOST_NUMBERED + 1, [], True),
        (0, [PageKey.numbered("a/b", 1), key(3)], True),
    ],
)
def test_a_list_is_cut_by_time_if_it_is_longer_than_page_numbers_reach_or_was_so(
    counter: int, keys: list[PageKey], is_cut: bool
) -> None:
    assert is_cut_by_time(replace(ISSUE_LIST, counter=counter), keys) is is_cut


def bounds(counter: int, *keys: PageKey) -> list[tuple[datetime, datetime | None]]:
    ranges = list_time_ranges(replace(ISSUE_LIST, counter=counter), keys)
    return [(each.since, each.until) for each in ranges]


def test_the_stored_windows_and_what_lies_before_them_are_the_ranges_of_a_list() -> None:
    ranges = [(BEGINNING, before(5)), (before(5), before(2)), (before(2), None)]
    assert bounds(300, key(2), key(5), key(5, 1), PageKey.numbered("a/b", 1)) == ranges
    assert bounds(300, FIRST, key(2), key(5)) == ranges
    assert bounds(300) == [(BEGINNING, None)]


def test_windows_are_a_plan_up_to_twice_the_number_that_a_list_can_need() -> None:
    keys = [key(hours) for hours in range(2 * SPARE_PAGES)]
    assert len(bounds(0, *keys)) == 2 * SPARE_PAGES + 1
    assert bounds(0, *keys, key(99)) == [(BEGINNING, None)]


@pytest.mark.parametrize(("counter", "pages"), [(0, 1), (100, 1), (101, 2), (250, 3)])
def test_a_range_takes_as_many_pages_as_the_list_fills(counter: int, pages: int) -> None:
    ranges = list_time_ranges(replace(ISSUE_LIST, counter=counter), [key(2)])
    assert [each.pages for each in ranges] == [pages, pages]


def planned(heads: Mapping[PageKey, PageHead]) -> list[datetime]:
    freshness = Freshness(before(1), revalidate=True)
    ranges = plan_time_ranges(replace(ISSUE_LIST, counter=1_001), heads, freshness, NOW)
    return [each.since for each in ranges]


def test_a_range_needs_a_request_unless_a_fresh_window_reaches_its_end() -> None:
    whole = {
        FIRST: reaching(BEGINNING, before(5)),
        key(5): reaching(before(5), before(2)),
        key(2): reaching(before(2), None),
    }
    assert planned(whole) == []
    assert planned({}) == [BEGINNING]
    assert planned({k: v for k, v in whole.items() if k != FIRST}) == [BEGINNING]
    assert planned({**whole, key(5): reaching(before(5), before(2), age=3601)}) == [before(5)]
    assert planned({**whole, key(5): reaching(before(5), before(2.1))}) == [before(5)]
    assert planned({**whole, key(2): reaching(before(2), before(1))}) == [before(2)]
    assert planned({**whole, FIRST: replace(head(1), last_updated_at=before(5))}) == [BEGINNING]


@pytest.mark.parametrize(
    ("head_", "until", "is_covered"),
    [
        (reaching(BEGINNING, before(5)), before(5), True),
        (reaching(BEGINNING, before(4)), before(5), True),
        (reaching(BEGINNING, before(6)), before(5), False),
        (reaching(BEGINNING, before(5)), None, False),
        (reaching(BEGINNING, None), None, True),
        (reaching(BEGINNING, None), before(5), True),
        (replace(reaching(BEGINNING, before(1)), last_updated_at=None), before(5), False),
    ],
)
def test_a_page_covers_a_range_if_it_reaches_its_end_or_that_of_the_list(
    head_: PageHead, until: datetime | None, is_covered: bool
) -> None:
    assert TimeRange(ISSUE_LIST, BEGINNING, until, 3).is_covered_by(head_) is is_covered


@pytest.mark.parametrize(
    ("since", "until", "is_whole"),
    [(BEGINNING, None, True), (BEGINNING, NOW, False), (NOW, None, False)],
)
def test_a_range_without_bounds_is_the_whole_list(
    since: datetime, until: datetime | None, is_whole: bool
) -> None:
    assert TimeRange(ISSUE_LIST, since, until, 3).is_whole_list is is_whole


@pytest.mark.parametrize(
    ("since", "until", "pages", "reached", "expected"),
    [
        (before(102), before(2), 500, before(98), 24),
        (before(102), before(2), 20, before(98), 20),
        (before(102), None, 500, before(92), 10),
        (before(102), before(2), 500, before(3), 1),
        (before(2), None, 500, NOW, 1),
        (before(2), None, 500, before(-1), 1),
        (BEGINNING, before(2), 500, before(3), 500),
        (BEGINNING, None, 7, before(3), 7),
    ],
)
def test_the_rest_of_a_range_should_have_as_many_pages_as_its_first_page_is_dense(
    since: datetime, until: datetime | None, pages: int, reached: datetime, expected: int
) -> None:
    time_range = TimeRange(ISSUE_LIST, since, until, pages)
    rest = rest_of(time_range, reaching(since, reached), NOW)
    assert rest == TimeRange(ISSUE_LIST, reached, until, expected)
    assert rest.issue_list is ISSUE_LIST


def test_windows_are_dropped_whose_items_the_window_before_them_holds_too() -> None:
    heads = {
        FIRST: reaching(BEGINNING, before(2)),
        key(5): reaching(before(5), before(2)),
        key(2): reaching(before(2), before(1)),
        key(2, 1): reaching(before(2), None),
    }
    assert absorb(heads) == [FIRST, key(2), key(2, 1)]
    assert absorb({**heads, FIRST: reaching(BEGINNING, before(5))}) == list(heads)
    assert absorb({**heads, FIRST: reaching(BEGINNING, before(2.1))}) == list(heads)
    assert absorb({**heads, FIRST: reaching(BEGINNING, None)}) == [FIRST]
    assert absorb({}) == []


def test_a_further_part_of_a_second_is_never_dropped() -> None:
    part = reaching(before(5), before(2))
    heads = {key(5): part, key(5, 1): part, key(2): reaching(before(2), None)}
    assert absorb(heads) == [key(5), key(5, 1), key(2)]


def test_each_window_ends_where_the_next_one_begins_in_the_order_of_time() -> None:
    assert list(find_ends([key(2), FIRST, key(5, 10), key(5, 2), key(5)]).items()) == [
        (FIRST, before(5)),
        (key(5), before(2)),
        (key(5, 2), before(2)),
        (key(5, 10), before(2)),
        (key(2), None),
    ]
    mixed = find_ends([key(2), PageKey.numbered("a/b", 1), key(1)])
    assert [*mixed.values()] == [None, before(1), None]
    numbered = [PageKey.numbered("a/b", number) for number in (2, 1)]
    assert list(find_ends(numbered).items()) == [(numbered[1], None), (numbered[0], None)]
