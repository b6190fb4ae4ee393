"""Reading stars by day: which requests it takes, and what is made of the answers."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.stars import star, unstar
from repo_stats_tests.helpers.star_sources import (
    DAY,
    NOW,
    ask,
    make_simulator,
    only,
    source_of,
    targets,
)


@pytest.fixture
def simulator() -> Simulator:
    """A repository with ten full years of stars."""
    simulator = make_simulator(Shape("acme/a", 0, 0, 0, stars=2_000))
    only(simulator).object["created_at"] = "2016-11-27T00:00:00Z"
    return simulator


def test_ten_years_cost_18_requests_once_and_a_free_one_a_day_later(simulator: Simulator) -> None:
    first = ask(simulator, source_of(only(simulator)))
    assert len(simulator.log) == 18
    assert targets(simulator) == [str(number) for number in range(1, 19)]
    assert first.days is not None
    assert sum(first.days.values()) == first.reading.listed == 2_000
    assert list(first.days) == sorted(first.days)
    later = ask(simulator, source_of(only(simulator), first.reading), NOW + DAY)
    assert [(r.status, r.charged) for r in simulator.log] == [(304, False)]
    assert later.days is None
    assert later.reading == replace(first.reading, asked_at=NOW + DAY)


def test_the_newest_weeks_replace_those_that_are_stored_and_older_days_stay(
    simulator: Simulator,
) -> None:
    repository = only(simulator)
    first = ask(simulator, source_of(repository))
    assert first.days is not None
    stored = dict(first.days)
    targets(simulator)
    star(repository, NOW.timestamp())
    star(repository, NOW.timestamp())
    unstar(repository, NOW.timestamp(), index=-2)  # of a day on the first page
    later = ask(simulator, source_of(repository, first.reading, stored), NOW + DAY)
    assert targets(simulator) == ["1"]
    assert later.days is not None
    assert later.days[NOW.date()] == stored.get(NOW.date(), 0) + 2
    assert (later.reading.listed, later.reading.read_at) == (2_001, NOW)
    assert later.days == repository.star_days


def test_a_gap_of_more_than_29_weeks_reads_everything_and_one_of_29_does_not(
    simulator: Simulator,
) -> None:
    repository = only(simulator)
    first = ask(simulator, source_of(repository))
    newest = first.reading.newest
    assert newest is not None
    for weeks, requests in ((29, 1), (30, 18)):
        targets(simulator)
        known = replace(first.reading, newest=newest - timedelta(weeks=weeks), etag=None)
        ask(simulator, source_of(repository, known, dict(first.days or {})), NOW + DAY)
        assert len(targets(simulator)) == requests


def test_stored_rows_that_cannot_be_read_are_read_from_github(simulator: Simulator) -> None:
    first = ask(simulator, source_of(only(simulator)))
    targets(simulator)
    known = replace(first.reading, etag=None)
    again = ask(simulator, source_of(only(simulator), known, None), NOW + DAY)
    assert len(targets(simulator)) == 18
    assert (again.days, again.reading.read_at) == (first.days, NOW + DAY)


@pytest.mark.parametrize(("weeks", "requests"), [(1, 1), (29, 1), (30, 2), (31, 2), (60, 3)])
def test_the_list_ends_with_the_first_page_that_is_not_full(weeks: int, requests: int) -> None:
    simulator = make_simulator(Shape("acme/a", 0, 0, 0, stars=9))
    created = date(2026, 11, 22) - timedelta(weeks=weeks - 1)
    only(simulator).object["created_at"] = f"{created}T00:00:00Z"
    found = ask(simulator, source_of(only(simulator)))
    assert len(targets(simulator)) == requests
    assert found.reading.listed == 9


def test_stars_from_before_the_creation_are_read(simulator: Simulator) -> None:
    only(simulator).star_days = {date(2016, 1, 3): 1_999, date(2026, 11, 1): 1}
    assert ask(simulator, source_of(only(simulator))).days == only(simulator).star_days


def test_a_few_stars_that_are_not_listed_are_told_without_another_request(
    simulator: Simulator,
) -> None:
    only(simulator).unlisted_stars = 20
    reading = ask(simulator, source_of(only(simulator))).reading
    assert (reading.listed, reading.unlisted) == (1_980, 20)
    assert (reading.contradiction, reading.shortfall) == (None, None)
    assert len(targets(simulator)) == 18


def test_stars_that_came_in_between_lie_between_two_readings_of_the_counter(
    simulator: Simulator,
) -> None:
    reading = ask(simulator, source_of(only(simulator), counter=1_990)).reading
    assert targets(simulator)[-1] == "count"
    assert (reading.listed, reading.unlisted) == (2_000, 0)
    assert (reading.contradiction, reading.shortfall) == (None, None)


def test_a_sum_above_both_counters_is_a_contradiction(simulator: Simulator) -> None:
    only(simulator).unlisted_stars = -1
    found = ask(simulator, source_of(only(simulator)))
    told = "its days have 2001 stars, and GitHub's counter says 2000"
    assert found.reading.contradiction == told
    assert found.days is not None, "what is consistent in itself is stored"


def test_too_many_stars_that_are_not_listed_are_told(simulator: Simulator) -> None:
    only(simulator).unlisted_stars = 21
    reading = ask(simulator, source_of(only(simulator))).reading
    told = "its days have 1979 stars, and GitHub's counter says 2000: more than 20 are not listed"
    assert (reading.contradiction, reading.shortfall) == (None, told)


def test_a_few_stars_taken_back_in_older_weeks_wait_for_the_month_and_many_do_not(
    simulator: Simulator,
) -> None:
    repository = only(simulator)
    first = ask(simulator, source_of(repository))
    stored = dict(first.days or {})
    for _ in range(19):
        unstar(repository, NOW.timestamp())
    star(repository, NOW.timestamp())
    targets(simulator)
    few = ask(simulator, source_of(repository, first.reading, stored), NOW + DAY)
    assert targets(simulator) == ["1"]
    assert (few.reading.listed, few.reading.contradiction) == (2_001, None)
    for _ in range(2):
        unstar(repository, NOW.timestamp())
    many = ask(simulator, source_of(repository, few.reading, dict(few.days or {})), NOW + 2 * DAY)
    assert targets(simulator) == ["1 304", *map(str, range(1, 19))]
    assert (many.days, many.reading.listed) == (repository.star_days, 1_980)
    assert many.reading.read_at == NOW + 2 * DAY
