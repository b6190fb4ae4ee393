"""Which weeks of stars a run asks for: the newest once a day, the older ones once a month."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from repo_stats.github.errors import ContradictoryError, PermanentError
from repo_stats.github.stars.reading import Need, StarReading, fail, find_need, miss
from repo_stats.json_codec import from_json, to_json

BEGIN = datetime(2026, 11, 26, 12, 0, tzinfo=timezone.utc)

HOUR, DAY, SECOND = timedelta(hours=1), timedelta(days=1), timedelta(seconds=1)


def read(asked: timedelta, all_read: timedelta | None = None, **known: object) -> StarReading:
    """A reading of some time ago; all weeks were read then, or earlier."""
    earlier = asked if all_read is None else all_read
    reading = StarReading(BEGIN - asked, read_at=BEGIN - earlier)
    return replace(reading, **known)  # type: ignore[arg-type]


def need_of(known: StarReading | None, *, is_stored: bool = True, force: bool = False) -> Need:
    return find_need(known, BEGIN, BEGIN + HOUR, is_stored=is_stored, force=force)


@pytest.mark.parametrize(
    ("known", "need"),
    [
        (None, Need.ALL),
        (read(HOUR), Need.NOTHING),
        (read(23 * HOUR), Need.NOTHING),
        (read(DAY), Need.NEWEST),
        (read(DAY - 2 * SECOND), Need.NEWEST),
        (read(DAY, 30 * DAY - SECOND), Need.NEWEST),
        (read(DAY, 30 * DAY), Need.ALL),
        (read(HOUR, 31 * DAY), Need.NOTHING),
        (read(9 * DAY), Need.NEWEST),
        (read(-3 * HOUR), Need.ALL),
        (read(DAY, -3 * HOUR), Need.ALL),
        (StarReading(BEGIN - HOUR, problem="no"), Need.NOTHING),
        (StarReading(BEGIN - HOUR, is_told=False), Need.NOTHING),
        (StarReading(BEGIN - DAY, is_told=False), Need.ALL),
    ],
)
def test_the_newest_weeks_are_due_after_a_day_and_all_after_a_month(
    known: StarReading | None, need: Need
) -> None:
    assert need_of(known) is need


@pytest.mark.parametrize(
    ("known", "need"),
    [
        (read(HOUR), Need.ALL),
        (read(DAY), Need.ALL),
        (read(HOUR, problem="no"), Need.NOTHING),
        (read(DAY, problem="no"), Need.ALL),
    ],
)
def test_rows_that_are_lost_are_read_again_at_once_unless_that_failed_today(
    known: StarReading, need: Need
) -> None:
    assert need_of(known, is_stored=False) is need


def test_force_asks_for_all_weeks_but_no_second_time_in_the_same_run() -> None:
    assert need_of(read(HOUR), force=True, is_stored=False) is Need.ALL
    assert need_of(read(timedelta()), force=True, is_stored=False) is Need.NOTHING


def test_a_failure_keeps_what_was_known_and_is_told_until_the_next_reading() -> None:
    known = read(DAY, listed=7, etag="e")
    failed = fail(known, BEGIN, PermanentError("It is closed."))
    assert failed == replace(known, asked_at=BEGIN, problem="It is closed.")
    refused = fail(None, BEGIN, ContradictoryError("It is odd."))
    assert refused == StarReading(BEGIN, problem="It is odd.", contradiction="It is odd.")


def test_a_server_that_does_not_tell_stars_is_no_failure() -> None:
    known = read(DAY, listed=7, problem="It is closed.")
    assert miss(known, BEGIN) == replace(known, asked_at=BEGIN, is_told=False, problem=None)
    assert miss(None, BEGIN) == StarReading(BEGIN, is_told=False)


def test_a_reading_comes_back_from_json() -> None:
    known = read(DAY, newest=BEGIN.date(), etag='W/"1"', token_id="t", shortfall="few")
    assert from_json(StarReading, to_json(known)) == known
