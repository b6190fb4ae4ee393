"""The rate limits: an hourly quota for each caller, and secondary limits for all together."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

WINDOW = 3600


@dataclass(frozen=True)
class LimitRules:
    """The numbers of the limits.

    Attributes:
        authorized: requests an hour for a token.
        anonymous: requests an hour without one.
        in_flight: requests at once that a secondary limit allows.
        per_minute: requests a minute that a secondary limit allows.
        points: points an hour for queries of GraphQL, a budget apart from that of requests.
        points_per_minute: points a minute that a secondary limit allows.
        enabled: False for no limits and no headers, the default of Enterprise Server.
    """

    authorized: int = 5_000
    anonymous: int = 60
    in_flight: int = 100
    per_minute: int = 900
    points: int = 5_000
    points_per_minute: int = 2_000
    enabled: bool = True


@dataclass
class Quota:
    """The primary rate limit of one caller.

    Attributes:
        limit: requests or points an hour.
        resets_at: when it is full again, in whole epoch seconds.
        used: requests or points charged since.
        resource: what it limits, `core` or `graphql`.
    """

    limit: int
    resets_at: int
    used: int = 0
    resource: str = "core"

    @property
    def remaining(self) -> int:
        """What is left until the reset."""
        return max(0, self.limit - self.used)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that describe it."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-used": str(self.used),
            "x-ratelimit-reset": str(self.resets_at),
            "x-ratelimit-resource": self.resource,
        }

    @property
    def overview(self) -> dict[str, int]:
        """What `/rate_limit` tells of it."""
        return {
            "limit": self.limit,
            "used": self.used,
            "remaining": self.remaining,
            "reset": self.resets_at,
        }


@dataclass
class Limits:
    """The state of the limits of all callers; each token is one caller."""

    rules: LimitRules = field(default_factory=LimitRules)
    clock: Callable[[], float] = time.time
    in_flight: int = 0
    _quotas: dict[str | None, Quota] = field(default_factory=dict)
    _points: dict[str | None, Quota] = field(default_factory=dict)
    _recent: deque[float] = field(default_factory=deque)
    _recent_points: deque[tuple[float, int]] = field(default_factory=deque)

    def quota(self, token: str | None) -> Quota:
        """A caller's quota of requests, which is renewed when its hour is over."""
        limit = self.rules.anonymous if token is None else self.rules.authorized
        return self._renew(self._quotas, token, limit, "core")

    def points(self, token: str | None) -> Quota:
        """A caller's quota of points for GraphQL; without a token there are none."""
        limit = 0 if token is None else self.rules.points
        return self._renew(self._points, token, limit, "graphql")

    def _renew(
        self, quotas: dict[str | None, Quota], token: str | None, limit: int, resource: str
    ) -> Quota:
        now = self.clock()
        quota = quotas.get(token)
        if quota is None or quota.resets_at <= now:
            quota = quotas[token] = Quota(limit, int(now) + WINDOW, resource=resource)
        return quota

    def overview(self, token: str | None) -> dict[str, Any]:
        """The body of `/rate_limit` for a caller."""
        quota, points = self.quota(token), self.points(token)
        search = Quota(30, quota.resets_at)
        resources = {"core": quota.overview, "search": search.overview, "graphql": points.overview}
        return {"resources": resources, "rate": quota.overview}

    def is_too_much(self, *, is_query: bool) -> bool:
        """Count a request that has just begun; returns whether it exceeds a secondary limit.

        All requests in flight count. A query of GraphQL counts by its points otherwise.
        """
        now = self.clock()
        if is_query:
            return self.in_flight > self.rules.in_flight
        self._recent.append(now)
        while self._recent[0] <= now - 60:
            self._recent.popleft()
        return self.in_flight > self.rules.in_flight or len(self._recent) > self.rules.per_minute

    def are_too_many_points(self, points: int) -> bool:
        """Count the points of a query; returns whether they exceed a secondary limit."""
        now = self.clock()
        self._recent_points.append((now, points))
        while self._recent_points[0][0] <= now - 60:
            self._recent_points.popleft()
        return sum(spent for _, spent in self._recent_points) > self.rules.points_per_minute
