"""Selects one of several tokens by their quotas and limits, as the responses state them.

Times are seconds since the epoch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from repo_stats.github.auth.credentials import Token
from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.rate_limiter import MOST_DOUBLINGS

LATELY = 60.0
"""For how many seconds after it worked a token is not dropped for a single refusal."""


@dataclass
class _Entry:
    """A token (None for anonymous requests), and what is known of its quota.

    Attributes:
        token: the token.
        quota: as the latest response stated it.
        limit: the refusal after which the token must not be used for a while.
        free_at: when the token may be used again after that refusal.
        limits: how many such refusals came since the token last worked.
        worked_at: when the token last worked.
    """

    token: Token | None
    quota: Quota | None = None
    limit: RateLimitedError | None = None
    free_at: float = 0.0
    limits: int = 0
    worked_at: float = -inf

    def seconds_left(self, now: float) -> float:
        """Seconds until its limit is over; rounded to milliseconds, to hide rounding errors."""
        return 0.0 if self.limit is None else max(0.0, round(self.free_at - now, 3))

    def remaining(self, now: float) -> float:
        """Requests left. A quota that is unknown or was reset since counts as full."""
        if self.seconds_left(now) > 0:
            return 0
        if self.quota is None or self.quota.resets_at.timestamp() <= now:
            return inf
        return self.quota.remaining


class TokenPool:
    """The tokens of a client, over which all requests are spread.

    Args:
        tokens: the tokens; of two with as much quota left, the earlier one is selected.
        is_anonymous: whether requests may be sent without a token.
        worked_at: when earlier steps of the run last sent requests with them.
    """

    def __init__(
        self,
        tokens: Iterable[Token] = (),
        *,
        is_anonymous: bool = False,
        worked_at: float = -inf,
    ) -> None:
        members = [None, *tokens] if is_anonymous else [*tokens]
        self._entries = {_name(t): _Entry(t, worked_at=worked_at) for t in members}

    @property
    def is_empty(self) -> bool:
        """Whether no token is left, and anonymous requests are not allowed either."""
        return not self._entries

    @property
    def quota(self) -> Quota | None:
        """The sum of all known quotas; its reset is the earliest of theirs."""
        quotas = [entry.quota for entry in self._entries.values() if entry.quota is not None]
        if not quotas:
            return None
        return Quota(
            limit=sum(quota.limit for quota in quotas),
            remaining=sum(quota.remaining for quota in quotas),
            resets_at=min(quota.resets_at for quota in quotas),
        )

    def put(self, token: Token) -> None:
        """Add a token; one of the same name is replaced, and its quota stays."""
        entry = self._entries.setdefault(token.name, _Entry(token))
        if entry.token != token:
            entry.token, entry.worked_at = token, -inf

    def select(self, now: float, owner: str | None = None) -> Token | None:
        """The token to send a request with; None sends it anonymously.

        Args:
            now: the time.
            owner: fingerprint of the token that an ETag belongs to; preferred while it has quota.
        """
        for entry in self._entries.values():
            is_owner = entry.token is not None and entry.token.id == owner
            if is_owner and entry.remaining(now) > 0:
                return entry.token
        # Refusals count more than headers: a refused token goes last.
        return max(
            self._entries.values(),
            key=lambda entry: (-entry.seconds_left(now), entry.remaining(now)),
        ).token

    def record_quota(self, token: Token | None, quota: Quota | None) -> None:
        """Record the quota of a token as a response states it."""
        if quota is not None and (entry := self._find(token)) is not None:
            entry.quota = quota

    def mark_exhausted(self, token: Token | None, limit: RateLimitedError, now: float) -> None:
        """Record that GitHub refused a token because its quota is used up.

        Refusals in a row keep it longer each time, whatever GitHub says of its reset.
        """
        if (entry := self._find(token)) is not None:
            # Of several requests refused at once, only the first one is a further refusal.
            if entry.seconds_left(now) == 0:
                entry.free_at = now + limit.seconds * 2 ** min(entry.limits, MOST_DOUBLINGS)
                entry.limits += 1
            entry.free_at = max(entry.free_at, now + limit.seconds)
            entry.limit = limit

    def mark_working(self, token: Token | None, now: float) -> None:
        """Record that GitHub answered a request with a token."""
        if (entry := self._find(token)) is not None:
            entry.limits = 0
            entry.worked_at = now

    def lift_limit(self, token: Token | None) -> None:
        """Use a token again at once, although it was refused."""
        if (entry := self._find(token)) is not None:
            entry.limit = None

    def worked_lately(self, token: Token | None, now: float) -> bool:
        """Whether a token worked within the last minute, so that a refusal may be a mistake."""
        entry = self._find(token)
        return entry is not None and now - entry.worked_at < LATELY

    def remove(self, token: Token | None) -> bool:
        """Stop using a token; returns whether it was still in use."""
        if self._find(token) is None:
            return False
        del self._entries[_name(token)]
        return True

    def next_reset(self, now: float) -> tuple[RateLimitedError, float] | None:
        """The limit that ends first, and the seconds until it ends; None while a token has quota.

        A token that was not refused counts as one with quota, whatever the headers say.
        """
        entries = list(self._entries.values())
        if not entries or any(entry.seconds_left(now) == 0 for entry in entries):
            return None
        first = min(entries, key=lambda entry: entry.free_at)
        return None if first.limit is None else (first.limit, first.seconds_left(now))

    def clear_expired_limits(self, now: float) -> None:
        """Count the quota of each token whose limit is over as full."""
        for entry in self._entries.values():
            if entry.limit is not None and entry.seconds_left(now) == 0:
                entry.limit = entry.quota = None

    def _find(self, token: Token | None) -> _Entry | None:
        entry = self._entries.get(_name(token))
        return entry if entry is not None and entry.token == token else None


def _name(token: Token | None) -> str | None:
    return None if token is None else token.name
