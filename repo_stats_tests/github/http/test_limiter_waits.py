"""The limiter's waits: what they add up to, whom they hold back, and what ends them."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from repo_stats.github.errors import GitHubError, RateLimitedError
from repo_stats.github.http.rate_limiter import RateLimiter, SlidingWindow
from repo_stats.github.http.usage import Usage
from repo_stats_tests.helpers.fake_time import NOON, FakeTime


def limit(seconds: float, text: str = "Used up.") -> RateLimitedError:
    return RateLimitedError(text, seconds=seconds, is_primary=False)


class Limited:
    """A limiter whose sleeps only move its clock, and what it told."""

    def __init__(self, window: SlidingWindow | None = None, max_wait: float = 100.0) -> None:
        self.time = FakeTime()
        self.usage = Usage()
        self.told: list[tuple[str, float]] = []
        self.limiter = RateLimiter(
            self.usage,
            window,
            max_wait=max_wait,
            on_wait=lambda error, seconds: self.told.append((str(error), seconds)),
            sleep=self.time.sleep,
            clock=self.time,
        )


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


@pytest.mark.parametrize(("second", "slept"), [(4.0, [6.0, 4.0]), (4.5, [6.0])])
def test_waits_add_up_to_the_longest_allowed_and_not_each_of_them(
    second: float, slept: list[float]
) -> None:
    limited = Limited(max_wait=10.0)

    async def work() -> None:
        limited.limiter.begin_wait(limit(6.0), 6.0)
        limited.limiter.end_row(await limited.limiter.acquire())
        if sum(slept) == 6.0:
            with pytest.raises(RateLimitedError):
                limited.limiter.begin_wait(limit(second), second)
        else:
            limited.limiter.begin_wait(limit(second), second)
            await limited.limiter.acquire()

    run(work)
    assert limited.time.slept == slept
    assert limited.usage.waited == sum(slept)
    assert limited.told == [("Used up.", seconds) for seconds in slept]


def test_what_was_given_up_is_raised_for_every_later_request() -> None:
    limited = Limited()
    error = limit(101.0)

    async def work() -> None:
        with pytest.raises(RateLimitedError) as raised:
            limited.limiter.begin_wait(error, 101.0)
        assert raised.value is error
        await limited.limiter.acquire()  # who asked for the wait decides whom the limit concerns
        with pytest.raises(RateLimitedError) as raised:
            limited.limiter.give_up(error)
        for _ in range(2):
            with pytest.raises(RateLimitedError) as raised:
                await limited.limiter.acquire()
            assert raised.value is error

    run(work)
    assert (limited.time.slept, limited.told, limited.usage.waited) == ([], [], 0.0)


def test_a_wait_that_begins_while_the_window_is_full_holds_the_next_request_as_well() -> None:
    window = SlidingWindow(1, [NOON - 20])
    limited = Limited(window)

    async def meet_a_limit(seconds: float) -> None:
        limited.time.slept.append(seconds)
        limited.time.now += seconds
        if seconds == 40.0:
            limited.limiter.begin_wait(limit(30.0), 30.0)
        await asyncio.sleep(0)

    limited.limiter._sleep = meet_a_limit

    async def work() -> None:
        assert await limited.limiter.acquire() == 1

    run(work)
    assert limited.time.slept == [40.0, 30.0]
    assert window.recent(limited.time.now) == [NOON + 70]
    assert limited.usage.sent == [NOON + 70]
    assert (limited.usage.paced, limited.usage.waited) == (40.0, 30.0)


def test_what_is_given_up_while_the_window_is_full_lets_no_request_through() -> None:
    limited = Limited(SlidingWindow(1, [NOON - 20]))
    error = GitHubError("No connection.")

    async def give_up(seconds: float) -> None:
        limited.time.now += seconds
        with pytest.raises(GitHubError):
            limited.limiter.give_up(error)

    limited.limiter._sleep = give_up

    async def work() -> None:
        with pytest.raises(GitHubError) as raised:
            await limited.limiter.acquire()
        assert raised.value is error

    run(work)
    assert limited.usage.sent == ()


def test_a_request_that_is_cancelled_ends_the_wait_of_no_other() -> None:
    limited = Limited()
    is_over = False

    async def work() -> None:
        nonlocal is_over
        released = asyncio.Event()

        async def sleep(seconds: float) -> None:
            await released.wait()

        def end() -> None:
            nonlocal is_over
            is_over = True

        limited.limiter._sleep = sleep
        limited.limiter.begin_wait(limit(5.0), 5.0, end)
        first = asyncio.ensure_future(limited.limiter.acquire())
        second = asyncio.ensure_future(limited.limiter.acquire())
        for _ in range(3):
            await asyncio.sleep(0)
        first.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        assert not second.done()
        assert not is_over
        released.set()
        assert await second == 1
        assert is_over

    run(work)


def test_requests_pass_one_by_one_so_that_two_never_take_the_same_place() -> None:
    window = SlidingWindow(1)
    limited = Limited(window)

    async def work() -> None:
        await asyncio.gather(*(limited.limiter.acquire() for _ in range(3)))

    run(work)
    assert limited.time.slept == [60.0, 60.0]
    assert limited.usage.paced == 120.0


def test_waits_in_a_row_double_and_one_that_has_grown_already_is_as_long_as_its_turn() -> None:
    limited = Limited(max_wait=1000.0)

    async def work() -> None:
        for seconds, grows in ((3.0, True), (3.0, True), (3.0, False), (20.0, False)):
            limited.limiter.begin_wait(limit(seconds), seconds, grows=grows)
            await limited.limiter.acquire()

    run(work)
    assert limited.time.slept == [3.0, 6.0, 4.0, 20.0]
    assert limited.usage.waited == 33.0


def test_only_a_request_sent_after_the_latest_wait_ends_the_row() -> None:
    limited = Limited(max_wait=1000.0)

    async def work() -> None:
        before = await limited.limiter.acquire()
        limited.limiter.begin_wait(limit(3.0), 3.0)
        after = await limited.limiter.acquire()
        limited.limiter.end_row(before)
        limited.limiter.begin_wait(limit(3.0), 3.0)
        limited.limiter.end_row(after)
        limited.limiter.end_row(await limited.limiter.acquire())
        limited.limiter.begin_wait(limit(3.0), 3.0)
        await limited.limiter.acquire()

    run(work)
    assert limited.time.slept == [3.0, 6.0, 3.0]


def test_a_pause_holds_requests_back_and_is_no_wait_for_a_limit() -> None:
    limited = Limited(max_wait=0.0)

    async def work() -> None:
        limited.limiter.pause(7.0)
        assert await limited.limiter.acquire() == 1

    run(work)
    assert limited.time.slept == [7.0]
    assert (limited.usage.waited, limited.usage.paced, limited.told) == (0.0, 0.0, [])


def test_a_wait_is_doubled_twenty_times_at_most() -> None:
    limited = Limited(max_wait=1e12)

    async def work() -> None:
        for _ in range(23):
            limited.limiter.begin_wait(limit(1.0), 1.0)
            await limited.limiter.acquire()

    run(work)
    assert limited.time.slept == [2.0**number for number in range(21)] + [2.0**20] * 2


def test_the_window_holds_requests_for_fractions_of_a_second_too() -> None:
    limited = Limited(SlidingWindow(1, [NOON - 59.5]))

    async def work() -> None:
        await limited.limiter.acquire()

    run(work)
    assert limited.time.slept == [0.5]


def test_requests_to_a_server_without_limits_are_not_counted_for_the_window() -> None:
    limited = Limited(SlidingWindow(1))
    limited.usage.count(200, has_token=True)

    async def work() -> None:
        for _ in range(3):
            await limited.limiter.acquire()

    run(work)
    assert (limited.time.slept, limited.usage.sent) == ([], ())
