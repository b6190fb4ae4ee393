"""Growth and course of the stars, counted by hand from what was seen and from what was given."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from repo_stats.metrics.stars import DAILY, find_growth_base, stars_growth, trace_stars
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import REPO_HISTORY, STAR_DAYS
from repo_stats_tests.helpers.rows import NOW, history_of, stars_given, statistics

DAY = timedelta(days=1)

MIDNIGHT = NOW.replace(hour=0)


def given_on(stars: dict[int, int], repo_id: int = 1) -> pa.Table:
    """Rows of `star_days`: the stars given so many days ago."""
    return to_arrow(STAR_DAYS, stars_given(stars, repo_id=repo_id))


def row_of(**changes: object) -> dict[Any, Any]:
    return statistics(**changes).to_dict("records")[0]


def seen(*days: tuple[float, int]) -> pa.Table:
    """Rows of `repo_history`: the stars seen so many days ago."""
    rows = [statistics(snapshot_at=NOW - ago * DAY, stars=stars) for ago, stars in days]
    return to_arrow(REPO_HISTORY, history_of(*rows))


def course(given: pa.Table, seen_on: list[int] | None = None, **row: object) -> dict[date, int]:
    """The course of the stars by day; days are seen so many days ago."""
    today = (NOW.date() - date(1970, 1, 1)).days
    days, stars = trace_stars(
        given, row_of(**row), np.array([today - ago for ago in seen_on or []], dtype=np.int64)
    )
    dates = [date(1970, 1, 1) + timedelta(int(day)) for day in days]
    return dict(zip(dates, stars.tolist(), strict=True))


def test_growth_is_told_from_the_last_row_that_is_old_enough() -> None:
    history = seen((40, 10), (31, 20), (29, 30), (7, 40), (6, 50), (0, 55))
    row = row_of(stars=55)
    assert [stars_growth(row, history, None, days) for days in (7, 30)] == [15, 35]
    assert stars_growth(row, history.slice(4), None, 7) is None
    assert stars_growth(row, None, None, 7) is None


def test_where_the_history_is_too_short_growth_is_what_was_given_and_is_held() -> None:
    row, given = row_of(stars=100), given_on({400: 60, 30: 8, 29: 4, 7: 2, 6: 5, 0: 1})
    assert [stars_growth(row, None, given, days) for days in (7, 30)] == [6, 12]
    fell = seen((8, 110), (0, 100))
    assert [stars_growth(row, fell, given, days) for days in (7, 30)] == [-10, 12]
    assert stars_growth(row, None, given.slice(0, 1), 7) == 0


def test_days_of_another_repository_tell_nothing() -> None:
    row = row_of(stars=100, repo_id=2)
    assert stars_growth(row, None, given_on({1: 5}), 7) is None
    assert stars_growth(row, None, given_on({}), 7) is None
    both = pa.concat_tables([given_on({1: 5}), given_on({2: 7}, repo_id=2)])
    assert stars_growth(row, None, both, 7) == 7


@pytest.mark.parametrize(
    ("history", "given", "until"),
    [
        (None, None, None),
        (None, {900: 1}, None),
        (None, {900: 1, 6: 1, 3: 1}, MIDNIGHT + DAY),
        (None, {900: 1, 3: 1}, MIDNIGHT + 4 * DAY),
        ([(6, 5), (0, 5)], None, NOW + DAY),
        ([(6, 5), (0, 5)], {6: 1}, MIDNIGHT + DAY),
        ([(6.9, 5), (0, 5)], {6: 1}, NOW + 0.1 * DAY),
        ([(8, 5), (6, 5), (0, 5)], {6: 1}, NOW + DAY),
    ],
)
def test_growth_holds_until_it_counts_from_another_row_or_day(
    history: list[tuple[float, int]] | None,
    given: dict[int, int] | None,
    until: datetime | None,
) -> None:
    past = None if history is None else seen(*history)
    days = None if given is None else given_on(given)
    base, found = find_growth_base(row_of(stars=50), past, days, 7)
    assert found == until
    if until is not None:  # right before it nothing is different, and then another day counts
        later = row_of(stars=50, snapshot_at=until - timedelta(microseconds=1))
        assert find_growth_base(later, past, days, 7)[0] == base


def test_a_course_goes_from_the_day_before_the_first_star_to_the_counter() -> None:
    assert course(given_on({4: 3, 2: 1}), stars=4) == {
        date(2026, 11, 18): 0,
        date(2026, 11, 19): 3,
        date(2026, 11, 20): 3,
        date(2026, 11, 21): 4,
        date(2026, 11, 22): 4,
        date(2026, 11, 23): 4,
    }
    assert course(given_on({0: 3}), stars=3) == {date(2026, 11, 22): 0, date(2026, 11, 23): 3}
    assert course(given_on({}), stars=3) == {}
    assert course(given_on({1: 3}), stars=3, repo_id=2) == {}


@pytest.mark.parametrize(
    ("counter", "values"),
    [
        (103, [3, 103, 103]),  # three are not listed
        (105, [5, 105, 105]),
        (130, [5, 105, 130]),  # more than that were given since
        (98, [0, 100, 98]),  # two were taken back since
    ],
)
def test_the_last_day_meets_the_counter_and_what_is_unlisted_is_the_base(
    counter: int, values: list[int]
) -> None:
    assert list(course(given_on({1: 100}), stars=counter).values()) == values


def test_of_a_large_counter_one_in_a_hundred_may_be_unlisted() -> None:
    given = given_on({1: 10_000})
    assert list(course(given, stars=10_101).values())[:2] == [101, 10_101]
    assert list(course(given, stars=10_200).values()) == [102, 10_102, 10_200]


def test_a_day_that_is_ahead_of_the_last_refresh_is_the_last() -> None:
    assert max(course(given_on({9: 1, -1: 2}), stars=3)) == date(2026, 11, 24)


def test_fifteen_years_have_a_point_each_day_of_the_last_two_and_each_sunday_before() -> None:
    whole = course(given_on(dict.fromkeys(range(5_478, -1, -1), 2)), [4_000, 3], stars=10_958)
    days = sorted(whole)
    assert (days[0], whole[days[0]]) == ((NOW - 5_479 * DAY).date(), 0)
    assert (days[-1], whole[days[-1]]) == (NOW.date(), 10_958)
    recent = [day for day in days if day > NOW.date() - timedelta(days=DAILY)]
    assert len(recent) == DAILY
    [seen_day] = [day for day in days[1:-DAILY] if day.weekday() != 6]
    assert whole[seen_day] == 2 * (5_479 - 4_000)
    assert len(days) == 1 + 678 + 1 + DAILY
    assert [whole[day] for day in days] == [2 * (5_479 - (NOW.date() - day).days) for day in days]


def test_days_may_come_in_any_order() -> None:
    given = given_on({4: 3, 2: 1})
    turned = given.take([1, 0])
    assert course(turned, stars=4) == course(given, stars=4)
    assert stars_growth(row_of(), None, turned, 3) == 1


def test_days_seen_before_the_first_star_have_none() -> None:
    found = course(given_on({2: 1}), [9, 0], stars=1)
    assert found[(NOW - 9 * DAY).date()] == 0
    assert isinstance(found[(NOW - 9 * DAY).date()], int)
    assert len(found) == 5
    assert pd.Series(found).is_monotonic_increasing
