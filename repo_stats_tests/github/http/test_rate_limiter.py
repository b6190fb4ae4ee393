"""Sliding windows: at most so many requests within any minute, also over steps and their shares."""

import pickle
import random

import pytest

from repo_stats.github.http.rate_limiter import WINDOW, SlidingWindow
from repo_stats_tests.helpers.fake_time import NOON


def send_all(window: SlidingWindow, count: int, now: float, rng: random.Random) -> list[float]:
    """Send as soon as allowed, after random idle times; gives the times."""
    times = []
    for _ in range(count):
        now += rng.choice([0.0, 0.0, 0.1, 5.0, 40.0]) * rng.random()
        while (delay := window.delay(now)) > 0.0:
            now += delay
        window.record(now)
        times.append(now)
    return times


def most_within_a_window(times: list[float]) -> int:
    return max(sum(start <= at < start + WINDOW for at in times) for start in times)


@pytest.mark.parametrize("most", [1, 2, 7, 50])
@pytest.mark.parametrize("seed", range(5))
def test_no_minute_has_more_requests_than_allowed(most: int, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    times = send_all(SlidingWindow(most), 5 * most + 3, NOON, rng)
    assert most_within_a_window(times) <= most


def test_a_full_minute_is_used_before_anything_waits() -> None:
    window = SlidingWindow(3)
    for second in range(3):
        assert window.delay(NOON + second) == 0.0
        window.record(NOON + second)
    assert window.delay(NOON + 3) == 57.0
    assert window.delay(NOON + 60) == 0.0


def test_a_later_step_goes_on_where_earlier_ones_stopped() -> None:
    first = SlidingWindow(2)
    first.record(NOON)
    first.record(NOON + 50)
    second = SlidingWindow(2, first.recent(NOON + 55))
    assert second.delay(NOON + 55) == 5.0
    assert second.recent(NOON + 61) == [NOON + 50]
    assert second.recent(NOON + 200) == []


def test_more_requests_than_allowed_before_are_waited_for_in_full() -> None:
    window = SlidingWindow(2, [NOON + second for second in range(5)])
    assert window.delay(NOON + 5) == 58.0


def test_a_clock_that_is_set_back_delays_a_minute_at_most() -> None:
    window = SlidingWindow(1, [NOON])
    assert window.delay(NOON - 3600) == WINDOW
    assert window.delay(NOON - 3600 + WINDOW) == 0.0


@pytest.mark.parametrize("seed", range(8))
def test_the_parts_of_a_window_together_keep_the_whole(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    most = rng.randint(4, 60)
    whole = SlidingWindow(most)
    before = send_all(whole, rng.randint(0, most), NOON, rng)
    now = before[-1] if before else NOON
    parts = whole.split(rng.randint(1, 4))
    assert sum(part.most for part in parts) == most
    assert sorted(at for part in parts for at in part.recent(now)) == whole.recent(now)
    times = [*before, *(at for part in parts for at in send_all(part, 2 * most, now, rng))]
    assert most_within_a_window(times) <= most


def test_every_part_may_send_at_least_one_request() -> None:
    parts = SlidingWindow(2).split(5)
    assert [part.most for part in parts] == [1, 1, 1, 1, 1]


def test_a_window_crosses_to_another_process() -> None:
    window = pickle.loads(pickle.dumps(SlidingWindow(1, [NOON])))  # noqa: S301
    assert window.delay(NOON + 1) == 59.0
