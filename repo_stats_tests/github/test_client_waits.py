"""The client's waits for limits: they grow, end, and are told, whatever a server says of them."""

import asyncio
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import httpx
import pytest

from repo_stats.github.auth.credentials import Credentials
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import NotFoundError, PermanentError, RateLimitedError
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime

DATE = {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}

PRIMARY = {"message": "API rate limit exceeded for user ID 7."}

SECONDARY = {"message": "You have exceeded a secondary rate limit."}

OK = httpx.Response(200, json={})

HTML = httpx.Response(429, text="<html>Whoa there!</html>")


def quota(remaining: int, resets_in: int) -> dict[str, str]:
    return {
        **DATE,
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(int(NOON) + resets_in),
    }


def send(
    respond: Callable[[int], httpx.Response], times: int = 1, *, tokens: int = 1, **options: Any
) -> tuple[list[Any], int, list[float]]:
    """Send requests one after the other; gives outcomes, the requests, and the seconds slept.

    `respond` gives the response to a request by its number, from 0.
    """
    time, count = FakeTime(), 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        return respond(count - 1)

    async def run() -> list[Any]:
        async with GitHubClient(
            API,
            Credentials.of(*"abc"[:tokens]),
            transport=httpx.MockTransport(handle),
            **{"max_wait": 900, "sleep": time.sleep, "clock": time, **options},
        ) as client:
            requests = [client.get(URL, repo="a/b", shape=dict) for _ in range(times)]
            return [
                outcome
                for request in requests
                for outcome in await asyncio.gather(request, return_exceptions=True)
            ]

    return asyncio.run(run()), count, time.slept


LIMITS = {
    "a reset in the past": httpx.Response(403, json=PRIMARY, headers=quota(0, -60)),
    "Retry-After: 0": httpx.Response(403, json=SECONDARY, headers={"retry-after": "0"}),
    "Retry-After: 0 alone": httpx.Response(429, headers={"retry-after": "0"}),
    "secondary": httpx.Response(403, json=SECONDARY),
    "secondary with requests left": httpx.Response(403, json=SECONDARY, headers=quota(9, 600)),
    "an HTML page": HTML,
    "primary without headers": httpx.Response(403, json=PRIMARY),
    "primary and a reset in the past": httpx.Response(403, json=PRIMARY, headers=quota(3120, -9)),
}


@pytest.mark.parametrize("tokens", [1, 3])
@pytest.mark.parametrize("name", LIMITS)
def test_waits_in_a_row_grow_and_end_whatever_their_source(name: str, tokens: int) -> None:
    [error], count, slept = send(lambda number: LIMITS[name], tokens=tokens)
    assert isinstance(error, RateLimitedError)
    assert len(slept) >= 4
    assert sum(slept) <= 900
    assert all(later >= 1.5 * earlier for earlier, later in pairwise(slept))
    assert count <= 10 * tokens


def test_waits_of_different_sources_grow_together() -> None:
    limits = [LIMITS["Retry-After: 0"], LIMITS["a reset in the past"]]
    _, _, slept = send(lambda number: limits[number % 2])
    assert slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0]


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("secondary", 60.0),
        ("secondary with requests left", 60.0),
        ("an HTML page", 60.0),
        ("primary without headers", 60.0),
        ("primary and a reset in the past", 1.0),
    ],
)
def test_a_limit_without_a_time_is_waited_for_and_no_permission_problem(
    name: str, seconds: float
) -> None:
    responses = [LIMITS[name], LIMITS[name], OK]
    [response], _, slept = send(lambda number: responses[number])
    assert isinstance(response, ApiResponse)
    assert slept == [seconds, 2 * seconds]


def test_a_limit_with_requests_left_is_waited_for_until_its_reset() -> None:
    limit = httpx.Response(403, json=PRIMARY, headers=quota(3120, 300))
    [response], _, slept = send(lambda number: [limit, OK][number])
    assert isinstance(response, ApiResponse)
    assert slept == [301.0]


def test_after_a_success_a_wait_is_as_short_as_it_is_told() -> None:
    limit = LIMITS["Retry-After: 0"]
    responses, _, slept = send(lambda number: [limit, limit, OK, limit, OK][number], times=2)
    assert [type(response) for response in responses] == [ApiResponse, ApiResponse]
    assert slept == [1.0, 2.0, 1.0]


def test_after_a_refusal_of_one_repository_a_wait_is_as_short_as_it_is_told() -> None:
    limit, missing = LIMITS["Retry-After: 0"], httpx.Response(404)
    answers = [limit, limit, missing, limit, OK]
    outcomes, _, slept = send(lambda number: answers[number], times=2)
    assert [type(outcome) for outcome in outcomes] == [NotFoundError, ApiResponse]
    assert slept == [1.0, 2.0, 1.0]


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "999999999999999"},
        {"retry-after": "9" * 5000},
        {"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "253402300799"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 30},
    ],
)
def test_a_limit_of_years_is_told_and_given_up_for_that_repository_alone(
    headers: dict[str, str],
) -> None:
    limit = httpx.Response(403, headers={**DATE, **headers})
    [error, other], count, slept = send(lambda number: [limit, OK][number], times=2)
    assert type(error) is PermanentError
    assert "stopped a/b for more than a day" in str(error)
    assert isinstance(other, ApiResponse)
    assert (count, slept) == (2, [])
