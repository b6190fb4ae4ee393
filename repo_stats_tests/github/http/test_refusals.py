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
from repo_stats.github.http.refusals import read_error, read_message
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
    transient = error(status)
    assert type(transient) is TransientError
    assert str(transient) == f"GitHub answered {status} for a/b; try again later."


def test_a_server_error_that_speaks_of_limits_or_pages_is_one_nevertheless() -> None:
    assert type(error(502, f"{SECONDARY} Pagination", {"retry-after": "9"})) is TransientError


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 422, 451])
def test_other_refusals_are_final(status: int) -> None:
    assert isinstance(error(status, "No."), PermanentError)


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
    refused = error(422, words)
    assert isinstance(refused, PageCapError)
    assert str(refused) == "The list of a/b is longer than page numbers reach; follow its cursor."
    assert not isinstance(error(422, "Validation Failed"), PageCapError)
    assert not isinstance(error(400, words), PageCapError)


def test_retry_after_may_be_a_date() -> None:
    limit = error(429, SECONDARY, {"retry-after": "Mon, 23 Nov 2026 12:00:20 GMT"})
    assert isinstance(limit, RateLimitedError)
    assert limit.seconds == 20.0


def rate(remaining: int, resets_in: int) -> dict[str, str]:
    return {
        "x-ratelimit-limit": "60",
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(NOON) + resets_in),
    }


PRIMARY = "API rate limit exceeded for user ID 7."


@pytest.mark.parametrize(
    ("status", "message", "headers", "seconds", "is_primary"),
    [
        (403, "", rate(0, -60), 1.0, True),
        (403, PRIMARY, rate(9, -60), 1.0, True),
        (403, PRIMARY, rate(9, 90), 91.0, True),
        (403, PRIMARY, {}, 60.0, True),
        (429, "", {}, 60.0, False),
        (429, "", rate(9, 90), 60.0, False),
        (403, SECONDARY, rate(9, 90), 60.0, False),
        (403, SECONDARY, rate(0, 90), 91.0, False),
        (403, SECONDARY, {}, 60.0, False),
        (403, SECONDARY.upper(), {}, 60.0, False),
        (403, "You have triggered an abuse detection mechanism", {}, 60.0, False),
        (403, SECONDARY, {**rate(0, 90), "retry-after": "7"}, 7.0, False),
        (429, PRIMARY, rate(0, 90), 91.0, True),
        (403, "", {"retry-after": "9"}, 9.0, False),
        (403, "", {**rate(0, 90), "retry-after": "9"}, 9.0, True),
        (403, "", rate(0, 86_399), 86_400.0, True),
    ],
)
def test_a_limit_is_told_from_its_message_and_headers_and_lasts_as_they_say(
    status: int, message: str, headers: dict[str, str], seconds: float, is_primary: bool
) -> None:
    limit = error(status, message, headers)
    assert isinstance(limit, RateLimitedError)
    assert (limit.seconds, limit.is_primary) == (seconds, is_primary)


@pytest.mark.parametrize(
    ("status", "headers"),
    [(403, {}), (403, rate(1, 90)), (404, {"retry-after": "9"}), (404, rate(0, 90))],
)
def test_a_refusal_with_requests_left_or_of_another_status_is_no_limit(
    status: int, headers: dict[str, str]
) -> None:
    assert not isinstance(error(status, "No.", headers), RateLimitedError)


def test_a_limit_of_more_than_a_day_is_none_of_githubs() -> None:
    limit = error(403, "", rate(0, 86_400))
    assert type(limit) is PermanentError
    assert str(limit) == (
        "GitHub's rate limit stopped a/b for more than a day, which no limit of GitHub's lasts; "
        "check REPO_STATS_API_URL, or try again later."
    )


@pytest.mark.parametrize(
    ("message", "headers", "token_name", "sentence"),
    [
        (
            PRIMARY,
            rate(0, 90),
            None,
            "GitHub's rate limit stopped a/b: all 60 requests of this hour are used up, until "
            "2026-11-23 12:01:31 UTC; set GITHUB_TOKEN for 5,000 requests an hour, or wait until "
            "then.",
        ),
        (
            PRIMARY,
            rate(9, 90),
            TOKEN,
            "GitHub's rate limit stopped a/b: the requests of this hour are used up, until "
            "2026-11-23 12:01:31 UTC; wait until then, or refresh fewer repositories.",
        ),
        (
            SECONDARY,
            {"retry-after": "7"},
            TOKEN,
            "GitHub's secondary rate limit stopped a/b until 2026-11-23 12:00:07 UTC; wait until "
            "then, and lower REPO_STATS_IN_FLIGHT or REPO_STATS_PER_MINUTE if it happens again.",
        ),
    ],
)
def test_a_limit_says_until_when_and_what_helps(
    message: str, headers: dict[str, str], token_name: str | None, sentence: str
) -> None:
    assert str(error(403, message, headers, token_name=token_name)) == sentence


def test_a_message_is_cut_and_a_body_too_large_for_one_is_not_read() -> None:
    assert read_message(json.dumps({"message": "a" * 300}).encode()) == "a" * 200
    fits = json.dumps({"message": "a", "x": ""}).encode()
    full = fits.replace(b'""', b'"' + b"x" * (100_000 - len(fits)) + b'"')
    assert len(full) == 100_000
    assert read_message(full) == "a"
    assert read_message(full + b" ") == ""


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
