"""Weeks of stars: what a page means, what is refused, and how pages join on to stored days."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from repo_stats.github.errors import ContradictoryError
from repo_stats.github.stars.weeks import (
    StarWeek,
    list_days,
    parse_page,
    replace_days,
    require_row,
)

SUNDAY = date(2026, 11, 22)

STAYS = "What is stored stays; a refresh asks again after a day."


def epoch_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=timezone.utc).timestamp())


def told(ago: int = 0, **changes: Any) -> dict[str, Any]:
    """A week as GitHub tells it, a number of weeks before the running one."""
    first_day = SUNDAY - timedelta(weeks=ago)
    return {"week": epoch_of(first_day), "total": 3, "days": [0, 2, 0, 0, 1, 0, 0], **changes}


def week_of(ago: int, *days: int) -> StarWeek:
    return StarWeek(SUNDAY - timedelta(weeks=ago), (days + (0,) * 7)[:7])


def test_a_page_gives_the_first_day_of_each_week_and_its_stars_by_day() -> None:
    assert parse_page([told(), told(1, total=0, days=[0] * 7)], "a/b") == [
        week_of(0, 0, 2, 0, 0, 1),
        week_of(1),
    ]


def test_only_days_with_stars_are_listed_the_oldest_first() -> None:
    weeks = [week_of(0, 4), week_of(1), week_of(2, 0, 0, 0, 0, 0, 0, 7)]
    listed = [(date(2026, 11, 14), 7), (date(2026, 11, 22), 4)]
    assert list(list_days(weeks).items()) == listed


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (told(total=4), "the days of the week of 2026-11-22 add up to 3, and its total is 4"),
        (told(days=[3, 0, 0, 0, 0, 0]), "the week of 2026-11-22 has 6 days"),
        (told(days=[3, 0, 0, 0, 0, 0, 0, 0]), "the week of 2026-11-22 has 8 days"),
        (told(days=[4, -1, 0, 0, 0, 0, 0]), "'days' is below 0"),
        (told(total=-3), "'total' is below 0"),
        (told(week=-604_800), "'week' is below 0"),
        (told(week=2**62), "'week' is too late"),
        (told(week="2026-11-22"), "'week' is a text"),
        (told(days={"0": 3}), "'days' is an object"),
        (told(days=[3.0, 0, 0, 0, 0, 0, 0]), "'days' is no whole number"),
        ({"week": 0, "total": 0}, "no 'days'"),
        (["week"], "a week is no object"),
    ],
)
def test_what_cannot_be_a_week_is_refused_in_a_sentence(item: Any, reason: str) -> None:
    with pytest.raises(ContradictoryError) as raised:
        parse_page([told(1), item], "a/b")
    assert (
        str(raised.value) == f"GitHub's list of the stars of a/b cannot be right: {reason}. {STAYS}"
    )


@pytest.mark.parametrize(
    ("weeks", "reason"),
    [
        ([0, 1, 1, 2], "the week of 2026-11-15 is there twice"),
        ([0, 1, 3], "after the week of 2026-11-15 comes that of 2026-11-01"),
        ([1, 0], "after the week of 2026-11-15 comes that of 2026-11-22"),
    ],
)
def test_a_list_with_a_gap_or_a_week_twice_is_refused(weeks: list[int], reason: str) -> None:
    with pytest.raises(ContradictoryError) as raised:
        require_row([week_of(ago) for ago in weeks], "a/b")
    assert (
        str(raised.value) == f"GitHub's list of the stars of a/b cannot be right: {reason}. {STAYS}"
    )


def test_a_list_without_a_gap_is_accepted() -> None:
    require_row([week_of(ago) for ago in range(5)], "a/b")
    require_row([], "a/b")


def test_weeks_take_the_place_of_what_was_stored_since_then_and_older_days_stay() -> None:
    stored = {
        SUNDAY - timedelta(days=15): 9,
        SUNDAY - timedelta(days=14): 8,
        SUNDAY - timedelta(days=1): 7,
        SUNDAY: 6,
        SUNDAY + timedelta(days=9): 5,
    }
    replaced = replace_days(stored, [week_of(0, 1), week_of(1, 0, 2), week_of(2, 3)])
    assert list(replaced.items()) == [
        (SUNDAY - timedelta(days=15), 9),
        (SUNDAY - timedelta(days=14), 3),
        (SUNDAY - timedelta(days=6), 2),
        (SUNDAY, 1),
    ]
