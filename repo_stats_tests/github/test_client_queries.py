"""Queries of the client: how they are sent, and what is done when one is refused."""

import asyncio
from typing import Any

import httpx
import pytest

from repo_stats.github.auth.credentials import Credentials
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import CredentialsError, RateLimitedError, TransientError
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.client import API
from repo_stats_tests.helpers.fake_time import FakeTime

URL = f"{API}/graphql"

LIMITED = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded."}]}

FINE = httpx.Response(200, json={"data": {}})


def query(
    *answers: httpx.Response | Exception, **options: Any
) -> tuple[ApiResponse | BaseException, list[httpx.Request], FakeTime, GitHubClient]:
    """Send a query; gives the outcome, the requests, and what was slept."""
    time, left, requests = FakeTime(), list(answers), list[httpx.Request]()

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        reply = left.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def run() -> tuple[ApiResponse | BaseException, GitHubClient]:
        async with GitHubClient(
            API,
            **{"credentials": "tok", **options},
            transport=httpx.MockTransport(answer),
            sleep=time.sleep,
            clock=time,
        ) as client:
            sent = client.query(URL, b'{"query": "{ id }"}', repo="the pulse")
            [outcome] = await asyncio.gather(sent, return_exceptions=True)
            return outcome, client

    outcome, client = asyncio.run(run())
    return outcome, requests, time, client


def test_a_query_is_posted_as_json_with_the_token() -> None:
    outcome, [request], _, client = query(FINE)
    assert isinstance(outcome, ApiResponse)
    assert outcome.body == {"data": {}}
    assert (request.method, str(request.url)) == ("POST", URL)
    assert request.content == b'{"query": "{ id }"}'
    assert request.headers["content-type"] == "application/json"
    assert request.headers["authorization"] == "Bearer tok"
    assert (client.usage.requests, client.usage.charged) == (1, 1)


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(502, text="Unicorn!"),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.ReadTimeout("slow"),
    ],
    ids=str,
)
def test_a_query_that_fails_is_not_sent_again_because_it_may_have_been_charged(
    failure: Any,
) -> None:
    outcome, requests, time, _ = query(failure)
    assert isinstance(outcome, TransientError)
    assert (len(requests), time.slept) == (1, [])


def test_a_query_follows_no_redirect() -> None:
    outcome, requests, _, _ = query(httpx.Response(301, headers={"location": f"{API}/x"}))
    assert isinstance(outcome, Exception)
    assert "the pulse with status 301" in str(outcome)
    assert len(requests) == 1


def test_a_limit_that_comes_with_the_status_200_is_waited_for() -> None:
    headers = {"retry-after": "5"}
    limited = httpx.Response(200, json=LIMITED, headers=headers)
    outcome, requests, time, client = query(limited, FINE, max_wait=10.0)
    assert isinstance(outcome, ApiResponse)
    assert (len(requests), time.slept, client.usage.waited) == (2, [5.0], 5.0)
    outcome, requests, _, _ = query(limited, max_wait=4.0)
    assert isinstance(outcome, RateLimitedError)
    assert len(requests) == 1


def test_a_query_takes_another_token_when_one_is_used_up_or_refused() -> None:
    for refusal in (
        httpx.Response(200, json=LIMITED, headers={"x-ratelimit-remaining": "0"}),
        httpx.Response(401, json={"message": "Bad credentials"}),
    ):
        credentials = Credentials.of("one", "two")
        outcome, requests, _, _ = query(refusal, FINE, credentials=credentials)
        assert isinstance(outcome, ApiResponse)
        sent = [request.headers["authorization"] for request in requests]
        assert sent == ["Bearer one", "Bearer two"]


def test_a_query_without_a_token_is_refused_with_advice() -> None:
    refusal = httpx.Response(
        401, json={"message": "This endpoint requires you to be authenticated."}
    )
    outcome, [request], _, _ = query(refusal, credentials=None)
    assert isinstance(outcome, CredentialsError)
    assert "set GITHUB_TOKEN" in str(outcome)
    assert "authorization" not in request.headers
