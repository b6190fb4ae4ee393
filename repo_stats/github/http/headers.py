"""Reads the headers of a response: the quota, the server's time, and how long to wait.

GitHub documents them at
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

_LEAST_WAIT = 1.0
"""The shortest wait, in seconds: a time in the past must not cause requests without pause."""


@dataclass(frozen=True)
class Quota:
    """The primary rate limit.

    Attributes:
        limit: requests an hour.
        remaining: requests left until the reset.
        resets_at: when the quota is full again (UTC).
    """

    limit: int
    remaining: int
    resets_at: datetime


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """The quota; None if the headers name none, as Enterprise Server has no limits by default."""
    try:
        return Quota(
            limit=int(headers["x-ratelimit-limit"]),
            remaining=int(headers["x-ratelimit-remaining"]),
            resets_at=datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), timezone.utc),
        )
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def read_date(headers: Mapping[str, str]) -> datetime:
    """The server's time of the response; this machine's time if the headers lack it (UTC)."""
    try:
        date = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return datetime.now(timezone.utc)
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, which the header gives as a number or a date; None if it gives neither."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return max(_LEAST_WAIT, float(text))
    try:
        until = parsedate_to_datetime(text) if text else None
        return max(_LEAST_WAIT, (until - read_date(headers)).total_seconds()) if until else None
    except (ValueError, TypeError):
        return None
