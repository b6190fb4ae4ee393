"""The pauses of an outage: how long they get, what is told of them, and when they end."""

from typing import Any, cast

import pytest

from repo_stats.github.errors import UnreachableError
from repo_stats.github.http.outages import Outage
from repo_stats.github.http.rate_limiter import RateLimiter


class Pauses:
    """A limiter that only keeps its pauses."""

    def __init__(self) -> None:
        self.waits = 0
        self.begun: list[float] = []

    def pause(self, seconds: float) -> None:
        self.waits += 1
        self.begun.append(seconds)

    def give_up(self, error: Exception) -> None:
        raise error


class Broken:
    """An outage, and what became of it."""

    def __init__(self, *, has_worked: bool) -> None:
        self.pauses = Pauses()
        self.told: list[float] = []
        self.outage = Outage(
            cast("RateLimiter", cast("Any", self.pauses)),
            lambda error, seconds: self.told.append(seconds),
            has_worked=has_worked,
        )

    def fail(
        self, seconds: float = 0.0, *, may_pass: bool = True, waits: int | None = None
    ) -> None:
        error = UnreachableError("No connection.", may_pass=may_pass)
        self.outage.begin_pause(error, self.pauses.waits if waits is None else waits, seconds)

    def fail_until_given_up(self, seconds: float = 0.0) -> list[float]:
        begun = len(self.pauses.begun)
        with pytest.raises(UnreachableError):
            self.fail_often(seconds)
        return self.pauses.begun[begun:]

    def fail_often(self, seconds: float) -> None:
        for _ in range(100):
            self.fail(seconds)


@pytest.mark.parametrize(
    ("has_worked", "seconds", "pauses", "told"),
    [
        (False, 0.0, [0.5, 1.0, 2.0], []),
        (False, -9.0, [0.5, 1.0, 2.0], []),
        (False, 5.5, [0.5], []),
        (False, 5.6, [], []),
        (True, 0.0, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0], [4.0]),
        (True, 20.0, [0.5, 1.0], []),
        (True, 59.5, [0.5], []),
        (True, 59.6, [], []),
    ],
    ids=[
        "a connection that never worked",
        "a clock that is set back",
        "exactly six seconds",
        "more than six seconds",
        "a connection that worked",
        "requests that take long to fail",
        "exactly a minute",
        "more than a minute",
    ],
)
def test_pauses_double_up_to_eight_seconds_and_end_when_patience_does(
    has_worked: bool, seconds: float, pauses: list[float], told: list[float]
) -> None:
    broken = Broken(has_worked=has_worked)
    assert broken.fail_until_given_up(seconds) == pauses
    assert broken.told == told


def test_after_a_response_an_outage_begins_anew_and_patience_is_longer() -> None:
    broken = Broken(has_worked=False)
    for _ in range(3):
        broken.fail()
    broken.outage.end()
    assert broken.fail_until_given_up() == [0.5, 1.0, 2.0, 4.0, *[8.0] * 6]


def test_what_does_not_pass_by_itself_is_given_up_without_a_pause() -> None:
    broken = Broken(has_worked=True)
    with pytest.raises(UnreachableError):
        broken.fail(may_pass=False, waits=-1)
    assert broken.pauses.begun == []


def test_requests_that_failed_together_pause_once() -> None:
    broken = Broken(has_worked=False)
    for _ in range(50):
        broken.fail(waits=0)
    assert broken.pauses.begun == [0.5]
