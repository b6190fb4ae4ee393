"""Turns a refused request into an error: one to retry, one to wait for, or a final one.

Pure functions of status, headers and body. GitHub documents the facts behind them at
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api and
https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api.
The sentences about final refusals are in `advice`. `rate_limiter` waits while a rate limit lasts.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from repo_stats.github.errors import (
    CredentialsError,
    GitHubError,
    GoneError,
    NotFoundError,
    PageCapError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from repo_stats.github.fields import storable_text
from repo_stats.github.http.advice import advise
from repo_stats.github.http.headers import Quota, read_date, read_quota, read_retry_after

SECONDARY_LIMIT_WAIT = 60.0
"""Seconds to wait if a secondary limit does not say how long: GitHub's documented minimum."""

_SECONDARY_SIGNS = ("secondary rate", "abuse detection")

_KINDS: Mapping[int, type[PermanentError]] = {
    401: CredentialsError,
    404: NotFoundError,
    410: GoneError,
}


def read_error(
    status: int, headers: Mapping[str, str], text: str, *, repo: str, token_name: str | None
) -> GitHubError:
    """The error that a response other than a success or a 304 stands for.

    Args:
        status: HTTP status.
        headers: response headers, keys in lower case or case-insensitive.
        text: the body.
        repo: the requested repository, `owner/name`.
        token_name: what the settings call the token of the request, for the advice in the message;
            None if the request was anonymous.
    """
    message = read_message(text)
    if status in (403, 429) and (
        limit := _find_rate_limit(headers, message, repo=repo, has_token=token_name is not None)
    ):
        return limit
    if status in (408, 429) or status >= 500:
        return TransientError(f"GitHub answered {status} for {repo}; try again later.")
    if status == 422 and "pagination" in message.lower():
        return PageCapError(
            f"The list of {repo} is longer than page numbers reach; follow its cursor."
        )
    kind = _KINDS.get(status, PermanentError)
    return kind(advise(status, message, repo=repo, token_name=token_name))


def read_message(text: str) -> str:
    """GitHub's own message in an error body, on one line; empty if there is none."""
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    message = body.get("message") if isinstance(body, dict) else None
    return " ".join(storable_text(message).split())[:200] if isinstance(message, str) else ""


def _find_rate_limit(
    headers: Mapping[str, str], message: str, *, repo: str, has_token: bool
) -> RateLimitedError | None:
    """The rate limit behind a refusal; None if it has another reason."""
    date, quota, retry_after = read_date(headers), read_quota(headers), read_retry_after(headers)
    used_up = quota if quota is not None and quota.remaining == 0 else None
    is_secondary = any(sign in message.lower() for sign in _SECONDARY_SIGNS)
    if used_up is None and not is_secondary and retry_after is None:
        return None
    # GitHub asks clients to obey Retry-After first, then the reset, and to guess only without both.
    if retry_after is not None:
        seconds = retry_after
    elif used_up is not None:
        seconds = max(0.0, (used_up.resets_at - date).total_seconds()) + 1
    else:
        seconds = SECONDARY_LIMIT_WAIT
    until = date + timedelta(seconds=seconds)
    # A message about a secondary limit counts more than the quota: another token would not help.
    primary = None if is_secondary else used_up
    return RateLimitedError(
        _describe_limit(primary, until, repo=repo, has_token=has_token),
        seconds=seconds,
        is_guess=retry_after is None and used_up is None,
        is_primary=primary is not None,
    )


def _describe_limit(used_up: Quota | None, until: datetime, *, repo: str, has_token: bool) -> str:
    when = f"{until.astimezone(timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
    if used_up is None:
        return (
            f"GitHub's secondary rate limit stopped {repo} until {when}; wait until then, and "
            "lower REPO_STATS_IN_FLIGHT or REPO_STATS_PER_MINUTE if it happens again."
        )
    advice = (
        "wait until then, or refresh fewer repositories"
        if has_token
        else "set GITHUB_TOKEN for 5,000 requests an hour, or wait until then"
    )
    return (
        f"GitHub's rate limit stopped {repo}: all {used_up.limit} requests of this hour are used "
        f"up, until {when}; {advice}."
    )
