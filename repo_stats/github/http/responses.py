"""What an answer of the API means: usable, to be asked again, to be waited for, or final.

Pure functions over status, headers and body. The facts behind them: GitHub's documentation of
rate limits (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api) and of
troubleshooting (https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

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

SECONDARY_LIMIT_WAIT = 60.0
"""Seconds to wait where a secondary limit does not say how long: GitHub's documented minimum."""


_LEAST_WAIT = 1.0
"""Seconds to wait at least, so that a time that is over does not make requests without pause."""


_SECONDARY_SIGNS = ("secondary rate", "abuse detection")


_KINDS: Mapping[int, type[PermanentError]] = {
    401: CredentialsError,
    404: NotFoundError,
    410: GoneError,
}


@dataclass(frozen=True)
class Quota:
    """The primary rate limit as an answer's headers tell it.

    Attributes:
        limit: requests an hour.
        remaining: requests left until the reset.
        resets_at: when the quota is full again (UTC).
    """

    limit: int
    remaining: int
    resets_at: datetime


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """The quota an answer tells of, or None: Enterprise Server has no limits by default."""
    try:
        return Quota(
            limit=int(headers["x-ratelimit-limit"]),
            remaining=int(headers["x-ratelimit-remaining"]),
            resets_at=datetime.fromtimestamp(int(headers["x-ratelimit-reset"]), timezone.utc),
        )
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def read_date(headers: Mapping[str, str]) -> datetime:
    """The server's time of an answer, else this machine's (UTC)."""
    try:
        date = parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return datetime.now(timezone.utc)
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def read_error(
    status: int, headers: Mapping[str, str], text: str, *, repo: str, token_name: str | None
) -> GitHubError:
    """The error that an answer other than a success or a 304 stands for.

    Args:
        status: HTTP status.
        headers: answer headers, keys in lower case or case-insensitive.
        text: the body.
        repo: the repository asked for, `owner/name`.
        token_name: what the token of the request is called in the settings, for the advice in
            the sentence; None if the request was anonymous.
    """
    message = read_message(text)
    if status in (403, 429) and (
        limit := _find_rate_limit(headers, message, repo=repo, has_token=token_name is not None)
    ):
        return limit
    if status in (408, 429) or status >= 500:
        return TransientError(
            f"GitHub answered {status} for {repo}; the request is worth retrying."
        )
    if status == 422 and "pagination" in message.lower():
        return PageCapError(
            f"The list of {repo} is longer than page numbers reach; follow its cursor."
        )
    kind = _KINDS.get(status, PermanentError)
    return kind(_advise(status, message, repo=repo, token_name=token_name))


def read_message(text: str) -> str:
    """GitHub's own words in an error body, in one line; empty where there are none."""
    try:
        body = json.loads(text)
    except ValueError:
        return ""
    message = body.get("message") if isinstance(body, dict) else None
    return " ".join(message.split())[:200] if isinstance(message, str) else ""


def require_same_origin(url: str, asked_url: str, repo: str) -> None:
    """Refuse an address that leads to another scheme, host or port than the one asked.

    Raises:
        PermanentError: it does.
    """
    there, here = urlsplit(url), urlsplit(asked_url)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        raise PermanentError(
            f"GitHub's answer for {repo} leads to another host, {there.netloc or url!r}, which was "
            "not followed so that the token stays with the host it was set for; check "
            "REPO_STATS_API_URL."
        )


def _find_rate_limit(
    headers: Mapping[str, str], message: str, *, repo: str, has_token: bool
) -> RateLimitedError | None:
    date = read_date(headers)
    quota = read_quota(headers)
    exhausted = quota is not None and quota.remaining == 0
    secondary = any(sign in message.lower() for sign in _SECONDARY_SIGNS)
    retry_after = _read_retry_after(headers, date)
    if not (exhausted or secondary or retry_after is not None):
        return None
    if retry_after is not None:
        seconds = retry_after
    elif quota is not None and exhausted:
        seconds = max(0.0, (quota.resets_at - date).total_seconds()) + 1
    else:
        seconds = SECONDARY_LIMIT_WAIT
    resets_at = (date + timedelta(seconds=seconds)).astimezone(timezone.utc)
    when = f"{resets_at:%Y-%m-%d %H:%M:%S} UTC"
    if exhausted and not secondary:
        used_up = f"all {quota.limit} requests of this hour are used up" if quota else "used up"
        advice = (
            "wait until then, or refresh fewer repositories"
            if has_token
            else "set GITHUB_TOKEN for 5,000 requests an hour, or wait until then"
        )
        sentence = f"GitHub's rate limit stopped {repo}: {used_up}, until {when}; {advice}."
    else:
        sentence = (
            f"GitHub's secondary rate limit stopped {repo} until {when}; wait until then, and "
            "lower REPO_STATS_IN_FLIGHT or REPO_STATS_PER_MINUTE if it happens again."
        )
    return RateLimitedError(
        sentence,
        seconds=seconds,
        is_guess=retry_after is None and not exhausted,
        is_primary=exhausted and not secondary,
    )


def _read_retry_after(headers: Mapping[str, str], date: datetime) -> float | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return max(_LEAST_WAIT, float(text))
    try:
        until = parsedate_to_datetime(text) if text else None
        return max(_LEAST_WAIT, (until - date).total_seconds()) if until else None
    except (ValueError, TypeError):
        return None


def _advise(status: int, message: str, *, repo: str, token_name: str | None) -> str:
    reason = message or "no reason given"
    if status == 404:
        return _advise_on_missing(repo, token_name)
    if status == 401:
        return _advise_on_credentials(repo, token_name)
    if status == 451 or (status == 403 and "block" in message.lower()):
        return f"GitHub has blocked access to {repo} ({reason}); take it off the watchlist."
    if status == 403:
        return (
            f"GitHub forbids reading {repo} ({reason}); check the permissions of "
            f"{token_name or 'GITHUB_TOKEN'} and its single sign-on authorization."
        )
    if status == 410:
        return (
            f"GitHub says that the issues of {repo} are gone ({message or 'disabled'}); take it "
            "off the watchlist, or enable them."
        )
    return (
        f"GitHub refused the request for {repo} with status {status} ({reason}); check "
        "REPO_STATS_API_URL and the watchlist."
    )


def _advise_on_missing(repo: str, token_name: str | None) -> str:
    if token_name is None:
        return (
            f"GitHub knows no public repository {repo}; check its name in the watchlist, or set "
            "GITHUB_TOKEN if it is private."
        )
    return (
        f"GitHub knows no repository {repo}, or {token_name} may not read it; check its name in "
        "the watchlist, and the token's permissions if it is private."
    )


def _advise_on_credentials(repo: str, token_name: str | None) -> str:
    if token_name is None:
        return f"GitHub answers nobody without a token (asked for {repo}); set GITHUB_TOKEN."
    return (
        f"GitHub does not accept {token_name} (asked for {repo}); it may have expired: make a "
        "new one at https://github.com/settings/tokens, or unset it for public repositories."
    )
