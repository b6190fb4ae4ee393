"""How many repositories a query asks for, and how long queries wait for GitHub's time."""

import pytest

from repo_stats.github.graphql.pace import BatchSize, ServerTime
from repo_stats_tests.helpers.fake_time import NOON, FakeTime

QUICK, MOST_SECONDS, WINDOW = 2.0, 50.0, 60.0
"""What GitHub was measured to bear, in seconds."""


@pytest.mark.parametrize(
    ("connections", "first", "most"), [(1, 25, 148), (4, 25, 37), (5, 25, 29), (6, 24, 24)]
)
def test_a_query_asks_for_no_more_repositories_than_cost_a_point(
    connections: int, first: int, most: int
) -> None:
    batch = BatchSize(connections)
    assert batch.size == first
    for _ in range(40):
        batch.record_answer(batch.size, 0.0)
    assert batch.size == most
    points = [round((1 + count * connections) / 100) for count in (most, most + 1)]
    assert points == [1, 2]


@pytest.mark.parametrize(
    ("asked", "seconds", "size"),
    [
        (25, 0.0, 29),
        (26, QUICK - 0.1, 29),
        (25, QUICK, 25),
        (24, 0.0, 25),
    ],
)
def test_the_next_query_is_larger_only_after_a_quick_answer_to_a_full_one(
    asked: int, seconds: float, size: int
) -> None:
    batch = BatchSize(4)
    batch.record_answer(asked, seconds)
    assert batch.size == size


@pytest.mark.parametrize(
    ("overloads", "size", "most"),
    [([25], 12, 24), ([25, 12], 6, 11), ([2], 1, 1), ([1], 1, 1), ([3, 25], 1, 2), ([40], 20, 37)],
)
def test_a_query_that_github_has_no_time_for_is_halved_and_never_as_large_again(
    overloads: list[int], size: int, most: int
) -> None:
    batch = BatchSize(4)
    for asked in overloads:
        batch.record_overload(asked)
    assert batch.size == size
    for _ in range(20):
        batch.record_answer(batch.size, 0.0)
    assert batch.size == most


def test_queries_wait_until_less_than_the_time_of_a_minute_is_used_up() -> None:
    time = FakeTime()
    spent = ServerTime(time)
    assert spent.delay() == 0.0
    for seconds in (20.0, 20.0, MOST_SECONDS - 40.1):
        time.now += seconds
        spent.record(seconds)
        assert spent.delay() == 0.0
    spent.record(0.1)
    assert spent.delay() == pytest.approx(NOON + 20.0 + WINDOW - time.now)
    time.now = NOON + 20.0 + WINDOW - 0.5
    assert spent.delay() == pytest.approx(0.5)
    time.now += 0.5
    assert spent.delay() == 0.0


def test_a_wait_lasts_until_enough_of_the_time_is_over_not_all() -> None:
    time = FakeTime()
    spent = ServerTime(time)
    for at, seconds in ((0.0, 1.0), (5.0, 30.0), (6.0, 30.0)):
        time.now = NOON + at
        spent.record(seconds)
    assert spent.delay() == pytest.approx(5.0 + WINDOW - 6.0)
    time.now = NOON + 5.0 + WINDOW
    assert spent.delay() == 0.0


def test_queries_of_more_than_a_minute_ago_count_no_more() -> None:
    time = FakeTime()
    spent = ServerTime(time)
    spent.record(MOST_SECONDS)
    time.now += WINDOW
    spent.record(MOST_SECONDS - 1.0)
    assert spent.delay() == 0.0
    spent.record(1.0)
    assert spent.delay() == WINDOW


def test_a_short_query_after_a_long_one_does_not_prolong_the_wait() -> None:
    time = FakeTime()
    spent = ServerTime(time)
    for seconds in (30.0, 30.0, 1.0):
        spent.record(seconds)
        time.now += 1.0
    assert spent.delay() == WINDOW - 3.0
