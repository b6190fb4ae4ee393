"""Turns a refused request into an error: one to retry, one to wait for, or a final one.

Pure functions of status, headers and body. GitHub documents the facts behind them at
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api.
The sentences about final refusals are in `advice`. `rate_limiter` waits while a rate limit lasts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from repo_stats.github.errors import (
    CredentialsError,
    ForbiddenError,
    GitHubError,
    GoneError,
    NotFoundError,
    PageCapError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from repo_stats.github.http.advice import advise, is_blocked
from repo_stats.github.http.bodies import decode_json
from repo_stats.github.http.headers import (
    LONGEST_WAIT,
    read_date,
    read_quota,
    read_remaining,
    read_reset,
    read_retry_after,
)
from repo_stats.safe_text import make_safe

UNTOLD_WAIT = 60.0
"""Seconds to wait if a limit does not say how long: GitHub's documented minimum."""

LONGEST_LIMIT = 86_400.0
"""Seconds that a limit may last: those of GitHub are over after an hour. A longer one is an error
of that response, and stops no other repository."""

_PRIMARY_SIGN = "rate limit exceeded"
"""In GitHub's message that the requests of an hour are used up, which may come with no header or
with a number of remaining requests (octokit/plugin-throttling.js#218, #222)."""

_SECONDARY_SIGNS = ("secondary rate", "abuse detection")

_LIMIT_SIGNS = (_PRIMARY_SIGN, *_SECONDARY_SIGNS)

_LIMIT_TYPES = ("RATE_LIMITED", "RATE_LIMIT")
"""The types of errors in responses to queries that mean a limit; others may say so in words."""

_MOST_BYTES = 100_000
"""A larger error body is none of GitHub's: its message is not read."""

_KINDS: Mapping[int, type[PermanentError]] = {
    401: CredentialsError,
    403: ForbiddenError,
    404: NotFoundError,
    410: GoneError,
}


def read_error(
    status: int, headers: Mapping[str, str], body: bytes, *, repo: str, token_name: str | None
) -> GitHubError:
    """The error that a response other than a success or a 304 stands for.

    Args:
        status: HTTP status.
        headers: response headers, keys in lower case or case-insensitive.
        body: the body.
        repo: the requested repository, `owner/name`.
        token_name: what the settings call the token of the request, for the advice in the message;
            None if the request was anonymous.
    """
    message = read_message(body)
    if status in (403, 429) and (limit := _find_limit(status, headers, message)):
        return limit.to_error(repo, has_token=token_name is not None)
    if status == 408 or status >= 500:
        return TransientError(f"GitHub answered {status} for {repo}; try again later.")
    if status == 422 and "pagination" in message.lower():
        return PageCapError(
            f"The list of {repo} is longer than page numbers reach; follow its cursor."
        )
    kind = PermanentError if is_blocked(status, message) else _KINDS.get(status, PermanentError)
    return kind(advise(status, message, repo=repo, token_name=token_name))


def find_query_limit(headers: Mapping[str, str], body: Any, repo: str) -> GitHubError | None:
    """The rate limit in the response to a GraphQL query, which GitHub sends with the status 200.

    Args:
        headers: response headers, keys in lower case or case-insensitive.
        body: the decoded body.
        repo: the repository that the query is for, for the error message.
    """
    errors = body.get("errors") if isinstance(body, dict) else None
    for error in errors if isinstance(errors, list) else ():
        told = error if isinstance(error, dict) else {}
        message = told.get("message")
        message = message if isinstance(message, str) else ""
        words = message.lower()
        is_limit = told.get("type") in _LIMIT_TYPES or any(sign in words for sign in _LIMIT_SIGNS)
        if is_limit and (limit := _find_limit(429, headers, message)):
            return limit.to_error(repo, has_token=True)
    return None


def read_message(body: bytes) -> str:
    """GitHub's own message in an error body, on one line; empty if there is none.

    The body is JSON, and JSON is UTF-8: what the headers say of its charset does not matter.
    """
    if len(body) > _MOST_BYTES:
        return ""
    try:
        value = decode_json(body.decode("utf-8", "replace"))
    except ValueError:
        return ""
    message = value.get("message") if isinstance(value, dict) else None
    return " ".join(make_safe(message).split())[:200] if isinstance(message, str) else ""


@dataclass(frozen=True)
class _Limit:
    """A rate limit behind a refusal.

    Attributes:
        date: the server's time of the response (UTC).
        seconds: how long to wait.
        is_primary: whether the requests of an hour are used up.
        limit: the requests of an hour; None if it is not known.
    """

    date: datetime
    seconds: float
    is_primary: bool
    limit: int | None

    def to_error(self, repo: str, *, has_token: bool) -> GitHubError:
        if self.seconds > LONGEST_LIMIT:
            return PermanentError(
                f"GitHub's rate limit stopped {repo} for more than a day, which no limit of "
                "GitHub's lasts; check REPO_STATS_API_URL, or try again later."
            )
        return RateLimitedError(
            self._describe(repo, has_token=has_token),
            seconds=self.seconds,
            is_primary=self.is_primary,
        )

    def _describe(self, repo: str, *, has_token: bool) -> str:
        kind = "rate limit" if self.is_primary else "secondary rate limit"
        until = self.date + timedelta(seconds=self.seconds)
        when = f"{until.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
        if not self.is_primary:
            return (
                f"GitHub's {kind} stopped {repo} until {when}; wait until then, and lower "
                "REPO_STATS_IN_FLIGHT or REPO_STATS_PER_MINUTE if it happens again."
            )
        advice = (
            "wait until then, or refresh fewer repositories"
            if has_token
            else "set GITHUB_TOKEN for 5,000 requests an hour, or wait until then"
        )
        requests = "the requests" if self.limit is None else f"all {self.limit} requests"
        return (
            f"GitHub's {kind} stopped {repo}: {requests} of this hour are used up, until {when}; "
            f"{advice}."
        )


def _find_limit(status: int, headers: Mapping[str, str], message: str) -> _Limit | None:
    """The rate limit behind a 403 or 429; None if a 403 has another reason."""
    date, retry_after, reset = read_date(headers), read_retry_after(headers), read_reset(headers)
    words = message.lower()
    is_secondary = any(sign in words for sign in _SECONDARY_SIGNS)
    is_primary = not is_secondary and (read_remaining(headers) == 0 or _PRIMARY_SIGN in words)
    if status != 429 and not is_secondary and not is_primary and retry_after is None:
        return None
    # GitHub asks clients to obey Retry-After first, then the reset, and to guess only without both.
    # The reset tells nothing of a secondary limit, unless the hour's requests are used up as well.
    seconds = retry_after
    if seconds is None and reset is not None and (is_primary or read_remaining(headers) == 0):
        seconds = min(max(0.0, (reset - date).total_seconds()) + 1, LONGEST_WAIT)
    quota = read_quota(headers)
    return _Limit(
        date=date,
        seconds=UNTOLD_WAIT if seconds is None else seconds,
        is_primary=is_primary,
        limit=quota.limit if quota is not None and quota.remaining == 0 else None,
    )
