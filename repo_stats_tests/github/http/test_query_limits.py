"""Rate limits in responses to GraphQL queries, which come with the status 200."""

from typing import Any

import pytest

from repo_stats.github.errors import PermanentError, RateLimitedError
from repo_stats.github.http.refusals import LONGEST_LIMIT, UNTOLD_WAIT, find_query_limit
from repo_stats.github.http.responses import ApiRequest, RawResponse, read_response
from repo_stats.json_codec import to_json
from repo_stats_tests.helpers.fake_time import NOON
from repo_stats_tests.helpers.rows import NOW

URL = "https://api.example/graphql"

DATE = {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}

USED_UP = {"x-ratelimit-remaining": "0", "x-ratelimit-limit": "5000"}

RESET = {"x-ratelimit-reset": str(int(NOON) + 90)}


def find(*errors: Any, **headers: str) -> Exception | None:
    return find_query_limit({**DATE, **headers}, {"errors": list(errors)}, "the pulse")


@pytest.mark.parametrize(
    ("error", "headers", "seconds", "is_primary"),
    [
        ({"type": "RATE_LIMITED", "message": "x"}, {**USED_UP, **RESET}, 91.0, True),
        ({"type": "RATE_LIMIT", "message": "x"}, {**USED_UP, **RESET}, 91.0, True),
        ({"type": "RATE_LIMITED"}, {}, UNTOLD_WAIT, False),
        ({"type": "RATE_LIMITED", "message": 1}, {"retry-after": "7"}, 7.0, False),
        ({"message": "API rate limit exceeded for user ID 7."}, RESET, 91.0, True),
        ({"message": "You have exceeded a secondary rate limit."}, RESET, UNTOLD_WAIT, False),
        ({"message": "Triggered abuse detection."}, {"retry-after": "9"}, 9.0, False),
    ],
)
def test_a_limit_is_told_by_its_type_or_in_words(
    error: Any, headers: dict[str, str], seconds: float, is_primary: bool
) -> None:
    limit = find({"message": "Something else."}, error, **headers)
    assert isinstance(limit, RateLimitedError)
    assert (limit.seconds, limit.is_primary) == (seconds, is_primary)
    assert "stopped the pulse" in str(limit)
    assert "set GITHUB_TOKEN" not in str(limit)


@pytest.mark.parametrize(
    "error",
    [
        {"type": "FORBIDDEN", "message": "Resource not accessible."},
        {"type": "NOT_FOUND"},
        *({}, "RATE_LIMITED", None, {"message": ["rate limit exceeded"]}),
    ],
)
def test_another_error_is_no_limit_even_if_nothing_remains(error: Any) -> None:
    assert find(error, **USED_UP, **RESET) is None


@pytest.mark.parametrize("body", [None, [], {}, {"errors": None}, {"errors": "RATE_LIMITED"}])
def test_a_body_without_errors_tells_of_no_limit(body: Any) -> None:
    assert find_query_limit(DATE, body, "the pulse") is None


def test_a_limit_of_more_than_a_day_is_an_error_of_that_response() -> None:
    limit = find({"type": "RATE_LIMITED"}, **{"retry-after": str(int(LONGEST_LIMIT) + 1)})
    assert type(limit) is PermanentError


def test_only_responses_to_queries_are_looked_at_for_a_limit() -> None:
    body = {"errors": [{"type": "RATE_LIMITED", "message": "x"}]}
    response = RawResponse(200, DATE, to_json(body))

    def read(content: bytes | None) -> Any:
        request = ApiRequest(URL, "the pulse", dict, content=content)
        assert request.is_query is (content is not None)
        times = {"asked_at": NOW, "answered_at": NOW}
        return read_response(response, request, None, api_url="https://api.example", **times).body

    assert read(None) == body
    with pytest.raises(RateLimitedError):
        read(b"")
