"""How long to try again while there is no connection.

All requests of a client share one outage, since it concerns each of them. Dagster does not retry
what was given up here: its own pauses would only add up to minutes.
"""

from collections.abc import Callable

from repo_stats.github.errors import GitHubError, UnreachableError
from repo_stats.github.http.rate_limiter import RateLimiter

PATIENCE = 6.0
"""Seconds until a connection that never worked is given up, so that people learn of it soon."""

PATIENCE_AFTER_RESPONSES = 60.0
"""Seconds until a connection that worked before, perhaps in an earlier step of the run, is given
up: a short outage shall not end a run."""

_FIRST_PAUSE = 0.5

_LONGEST_PAUSE = 8.0

_TOLD_PAUSE = 4.0
"""From how many seconds on the first such pause of an outage is told."""


class Outage:
    """The time since the last connection, and the pauses in it.

    Args:
        limiter: makes all requests wait.
        on_wait: called with what happened and the seconds, when an outage does not end at once.
        has_worked: whether there was a connection in an earlier step of the run.
    """

    def __init__(
        self,
        limiter: RateLimiter,
        on_wait: Callable[[GitHubError, float], None],
        *,
        has_worked: bool,
    ) -> None:
        self._limiter = limiter
        self._on_wait = on_wait
        self._patience = PATIENCE_AFTER_RESPONSES if has_worked else PATIENCE
        self._lasted = 0.0
        self._pause = _FIRST_PAUSE

    def end(self) -> None:
        """Record that there was a response."""
        self._patience = PATIENCE_AFTER_RESPONSES
        self._lasted = 0.0
        self._pause = _FIRST_PAUSE

    def begin_pause(self, error: UnreachableError, waits: int, seconds: float) -> None:
        """Begin a pause that all requests share, unless one began since the request was sent.

        Args:
            error: what happened. If it lasts too long, every later request raises it.
            waits: the number of waits when the request was sent.
            seconds: how long the request took until it failed.

        Raises:
            UnreachableError: it has lasted too long.
        """
        if not error.may_pass:
            self._limiter.give_up(error)
        if waits != self._limiter.waits:
            return
        self._lasted += max(0.0, seconds) + self._pause
        if self._lasted > self._patience:
            self._limiter.give_up(error)
        if self._pause == _TOLD_PAUSE:
            self._on_wait(error, self._pause)
        self._limiter.pause(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
