"""Which of several tokens a request is sent with: decided from what answers told of each.

Times are seconds since the epoch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf

from repo_stats.github.auth.credentials import Token
from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.responses import Quota


@dataclass
class _Member:
    """A token, or None for anonymous requests, and what is known of its quota."""

    token: Token | None
    quota: Quota | None = None
    limit: RateLimitedError | None = None
    free_at: float = 0.0

    def seconds_left(self, now: float) -> float:
        """Seconds until its limit is over, in milliseconds: finer is no more than rounding."""
        return 0.0 if self.limit is None else max(0.0, round(self.free_at - now, 3))

    def remaining(self, now: float) -> float:
        """Requests left; an unknown quota counts as full, and so does one since its reset."""
        if self.seconds_left(now) > 0:
            return 0
        if self.quota is None or self.quota.resets_at.timestamp() <= now:
            return inf
        return self.quota.remaining


class TokenPool:
    """The tokens of a client, which all requests are spread over.

    Without any token, and with none to come by `put`, it holds the anonymous quota alone.

    Args:
        tokens: the tokens; the earlier is taken where two have as much left.
        is_anonymous: whether requests are sent without a token.
    """

    def __init__(self, tokens: Iterable[Token] = (), *, is_anonymous: bool = False) -> None:
        self._members: dict[str | None, _Member] = {}
        if is_anonymous:
            self._members[None] = _Member(None)
        for token in tokens:
            self.put(token)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to send a request with, not even nothing itself."""
        return not self._members

    @property
    def quota(self) -> Quota | None:
        """The known quotas of all tokens together, until the first of their resets."""
        quotas = [member.quota for member in self._members.values() if member.quota is not None]
        if not quotas:
            return None
        return Quota(
            limit=sum(quota.limit for quota in quotas),
            remaining=sum(quota.remaining for quota in quotas),
            resets_at=min(quota.resets_at for quota in quotas),
        )

    def put(self, token: Token) -> None:
        """Add a token, or replace the one of its name, whose quota it has."""
        member = self._members.setdefault(token.name, _Member(token))
        member.token = token

    def choose(self, now: float, owner: str | None = None) -> Token | None:
        """The token to send a request with; None sends it without.

        Args:
            now: the time.
            owner: fingerprint of the token that an ETag belongs to: taken while it has quota.
        """
        for member in self._members.values():
            is_owner = member.token is not None and member.token.id == owner
            if is_owner and member.remaining(now) > 0:
                return member.token
        return max(
            self._members.values(),
            key=lambda member: (-member.seconds_left(now), member.remaining(now)),
        ).token

    def learn(self, token: Token | None, quota: Quota | None) -> None:
        """Note what an answer told of a token's quota."""
        if quota is not None and (member := self._find(token)) is not None:
            member.quota = quota

    def exhaust(self, token: Token | None, limit: RateLimitedError, now: float) -> None:
        """Note that a token's quota is used up."""
        if (member := self._find(token)) is not None:
            member.limit = limit
            member.free_at = now + limit.seconds

    def drop(self, token: Token | None) -> bool:
        """Use a token no more; whether it was in use until now."""
        if self._find(token) is None:
            return False
        del self._members[_name(token)]
        return True

    def next_reset(self, now: float) -> tuple[RateLimitedError, float] | None:
        """The limit to wait for and its seconds; None while a token has quota.

        A token without a refusal counts as one that has quota, whatever the headers told.
        """
        members = list(self._members.values())
        if not members or any(member.seconds_left(now) == 0 for member in members):
            return None
        first = min(members, key=lambda member: member.free_at)
        return None if first.limit is None else (first.limit, first.seconds_left(now))

    def release(self, now: float) -> None:
        """Count the quota of each token whose limit is over by now as full."""
        for member in self._members.values():
            if member.limit is not None and member.seconds_left(now) == 0:
                member.limit = member.quota = None

    def _find(self, token: Token | None) -> _Member | None:
        member = self._members.get(_name(token))
        return member if member is not None and member.token == token else None


def _name(token: Token | None) -> str | None:
    return None if token is None else token.name
