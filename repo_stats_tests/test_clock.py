"""Times that this machine's clock cannot have given, and a clock that is set back."""

from datetime import timedelta

import pytest

from repo_stats.clock import NEVER, ClockWatch, Deadline, is_ahead, trust
from repo_stats_tests.helpers.rows import NOW


@pytest.mark.parametrize(
    ("seconds", "is_later"), [(-3600, False), (0, False), (60, False), (61, True), (1e9, True)]
)
def test_a_time_is_ahead_if_it_is_later_than_now_by_more_than_a_minute(
    seconds: float, is_later: bool
) -> None:
    stored = NOW + timedelta(seconds=seconds)
    assert is_ahead(stored, NOW) is is_later
    assert is_ahead(stored.timestamp(), NOW.timestamp()) is is_later
    assert trust(stored, NOW) == (NEVER if is_later else stored)
    assert (trust(stored, NOW) < NOW) is (seconds < 0 or is_later), "any two can be compared"


def test_without_a_margin_any_later_time_is_ahead() -> None:
    assert is_ahead(NOW + timedelta(milliseconds=1), NOW, 0)
    assert not is_ahead(NOW, NOW, 0)


@pytest.mark.parametrize(
    ("wall", "steady", "is_noticed"),
    [
        (10, 10, False),
        (3600, 10, False),  # set forward, or the machine slept
        (9.992, 10, False),
        (8, 10, True),
        (-3600, 10, True),
    ],
)
def test_a_clock_that_loses_time_against_a_steady_one_was_set_back(
    wall: float, steady: float, is_noticed: bool
) -> None:
    walls, steadies = [1e9, 1e9 + wall], [50.0, 50.0 + steady]
    watch = ClockWatch(lambda: walls.pop(0), lambda: steadies.pop(0))
    assert watch.was_set_back() is is_noticed


def test_the_machine_s_own_clock_is_not_set_back_now() -> None:
    assert not ClockWatch().was_set_back()


def test_a_deadline_says_how_much_time_is_left_and_never_less_than_none() -> None:
    now = [100.0]
    deadline = Deadline.after(45.0, lambda: now[0])
    assert deadline.left == 45.0
    now[0] = 130.0
    assert deadline.left == 15.0
    now[0] = 146.0
    assert deadline.left == 0.0
