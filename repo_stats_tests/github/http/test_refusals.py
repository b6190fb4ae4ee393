"""What refusals mean: retry, wait, or give up, and with which message."""

import json

import pytest

from repo_stats.github.errors import (
    CredentialsError,
    GoneError,
    NotFoundError,
    PageCapError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from repo_stats.github.http.refusals import read_error
from repo_stats_tests.helpers.fake_time import NOON

DATE = {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}

TOKEN = "GITHUB_TOKEN"

SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes."


def error(
    status: int,
    message: str = "",
    headers: dict[str, str] | None = None,
    *,
    token_name: str | None = "GITHUB_TOKEN",
) -> Exception:
    return read_error(
        status,
        {**DATE, **(headers or {})},
        json.dumps({"message": message}).encode(),
        repo="a/b",
        token_name=token_name,
    )


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_timeouts_and_server_errors_are_worth_retrying(status: int) -> None:
    passing = error(status)
    assert isinstance(passing, TransientError)
    assert str(passing) == f"GitHub answered {status} for a/b; try again later."


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 422, 451])
def test_other_refusals_are_final(status: int) -> None:
    final = error(status, "No.")
    assert isinstance(final, PermanentError)
    assert "a/b" in str(final)


@pytest.mark.parametrize(
    ("status", "message", "token_name", "says"),
    [
        (404, "Not Found", None, "no public repository a/b; check its name, or set"),
        (404, "Not Found", TOKEN, "or GITHUB_TOKEN may not read it"),
        (401, "Bad credentials", TOKEN, "does not accept GITHUB_TOKEN (request for a/b)"),
        (
            401,
            "Requires authentication",
            None,
            "requires a token (request for a/b); set GITHUB_TOKEN.",
        ),
        (401, "Bad credentials", "token 2 of GITHUB_TOKENS", "accept token 2 of GITHUB_TOKENS"),
        (451, "DMCA", TOKEN, "blocked access to a/b (DMCA); leave it out"),
        (403, "Repository access blocked", TOKEN, "blocked access to a/b"),
        (403, "SAML", TOKEN, "forbids reading a/b (SAML)"),
        (400, "", TOKEN, "status 400 (no reason given)"),
    ],
)
def test_a_final_refusal_says_what_to_do(
    status: int, message: str, token_name: str | None, says: str
) -> None:
    assert says in str(error(status, message, token_name=token_name))


@pytest.mark.parametrize(
    ("status", "kind"), [(401, CredentialsError), (404, NotFoundError), (410, GoneError)]
)
def test_refusals_that_are_handled_have_a_class_of_their_own(
    status: int, kind: type[PermanentError]
) -> None:
    assert type(error(status)) is kind


def test_a_refused_page_number_is_distinguished_from_other_refusals() -> None:
    words = "Pagination with the page parameter is not supported for large datasets"
    assert isinstance(error(422, words), PageCapError)
    assert not isinstance(error(422, "Validation Failed"), PageCapError)


@pytest.mark.parametrize("status", [403, 429])
def test_an_exhausted_quota_waits_until_a_second_after_its_reset(status: int) -> None:
    headers = {
        "x-ratelimit-limit": "60",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(NOON) + 90),
    }
    limit = error(status, "API rate limit exceeded", headers, token_name=None)
    assert isinstance(limit, RateLimitedError)
    assert limit.seconds == 91.0
    assert limit.is_primary
    assert "until 2026-11-23 12:01:31 UTC" in str(limit)
    assert "set GITHUB_TOKEN for 5,000 requests an hour" in str(limit)


def test_retry_after_counts_more_than_the_reset() -> None:
    headers = {
        "retry-after": "7",
        "x-ratelimit-limit": "60",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(int(NOON) + 90),
    }
    limit = error(403, SECONDARY, headers)
    assert isinstance(limit, RateLimitedError)
    assert (limit.seconds, limit.is_primary) == (7.0, False)


def test_retry_after_may_be_a_date() -> None:
    limit = error(429, SECONDARY, {"retry-after": "Mon, 23 Nov 2026 12:00:20 GMT"})
    assert isinstance(limit, RateLimitedError)
    assert limit.seconds == 20.0


@pytest.mark.parametrize("message", [SECONDARY, "You have triggered an abuse detection mechanism"])
def test_a_secondary_limit_without_a_time_waits_a_minute_that_may_grow(message: str) -> None:
    limit = error(403, message)
    assert isinstance(limit, RateLimitedError)
    assert limit.seconds == 60.0


def test_an_error_that_is_no_json_has_no_message() -> None:
    assert "(no reason given)" in str(read_error(400, DATE, b"<html>", repo="a/b", token_name=None))


def test_a_message_can_be_stored_whatever_characters_it_holds() -> None:
    half = read_error(451, DATE, b'{"message": "no \\ud83d emoji"}', repo="a/b", token_name=None)
    assert "(no emoji)" in str(half)
    assert str(half).encode()


@pytest.mark.parametrize("text", ["0", "Mon, 23 Nov 2026 11:59:00 GMT"])
def test_a_time_that_is_over_still_waits_a_second(text: str) -> None:
    limit = error(429, SECONDARY, {"retry-after": text})
    assert isinstance(limit, RateLimitedError)
    assert limit.seconds == 1.0
