"""When the next request may be sent: after rate limits, and at no more than the pace.

All requests of a client take their turn here, so that one wait serves them all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.usage import Usage

WINDOW = 60.0
"""The seconds that the allowance is for."""


class SlidingWindow:
    """Allows so many requests within any 60 seconds.

    Args:
        most: the allowance, at least 1.
        sent: when requests were sent before, by earlier steps of a run.
    """

    def __init__(self, most: int, sent: Iterable[float] = ()) -> None:
        self.most = most
        self._sent = sorted(sent)

    def delay(self, now: float) -> float:
        """Seconds until one more request may be sent; 0.0 if it may be sent now."""
        recent = self.recent(now)
        if len(recent) < self.most:
            return 0.0
        return max(0.0, recent[-self.most] + WINDOW - now)

    def record(self, now: float) -> None:
        """Count a request that is sent now."""
        self._sent = [*self.recent(now), now]

    def recent(self, now: float) -> list[float]:
        """When the requests of the last 60 seconds were sent, the oldest first.

        A time that has yet to come, because the clock was set back, counts as now.
        """
        self._sent = [min(at, now) for at in self._sent if at + WINDOW > now]
        return list(self._sent)

    def split(self, parts: int) -> list["SlidingWindow"]:
        """Divide allowance and sent requests among steps that run side by side.

        Together they keep to this allowance, unless there are more parts than requests allowed:
        each may send at least one a minute.

        Args:
            parts: how many steps.
        """
        share, rest = divmod(self.most, parts)
        return [
            SlidingWindow(max(1, share + (part < rest)), self._sent[part::parts])
            for part in range(parts)
        ]


Sleep = Callable[[float], Awaitable[None]]


Clock = Callable[[], float]


class RateLimiter:
    """Lets requests go one after another, as soon as limits and pace allow.

    Args:
        usage: counts the seconds waited.
        pace: the most requests a minute; None for any number.
        max_wait: the most seconds to wait for rate limits, all in all, before giving up.
        on_wait: told of each wait for a rate limit before it begins, and of its seconds.
        sleep: waits.
        clock: tells the time, in seconds since the epoch.
    """

    def __init__(
        self,
        usage: Usage,
        pace: SlidingWindow | None,
        *,
        max_wait: float,
        on_wait: Callable[[RateLimitedError, float], None],
        sleep: Sleep,
        clock: Clock,
    ) -> None:
        self.waits = 0
        self._usage = usage
        self._pace = pace
        self._max_wait = max_wait
        self._on_wait = on_wait
        self._sleep = sleep
        self._clock = clock
        self._turn = asyncio.Lock()
        self._wait: asyncio.Future[None] | None = None
        self._guesses = 0
        self._given_up: RateLimitedError | None = None

    async def take(self) -> int:
        """Wait until a request may be sent, and count it as sent.

        Returns:
            How many waits for rate limits there were until now: a refusal of the request says
            nothing new if there are more by then.

        Raises:
            RateLimitedError: a rate limit lasts longer than may be waited.
        """
        async with self._turn:
            await self._wait_for_limits()
            while (seconds := self._delay()) > 0.0:
                self._usage.paced += seconds
                await self._sleep(seconds)
                await self._wait_for_limits()
            if self._pace is not None and self._has_budget:
                self._pace.record(self._clock())
                self._usage.sent = self._pace.recent(self._clock())
            return self.waits

    def begin_wait(
        self, error: RateLimitedError, seconds: float, on_end: Callable[[], None] | None = None
    ) -> None:
        """Start a wait that all requests share.

        Args:
            error: the limit, raised for every request if it cannot be waited for.
            seconds: how long; longer with each wait in a row whose time is a guess.
            on_end: called when it is over, before anything is sent.

        Raises:
            RateLimitedError: it would take too long.
        """
        seconds = seconds * 2**self._guesses if error.is_guess else seconds
        if self._usage.waited + seconds > self._max_wait:
            self._given_up = error
            raise error
        self.waits += 1
        self._guesses += error.is_guess
        self._usage.waited += seconds
        self._on_wait(error, seconds)
        self._wait = asyncio.ensure_future(self._sleep_until_over(seconds, on_end))

    async def _sleep_until_over(self, seconds: float, on_end: Callable[[], None] | None) -> None:
        await self._sleep(seconds)
        if on_end is not None:
            on_end()

    async def _wait_for_limits(self) -> None:
        if self._given_up is not None:
            raise self._given_up
        if self._wait is not None:
            await asyncio.shield(self._wait)

    @property
    def _has_budget(self) -> bool:
        """Whether there is a limit a minute: a server that tells of no rate limit has none."""
        is_answered = any(status != 0 for status in self._usage.statuses)
        return self._usage.quota is not None or not is_answered

    def _delay(self) -> float:
        if self._pace is None or not self._has_budget:
            return 0.0
        return self._pace.delay(self._clock())
