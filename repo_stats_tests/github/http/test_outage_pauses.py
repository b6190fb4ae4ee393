"""The pauses of an outage: how long they are, who shares them, and when it is given up."""

import asyncio

import pytest

from repo_stats.github.errors import UnreachableError
from repo_stats.github.http.outages import PATIENCE, PATIENCE_AFTER_RESPONSES, Outage
from repo_stats.github.http.rate_limiter import RateLimiter
from repo_stats_tests.helpers.limiter import LimiterScene

DOWN = UnreachableError("down")


def pause(outage: Outage, limiter: RateLimiter, *seconds: float) -> bool:
    """Fail after so many seconds each time, after each pause; whether that is given up."""
    try:
        for each in seconds:
            outage.begin_pause(DOWN, limiter.waits, each)
    except UnreachableError as error:
        return error is DOWN
    return False


def outage_of(scene: LimiterScene, *, has_worked: bool = False) -> Outage:
    return Outage(
        scene.limiter, lambda error, seconds: scene.told.append(seconds), has_worked=has_worked
    )


@pytest.mark.parametrize(
    ("has_worked", "failures", "gives_up"),
    [
        (False, (0.0, 0.0, 0.0), False),
        (False, (2.5, 0.0, 0.0), False),
        (False, (2.6, 0.0, 0.0), True),
        (False, (-99.0, 0.0, 0.0, 0.0), True),
        (True, (0.0, 0.0, 0.0, 0.0), False),
        (True, (56.5, 0.0, 0.0), False),
        (True, (56.6, 0.0, 0.0), True),
    ],
)
def test_an_outage_is_given_up_when_it_has_lasted_too_long_with_its_pauses(
    has_worked: bool, failures: tuple[float, ...], gives_up: bool
) -> None:
    async def work(limiter: RateLimiter) -> None:
        raised = pause(outage_of(scene, has_worked=has_worked), limiter, *failures)
        assert raised is gives_up

    scene = LimiterScene()
    scene.run(work)
    assert (PATIENCE, PATIENCE_AFTER_RESPONSES) == (6.0, 60.0)


def test_the_pauses_of_an_outage_double_up_to_eight_seconds_and_one_of_them_is_told() -> None:
    async def work(limiter: RateLimiter) -> None:
        assert not pause(outage_of(scene, has_worked=True), limiter, *[0.0] * 8)
        await limiter.acquire()
        await asyncio.sleep(0)

    scene = LimiterScene()
    scene.run(work)
    assert scene.time.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0]
    assert scene.told == [4.0]


def test_a_response_ends_an_outage_so_that_the_next_one_begins_anew() -> None:
    async def work(limiter: RateLimiter) -> None:
        outage = outage_of(scene)
        assert not pause(outage, limiter, 2.0, 0.0)
        outage.end()
        assert not pause(outage, limiter, 50.0, 0.0, 0.0)
        outage.end()
        assert not pause(outage, limiter, 59.5)
        await limiter.acquire()

    scene = LimiterScene()
    scene.run(work)
    assert scene.time.slept == [0.5, 1.0, 0.5, 1.0, 2.0, 0.5]


def test_requests_that_failed_before_a_pause_began_share_it() -> None:
    async def work(limiter: RateLimiter) -> None:
        outage = outage_of(scene)
        for _ in range(99):
            outage.begin_pause(DOWN, 0, 1.0)
        await limiter.acquire()

    scene = LimiterScene()
    scene.run(work)
    assert (scene.time.slept, scene.limiter.waits) == ([0.5], 1)


def test_what_no_pause_can_mend_is_given_up_at_once_for_all() -> None:
    refusal = UnreachableError("HTTPS_PROXY is wrong", may_pass=False)

    async def work(limiter: RateLimiter) -> None:
        with pytest.raises(UnreachableError) as error:
            outage_of(scene).begin_pause(refusal, limiter.waits, 0.0)
        assert error.value is refusal
        with pytest.raises(UnreachableError):
            await limiter.acquire()

    scene = LimiterScene()
    scene.run(work)
    assert scene.time.slept == []
