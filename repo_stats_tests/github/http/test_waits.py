"""The limiter by itself: what a request waits for, in which order, and when it is given up."""

import asyncio

import pytest

from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.rate_limiter import MOST_DOUBLINGS, RateLimiter, SlidingWindow
from repo_stats_tests.helpers.fake_time import NOON
from repo_stats_tests.helpers.limiter import LimiterScene
from repo_stats_tests.helpers.pages import NOW

LIMIT = RateLimitedError("Wait.", seconds=6, is_primary=True)


async def acquire(limiter: RateLimiter) -> None:
    await limiter.acquire()


async def acquire_six(limiter: RateLimiter) -> None:
    await asyncio.gather(*(limiter.acquire() for _ in range(6)))


def test_requests_at_once_wait_for_their_turn_one_after_the_other() -> None:
    scene = LimiterScene(2)
    scene.run(acquire_six)
    assert (scene.time.slept, scene.usage.paced, scene.passed) == ([60.0, 60.0], 120.0, 120.0)


def test_less_than_a_second_is_waited_for_as_well() -> None:
    scene = LimiterScene(1, [-59.5])
    scene.run(acquire)
    assert (scene.time.slept, scene.usage.sent) == ([0.5], [NOON + 0.5])


def test_a_limit_that_is_met_while_a_request_waits_for_its_minute_holds_it_back_too() -> None:
    async def work(limiter: RateLimiter) -> None:
        waiting = asyncio.ensure_future(limiter.acquire())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        limiter.begin_wait(LIMIT, 90.0)
        await waiting

    scene = LimiterScene(1, [-10])
    scene.run(work)
    assert scene.time.slept == [50.0, 90.0]
    assert scene.passed == 90.0


@pytest.mark.parametrize(("quota", "sent"), [(None, 0), (Quota(60, 9, NOW), 1)])
def test_a_server_without_a_quota_has_no_limit_a_minute_and_nothing_is_counted(
    quota: Quota | None, sent: int
) -> None:
    scene = LimiterScene(2, [-1, -1] if quota is None else [])
    scene.usage.quota = quota
    scene.usage.count(200, has_token=True)
    scene.run(acquire)
    assert scene.time.slept == []
    assert len(scene.usage.sent) == sent


def test_the_last_request_of_a_window_is_the_latest_one() -> None:
    assert SlidingWindow(5, [3.0, 9.0, 1.0]).last == 9.0
    assert SlidingWindow(5).last is None


@pytest.mark.parametrize(
    ("waits", "max_wait", "told"),
    [
        ((10.0,), 10.0, [10.0]),
        ((10.5,), 10.0, []),
        ((6.0, 6.0), 10.0, [6.0]),
        ((6.0, 2.0), 10.0, [6.0, 4.0]),
    ],
)
def test_waits_add_up_until_they_would_be_too_long(
    waits: tuple[float, ...], max_wait: float, told: list[float]
) -> None:
    async def work(limiter: RateLimiter) -> None:
        for number, seconds in enumerate(waits):
            if number < len(told):
                limiter.begin_wait(LIMIT, seconds)
                continue
            with pytest.raises(RateLimitedError) as error:
                limiter.begin_wait(LIMIT, seconds)
            assert error.value is LIMIT
            await limiter.acquire()  # whom the limit concerns is decided by who asked for the wait

    scene = LimiterScene(max_wait=max_wait)
    scene.run(work)
    assert scene.told == told
    assert (scene.usage.waited, scene.limiter.waits) == (sum(told), len(told))


@pytest.mark.parametrize(("grows", "told"), [(True, [3.0, 6.0, 12.0]), (False, [3.0, 3.0, 4.0])])
def test_waits_in_a_row_double_unless_their_source_has_doubled_them(
    grows: bool, told: list[float]
) -> None:
    async def work(limiter: RateLimiter) -> None:
        for _ in told:
            limiter.begin_wait(LIMIT, 3.0, grows=grows)

    scene = LimiterScene()
    scene.run(work)
    assert scene.told == told


def test_a_wait_is_doubled_twenty_times_at_most() -> None:
    async def work(limiter: RateLimiter) -> None:
        for _ in range(MOST_DOUBLINGS + 3):
            limiter.begin_wait(LIMIT, 1.0)

    scene = LimiterScene(max_wait=1e9)
    scene.run(work)
    assert scene.told[-4:] == [2.0**19, 2.0**20, 2.0**20, 2.0**20]


def test_only_a_success_after_the_latest_wait_ends_the_row() -> None:
    async def work(limiter: RateLimiter) -> None:
        before = await limiter.acquire()
        limiter.begin_wait(LIMIT, 3.0)
        limiter.end_row(before)
        limiter.begin_wait(LIMIT, 3.0)
        limiter.end_row(await limiter.acquire())
        limiter.begin_wait(LIMIT, 3.0)

    scene = LimiterScene()
    scene.run(work)
    assert scene.told == [3.0, 6.0, 3.0]


def test_what_has_to_be_done_at_the_end_of_a_wait_is_done_before_the_next_request() -> None:
    done: list[str] = []

    async def work(limiter: RateLimiter) -> None:
        limiter.begin_wait(LIMIT, 3.0, lambda: done.append("end"))
        await limiter.acquire()
        done.append("request")

    LimiterScene().run(work)
    assert done == ["end", "request"]


def test_pauses_count_as_waits_but_not_as_waited_for() -> None:
    async def work(limiter: RateLimiter) -> None:
        assert await limiter.acquire() == 0
        limiter.pause(2.0)
        assert await limiter.acquire() == 1
        limiter.pause(2.0)
        assert await limiter.acquire() == 2

    scene = LimiterScene()
    scene.run(work)
    assert (scene.passed, scene.usage.waited, scene.told) == (4.0, 0.0, [])


def test_a_request_that_is_cancelled_while_all_wait_ends_the_wait_of_no_other() -> None:
    async def work(limiter: RateLimiter) -> None:
        limiter.pause(5.0)
        first, second = (asyncio.ensure_future(limiter.acquire()) for _ in range(2))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == 1

    scene = LimiterScene()
    scene.run(work)
    assert scene.passed == 5.0
