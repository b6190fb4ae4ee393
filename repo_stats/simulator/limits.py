"""The rate limits: an hourly quota for each caller, and secondary limits for all together."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

WINDOW = 3600


@dataclass(frozen=True)
class LimitRules:
    """The numbers of the limits.

    Attributes:
        authorized: requests an hour for a token.
        anonymous: requests an hour without one.
        in_flight: requests at once that a secondary limit allows.
        per_minute: requests a minute that a secondary limit allows.
        enabled: False for no limits and no headers, the default of Enterprise Server.
    """

    authorized: int = 5_000
    anonymous: int = 60
    in_flight: int = 100
    per_minute: int = 900
    enabled: bool = True


@dataclass
class Quota:
    """The primary rate limit of one caller.

    Attributes:
        limit: requests an hour.
        resets_at: when it is full again, in whole epoch seconds.
        used: requests charged since.
    """

    limit: int
    resets_at: int
    used: int = 0

    @property
    def remaining(self) -> int:
        """Requests left until the reset."""
        return max(0, self.limit - self.used)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that describe it."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-used": str(self.used),
            "x-ratelimit-reset": str(self.resets_at),
            "x-ratelimit-resource": "core",
        }


@dataclass
class Limits:
    """The state of the limits of all callers; each token is one caller."""

    rules: LimitRules = field(default_factory=LimitRules)
    clock: Callable[[], float] = time.time
    in_flight: int = 0
    _quotas: dict[str | None, Quota] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)

    def quota(self, token: str | None) -> Quota:
        """A caller's quota, which is renewed when its hour is over."""
        now = self.clock()
        quota = self._quotas.get(token)
        if quota is None or quota.resets_at <= now:
            limit = self.rules.anonymous if token is None else self.rules.authorized
            quota = self._quotas[token] = Quota(limit, int(now) + WINDOW)
        return quota

    def is_too_much_at_once(self) -> bool:
        """Count a request that has just begun; returns whether it exceeds a secondary limit."""
        now = self.clock()
        self._recent.append(now)
        while self._recent[0] <= now - 60:
            self._recent.popleft()
        return self.in_flight > self.rules.in_flight or len(self._recent) > self.rules.per_minute
