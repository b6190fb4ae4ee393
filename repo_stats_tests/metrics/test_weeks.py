"""Calendar weeks."""

from datetime import date, datetime, timezone

import pytest

from repo_stats.metrics.weeks import Week

MONDAY = date(2026, 11, 16)


@pytest.mark.parametrize("day", [16, 19, 22])
def test_a_week_has_the_days_from_monday_to_sunday(day: int) -> None:
    assert Week.of(date(2026, 11, day)) == Week(MONDAY)
    assert Week(MONDAY).sunday == date(2026, 11, 22)
    assert Week.of(date(2026, 11, 23)) != Week(MONDAY)


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        (datetime(2026, 11, 22, 23, 59, 59, tzinfo=timezone.utc), date(2026, 11, 9)),
        (datetime(2026, 11, 23, tzinfo=timezone.utc), MONDAY),
    ],
)
def test_a_week_is_complete_when_its_sunday_is_over(now: datetime, monday: date) -> None:
    assert Week.last_complete(now) == Week(monday)


def test_a_week_begins_and_ends_at_midnight() -> None:
    week = Week(MONDAY)
    assert week.begin == datetime(2026, 11, 16, tzinfo=timezone.utc)
    assert week.end == datetime(2026, 11, 23, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("monday", "text"),
    [
        (MONDAY, "16 to 22 November 2026"),
        (date(2026, 11, 30), "30 November to 6 December 2026"),
        (date(2026, 12, 28), "28 December 2026 to 3 January 2027"),
    ],
)
def test_a_week_is_written_without_saying_a_month_or_year_twice(monday: date, text: str) -> None:
    assert str(Week(monday)) == text
