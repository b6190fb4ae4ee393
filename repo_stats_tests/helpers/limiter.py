"""A limiter by itself, in a time that only sleeping moves, with what it costs and tells."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from repo_stats.github.http.rate_limiter import RateLimiter, SlidingWindow
from repo_stats.github.http.usage import Usage
from repo_stats_tests.helpers.fake_time import NOON


class SharedTime:
    """A clock that moves on when all who sleep have begun to, to the end of the first of them."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []
        self._ends: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        end = self.now + seconds
        self._ends.append(end)
        while True:
            was_first = end == min(self._ends)
            for _ in range(20):
                await asyncio.sleep(0)
            if was_first and end == min(self._ends):
                break
        self._ends.remove(end)
        self.now = max(self.now, end)


class LimiterScene:
    """A limiter, with its time, its costs and what it told."""

    def __init__(
        self, most: int | None = None, sent: Iterable[float] = (), max_wait: float = 100.0
    ) -> None:
        self.time, self.usage = SharedTime(), Usage()
        self.window = None if most is None else SlidingWindow(most, [NOON + at for at in sent])
        self.told: list[float] = []
        self.limiter = RateLimiter(
            self.usage,
            self.window,
            max_wait=max_wait,
            on_wait=lambda error, seconds: self.told.append(seconds),
            sleep=self.time.sleep,
            clock=self.time,
        )

    def run(self, work: Callable[[RateLimiter], Awaitable[object]]) -> None:
        async def run() -> None:
            await work(self.limiter)

        asyncio.run(run())

    @property
    def passed(self) -> float:
        return self.time.now - NOON
