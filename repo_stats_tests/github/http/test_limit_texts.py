"""What a rate limit is, how long it lasts, and the whole sentence that tells of it."""

import json
from typing import Any

import pytest

from repo_stats.github.errors import GitHubError, PermanentError, RateLimitedError
from repo_stats.github.http.advice import advise
from repo_stats.github.http.refusals import LONGEST_LIMIT, read_error, read_message
from repo_stats_tests.helpers.fake_time import NOON

PRIMARY = "API rate limit exceeded for user ID 7."

SECONDARY = "You have exceeded a secondary rate limit."


def error(
    status: int,
    message: Any = "",
    *,
    remaining: int | None = None,
    resets_in: int | None = None,
    token_name: str | None = "GITHUB_TOKEN",
    **headers: str,
) -> GitHubError:
    sent = {"date": "Mon, 23 Nov 2026 12:00:00 GMT", **headers}
    if remaining is not None:
        sent |= {"x-ratelimit-remaining": str(remaining), "x-ratelimit-limit": "60"}
    if resets_in is not None:
        sent["x-ratelimit-reset"] = str(int(NOON) + resets_in)
    body = json.dumps({"message": message}).encode()
    return read_error(status, sent, body, repo="a/b", token_name=token_name)


USED_UP = "of this hour are used up, until 2026-11-23 12:01:31 UTC; "

SENTENCES = [
    (
        {"message": PRIMARY, "remaining": 0, "resets_in": 90},
        f"GitHub's rate limit stopped a/b: all 60 requests {USED_UP}"
        "wait until then, or refresh fewer repositories.",
    ),
    (
        {"message": PRIMARY, "remaining": 9, "resets_in": 90},
        f"GitHub's rate limit stopped a/b: the requests {USED_UP}"
        "wait until then, or refresh fewer repositories.",
    ),
    (
        {"message": PRIMARY, "resets_in": 90, "token_name": None},
        f"GitHub's rate limit stopped a/b: the requests {USED_UP}"
        "set GITHUB_TOKEN for 5,000 requests an hour, or wait until then.",
    ),
    (
        {"message": SECONDARY},
        "GitHub's secondary rate limit stopped a/b until 2026-11-23 12:01:00 UTC; wait until then, "
        "and lower REPO_STATS_IN_FLIGHT or REPO_STATS_PER_MINUTE if it happens again.",
    ),
]


@pytest.mark.parametrize(("options", "sentence"), SENTENCES)
@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_is_told_with_its_end_and_what_to_do(
    status: int, options: dict[str, Any], sentence: str
) -> None:
    limit = error(status, **options)
    assert isinstance(limit, RateLimitedError)
    assert str(limit) == sentence


@pytest.mark.parametrize(
    ("options", "seconds", "is_primary"),
    [
        ({"message": PRIMARY, "remaining": 0, "resets_in": 90}, 91.0, True),
        ({"message": PRIMARY, "remaining": 9, "resets_in": 90}, 91.0, True),
        ({"message": "Used up.", "remaining": 0, "resets_in": 90}, 91.0, True),
        ({"message": PRIMARY, "remaining": 0, "resets_in": -90}, 1.0, True),
        ({"message": PRIMARY}, 60.0, True),
        ({"message": SECONDARY, "remaining": 0, "resets_in": 90}, 91.0, False),
        ({"message": SECONDARY, "remaining": 1, "resets_in": 90}, 60.0, False),
        ({"message": SECONDARY, "resets_in": 90}, 60.0, False),
        ({"message": "Wait.", "retry-after": "7"}, 7.0, False),
        ({"message": PRIMARY, "remaining": 0, "resets_in": 90, "retry-after": "7"}, 7.0, True),
    ],
)
def test_a_limit_lasts_as_long_as_it_says_and_else_until_the_reset_or_a_minute(
    options: dict[str, Any], seconds: float, is_primary: bool
) -> None:
    limit = error(403, **options)
    assert isinstance(limit, RateLimitedError)
    assert (limit.seconds, limit.is_primary) == (seconds, is_primary)


def test_a_429_is_a_limit_whatever_it_says_and_a_403_only_if_something_says_so() -> None:
    assert isinstance(error(429, "Wait.", remaining=9, resets_in=90), RateLimitedError)
    refusal = error(403, "No.", remaining=9, resets_in=90)
    assert isinstance(refusal, PermanentError)
    assert not isinstance(refusal, RateLimitedError)


@pytest.mark.parametrize("status", [401, 404, 422, 503])
def test_no_other_status_is_a_limit_although_nothing_is_left(status: int) -> None:
    assert not isinstance(error(status, PRIMARY, remaining=0, resets_in=90), RateLimitedError)


@pytest.mark.parametrize(("seconds", "is_limit"), [(LONGEST_LIMIT, True), (86_401, False)])
def test_a_limit_of_a_day_is_the_longest(seconds: float, is_limit: bool) -> None:
    headers: dict[str, Any] = {"retry-after": str(int(seconds))}
    limit = error(403, SECONDARY, **headers)
    assert isinstance(limit, RateLimitedError) is is_limit
    told = (
        "GitHub's rate limit stopped a/b for more than a day, which no limit of GitHub's lasts; "
        "check REPO_STATS_API_URL, or try again later."
    )
    assert (str(limit) == told) is not is_limit


def test_other_refusals_are_told_in_a_sentence() -> None:
    assert str(error(502)) == "GitHub answered 502 for a/b; try again later."
    assert str(error(422, "Pagination is limited.")) == (
        "The list of a/b is longer than page numbers reach; follow its cursor."
    )
    assert "status 400 (Pagination is limited.)" in str(error(400, "Pagination is limited."))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": "No.\\n  Really."}', "No. Really."),
        (b'{"message": "caf\xe9"}', "caf\ufffd"),
        (b'{"message": 5}', ""),
        (b'{"message": null}', ""),
        (b"{}", ""),
        (b"[1]", ""),
        (b"5", ""),
        (b"", ""),
        (b'{"message": "' + b"x" * 300 + b'"}', "x" * 200),
        (b'{"message": "long"}'.ljust(100_000), "long"),
        (b'{"message": "long"}'.ljust(100_001), ""),
    ],
)
def test_githubs_message_is_one_line_of_a_small_body_or_nothing(body: bytes, message: str) -> None:
    assert read_message(body) == message


ADVICE = [
    (
        (404, "", None),
        "GitHub knows no public repository a/b; check its name, or set GITHUB_TOKEN if it is "
        "private.",
    ),
    (
        (404, "", "token 2"),
        "GitHub knows no repository a/b, or token 2 may not read it; check its name, and the "
        "token's permissions if it is private.",
    ),
    ((401, "", None), "GitHub requires a token (request for a/b); set GITHUB_TOKEN."),
    (
        (401, "", "token 2"),
        "GitHub does not accept token 2 (request for a/b); it may have expired: make a new one at "
        "https://github.com/settings/tokens, or unset it for public repositories.",
    ),
    ((451, "", None), "GitHub has blocked access to a/b (no reason given); leave it out."),
    (
        (403, "Access Blocked", None),
        "GitHub has blocked access to a/b (Access Blocked); leave it out.",
    ),
    (
        (403, "SAML", "token 2"),
        "GitHub forbids reading a/b (SAML); check the permissions of token 2 and its single "
        "sign-on authorization.",
    ),
    (
        (403, "", None),
        "GitHub forbids reading a/b (no reason given); check the permissions of GITHUB_TOKEN and "
        "its single sign-on authorization.",
    ),
    (
        (410, "", None),
        "GitHub says that the issues of a/b are gone (disabled); leave it out, or enable them.",
    ),
    (
        (410, "Moved", None),
        "GitHub says that the issues of a/b are gone (Moved); leave it out, or enable them.",
    ),
    (
        (400, "Blocked", None),
        "GitHub refused the request for a/b with status 400 (Blocked); check REPO_STATS_API_URL "
        "and the name.",
    ),
]


@pytest.mark.parametrize(("refusal", "sentence"), ADVICE)
def test_a_final_refusal_says_what_happened_and_what_to_do(
    refusal: tuple[int, str, str | None], sentence: str
) -> None:
    status, message, token_name = refusal
    assert advise(status, message, repo="a/b", token_name=token_name) == sentence
