"""Decides when the next request may be sent: after rate limits, and up to a number per minute.

All requests of a client go through one limiter, so that one wait serves them all.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from repo_stats.github.errors import GitHubError, RateLimitedError
from repo_stats.github.http.usage import Usage

WINDOW = 60.0
"""Seconds to which the limit of a sliding window applies."""

MOST_DOUBLINGS = 20
"""How often a wait is doubled at most; the longest wait is over much earlier."""


@dataclass
class SlidingWindow:
    """Allows a number of requests within any 60 seconds.

    Attributes:
        most: the most requests, at least 1.
        sent: when requests were sent, by earlier steps of the run as well, in seconds since the
            epoch.
        answered_at: when an earlier step was last answered, also by a server without such limits;
            None if it was not. JSON has no infinity.
    """

    most: int
    sent: Sequence[float] = ()
    answered_at: float | None = None

    def __post_init__(self) -> None:
        self.sent = sorted(self.sent)

    @property
    def last(self) -> float | None:
        """When the last request was sent that is known of; None if none was."""
        known = self.sent if self.answered_at is None else [*self.sent, self.answered_at]
        return max(known, default=None)

    def delay(self, now: float) -> float:
        """Seconds until another request may be sent; 0.0 if it may be sent now."""
        recent = self.recent(now)
        if len(recent) < self.most:
            return 0.0
        return max(0.0, recent[-self.most] + WINDOW - now)

    def record(self, now: float) -> None:
        """Count a request as sent now."""
        self.sent = [*self.recent(now), now]

    def recent(self, now: float) -> list[float]:
        """When the requests of the last 60 seconds were sent, the oldest first.

        A time in the future counts as now: the clock has been set back.
        """
        self.sent = [min(at, now) for at in self.sent if at + WINDOW > now]
        return list(self.sent)

    def split(self, parts: int) -> list["SlidingWindow"]:
        """Divide the limit and the sent requests among steps that run in parallel.

        Together the parts keep this limit, unless there are more parts than requests allowed: each
        part may send at least one request a minute.

        Args:
            parts: the number of steps.
        """
        share, rest = divmod(self.most, parts)
        return [
            SlidingWindow(max(1, share + (part < rest)), self.sent[part::parts], self.answered_at)
            for part in range(parts)
        ]


Sleep = Callable[[float], Awaitable[None]]

Clock = Callable[[], float]


class RateLimiter:
    """Lets requests through one by one, as soon as rate limits and the sliding window allow it.

    Args:
        usage: counts the seconds waited.
        sliding_window: the most requests a minute; None for no such limit.
        max_wait: the most seconds to wait for rate limits in total before giving up.
        on_wait: called with each rate limit and its seconds before the wait begins.
        sleep: waits.
        clock: gives the time in seconds since the epoch.

    Attributes:
        waits: how many waits and pauses have begun.
    """

    def __init__(
        self,
        usage: Usage,
        sliding_window: SlidingWindow | None,
        *,
        max_wait: float,
        on_wait: Callable[[GitHubError, float], None],
        sleep: Sleep,
        clock: Clock,
    ) -> None:
        self.waits = 0
        self._usage = usage
        self._window = sliding_window
        self._max_wait = max_wait
        self._on_wait = on_wait
        self._sleep = sleep
        self._clock = clock
        self._queue = asyncio.Lock()
        self._wait: asyncio.Future[None] | None = None
        self._in_a_row = 0
        self._given_up: GitHubError | None = None

    async def acquire(self) -> int:
        """Wait until a request may be sent, and count it as sent.

        Returns:
            The number of waits so far. If it has grown when the request is refused, a wait for
            that refusal is already under way.

        Raises:
            RateLimitedError: a rate limit lasts longer than the limiter may wait.
            GitHubError: the error that was given up on.
        """
        async with self._queue:
            await self._wait_for_limits()
            # During each sleep a request in flight may meet a rate limit, and after that wait the
            # window may be full again. The request may go only if neither holds it back.
            while (seconds := self._window_delay()) > 0.0:
                self._usage.paced += seconds
                await self._sleep(seconds)
                await self._wait_for_limits()
            if self._window is not None and self._has_minute_limit:
                self._window.record(self._clock())
                self._usage.sent = self._window.recent(self._clock())
            return self.waits

    def begin_wait(
        self,
        error: RateLimitedError,
        seconds: float,
        on_end: Callable[[], None] | None = None,
        *,
        grows: bool = True,
    ) -> None:
        """Begin a wait for a rate limit, which all requests share.

        Waits in a row grow, whatever a server says: each is doubled for each one before it, until
        a request succeeds.

        Args:
            error: the limit.
            seconds: how long to wait.
            on_end: called when the wait is over, before another request is sent.
            grows: False if the seconds have been doubled already, for the same source.

        Raises:
            RateLimitedError: the wait would be too long, so it has not begun.
        """
        factor = float(2 ** min(self._in_a_row, MOST_DOUBLINGS))
        seconds = seconds * factor if grows else max(seconds, factor)
        if self._usage.waited + seconds > self._max_wait:
            raise error
        self._in_a_row += 1
        self._usage.waited += seconds
        self._on_wait(error, seconds)
        self.pause(seconds, on_end)

    def end_row(self, waits: int) -> None:
        """Record that a request succeeded, so that the next wait is as short as the server says.

        Args:
            waits: what `acquire` returned for it. If a wait began after that, nothing is over.
        """
        if waits == self.waits:
            self._in_a_row = 0

    def pause(self, seconds: float, on_end: Callable[[], None] | None = None) -> None:
        """Let no request through for some seconds; this is not counted as waiting for a limit."""
        self.waits += 1
        self._wait = asyncio.ensure_future(self._sleep_until_over(seconds, on_end))

    def give_up(self, error: GitHubError) -> NoReturn:
        """Raise an error now, and for every later request."""
        self._given_up = error
        raise error

    async def _sleep_until_over(self, seconds: float, on_end: Callable[[], None] | None) -> None:
        await self._sleep(seconds)
        if on_end is not None:
            on_end()

    async def _wait_for_limits(self) -> None:
        if self._given_up is not None:
            raise self._given_up
        if self._wait is not None:
            # Shielded, since all requests share the wait, and one of them may be cancelled.
            await asyncio.shield(self._wait)

    @property
    def _has_minute_limit(self) -> bool:
        """Whether the limit per minute applies: a server without rate limits has no such limit.

        Before the first response this is unknown, and the limit applies.
        """
        is_answered = any(status != 0 for status in self._usage.statuses)
        return self._usage.quota is not None or not is_answered

    def _window_delay(self) -> float:
        if self._window is None or not self._has_minute_limit:
            return 0.0
        return self._window.delay(self._clock())
