"""Reads the headers of a response: the quota, the server's time, validators, and waits.

A server may send anything in them. Each function here accepts every text, and gives None for what
is not as the documents say:
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and RFC 9110.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

from repo_stats.json_codec import UtcTime

LEAST_WAIT = 1.0
"""The shortest wait, in seconds: a time in the past must not cause requests without pause."""

LONGEST_WAIT = 10 * 365 * 86_400.0
"""The longest wait that is told apart, in seconds: ten years."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_DATE = re.compile(
    rf"[A-Z][a-z]{{2}}, ([0-9]{{2}}) ({'|'.join(_MONTHS)}) ([0-9]{{4}}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT"
)

_FIRST_YEAR, _LAST_YEAR = 2000, 2199

_LATEST = datetime(_LAST_YEAR, 12, 31, tzinfo=timezone.utc)
"""Later resets are cut to this one, so that a wait can be added to any time."""

_ETAG = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,1022}[\x21-\x7e])?")


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
    resets_at: UtcTime


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """The quota; None if the headers name none, as Enterprise Server has no limits by default."""
    limit = _read_count(headers.get("x-ratelimit-limit"))
    remaining = read_remaining(headers)
    resets_at = read_reset(headers)
    if limit is None or remaining is None or resets_at is None:
        return None
    return Quota(limit, remaining, resets_at)


def read_remaining(headers: Mapping[str, str]) -> int | None:
    """The requests left until the reset."""
    return _read_count(headers.get("x-ratelimit-remaining"))


def read_reset(headers: Mapping[str, str]) -> datetime | None:
    """When the quota is full again (UTC)."""
    seconds = _read_count(headers.get("x-ratelimit-reset"))
    if seconds is None:
        return None
    return datetime.fromtimestamp(min(seconds, int(_LATEST.timestamp())), timezone.utc)


def read_date(headers: Mapping[str, str]) -> datetime:
    """The server's time of the response; this machine's time if the headers lack it (UTC)."""
    date = parse_date(headers.get("date", ""))
    if date is None or not _FIRST_YEAR <= date.year <= _LAST_YEAR:
        return datetime.now(timezone.utc)
    return date


def read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, which the header gives as a number or a date; None if it gives neither."""
    text = headers.get("retry-after", "")
    seconds: float | None = _read_count(text)
    if (until := parse_date(text)) is not None:
        seconds = (until - read_date(headers)).total_seconds()
    return None if seconds is None else min(max(LEAST_WAIT, float(seconds)), LONGEST_WAIT)


def read_etag(headers: Mapping[str, str]) -> str | None:
    """The validator, if it can be sent back."""
    etag = headers.get("etag")
    return etag if etag is not None and is_sendable(etag) else None


def is_sendable(etag: str) -> bool:
    """Whether a validator may be a header: printable ASCII of reasonable length."""
    return _ETAG.fullmatch(etag) is not None


def parse_date(text: str) -> datetime | None:
    """Parse a date as servers must write it, such as `Mon, 23 Nov 2026 12:00:00 GMT` (UTC)."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    day, month, year, hour, minute, second = match.groups()
    try:
        return datetime(
            int(year),
            _MONTHS.index(month) + 1,
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=timezone.utc,
        )
    except ValueError:  # such as February 30, or the year 0
        return None


def _read_count(text: str | None) -> int | None:
    """A whole number without a sign; one of more than 15 digits is cut to the largest of them."""
    digits = "" if text is None else text.strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= 15 else 10**15 - 1
