"""A limiter by itself, in a time that only sleeping moves, with what it costs and tells."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from repo_stats.github.http.rate_limiter import RateLimiter, SlidingWindow
from repo_stats.github.http.usage import Usage
from repo_stats_tests.helpers.fake_time import NOON, SharedTime


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
