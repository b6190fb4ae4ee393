"""The client: what it sends, and what its responses say."""

import asyncio
import itertools
import traceback
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest
import respx

from repo_stats.github.auth.credentials import Token
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import (
    AccessError,
    GitHubError,
    PermanentError,
    RateLimitedError,
    TransientError,
    UnboundedResponseError,
    UnreachableError,
)
from repo_stats.github.http.connection import LIMITS
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.client import API, URL, send


@respx.mock
def test_a_request_carries_the_headers_github_asks_for() -> None:
    route = respx.get(URL).respond(json={}, headers={"etag": 'W/"1"'})
    [response], _, _ = send()
    headers = route.calls[0].request.headers
    assert headers["authorization"] == "Bearer tok"
    assert headers["user-agent"].startswith("repo_stats/")
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["accept-encoding"] == "gzip"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert "if-none-match" not in headers
    assert (response.body, response.etag) == ({}, 'W/"1"')


@respx.mock
def test_without_a_token_there_is_no_authorization() -> None:
    route = respx.get(URL).respond(json={})
    send(credentials=None)
    assert "authorization" not in route.calls[0].request.headers


@respx.mock
def test_an_unchanged_response_is_free_with_a_token_and_charged_without() -> None:
    route = respx.get(URL).respond(304)
    [response], client, _ = send(etag='W/"1"')
    assert route.calls[0].request.headers["if-none-match"] == 'W/"1"'
    assert response.body is None
    assert (client.usage.requests, client.usage.charged) == (1, 0)
    _, anonymous, _ = send(etag='W/"1"', credentials=None)
    assert anonymous.usage.charged == 1


def test_no_more_requests_are_under_way_than_allowed() -> None:
    under_way = most = 0

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return httpx.Response(200, json={})

    send(times=20, in_flight=3, transport=httpx.MockTransport(handle))
    assert most == 3


ECHO = {"message": "You sent Bearer s3cret-token"}


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (httpx.Response(401, json=ECHO), AccessError),
        (httpx.Response(404, json=ECHO), PermanentError),
        (httpx.Response(422, json=ECHO), PermanentError),
        (httpx.Response(500, json=ECHO), TransientError),
        (httpx.Response(200, text="{s3cret-token"), GitHubError),
        (httpx.Response(301, headers={"location": f"{API}/s3cret-token"}), GitHubError),
        (httpx.ConnectError("Bearer s3cret-token"), UnreachableError),
        (httpx.LocalProtocolError("Illegal header value b'Bearer s3cret-token'"), GitHubError),
    ],
)
@respx.mock
def test_the_token_is_in_no_error_text(
    answer: httpx.Response | Exception, refusal: type[GitHubError]
) -> None:
    answers = itertools.repeat(answer)  # whatever is tried again
    respx.get(url__startswith=API).mock(side_effect=answers)
    [error], _, _ = send(credentials="s3cret-token")
    assert isinstance(error, refusal)
    assert "s3cret-token" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"description": "Bearer s3cret-token"}},
        {"json": {}, "headers": {"ETag": '"s3cret-token"'}},
        {"json": {}, "headers": {"Link": f'<{API}/x?q=s3cret-token>; rel="next"'}},
    ],
)
@respx.mock
def test_a_response_that_repeats_the_token_is_refused_so_that_nothing_stores_it(
    answer: dict[str, Any],
) -> None:
    respx.get(URL).respond(**answer)
    [error], _, _ = send(credentials="s3cret-token")
    assert isinstance(error, PermanentError)
    assert "repeats a secret" in str(error)
    assert "s3cret-token" not in str(error)


@respx.mock
def test_a_refusal_that_repeats_the_token_is_told_without_it() -> None:
    body = {"message": "You sent \x1b[31mBearer s3cret-token"}
    respx.get(URL).respond(403, json=body)
    [error], _, _ = send(credentials="s3cret-token")
    assert "(You sent [31mBearer ***)" in str(error)


@respx.mock
def test_a_response_says_when_it_was_requested_when_it_came_and_what_time_the_server_had() -> None:
    times = iter([1000.0, 1000.0, 1003.0, 1003.0])
    date = {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}
    respx.get(URL).respond(json={}, headers=date)
    [response], _, _ = send(clock=lambda: next(times))
    assert response.asked_at == datetime.fromtimestamp(1000, timezone.utc)
    assert response.answered_at == datetime.fromtimestamp(1003, timezone.utc)
    assert response.server_date == datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@respx.mock
def test_a_response_names_the_owner_of_its_etag_by_a_fingerprint() -> None:
    respx.get(URL).respond(json={})
    [response], _, _ = send()
    [anonymous], _, _ = send(credentials=None)
    assert response.token_id == Token("tok").id
    assert anonymous.token_id is None


@respx.mock
def test_requests_carry_the_user_agent_of_the_settings() -> None:
    route = respx.get(URL).respond(json={})
    send(user_agent="my-org stats")
    assert route.calls[0].request.headers["user-agent"] == "my-org stats"


@respx.mock
def test_a_response_that_is_larger_than_the_client_may_read_is_refused() -> None:
    respx.get(URL).respond(json=["x" * 100])
    [response], _, _ = send(shape=list)
    [error], _, _ = send(shape=list, limits=replace(LIMITS, body=100))
    assert isinstance(response, ApiResponse)
    assert isinstance(error, UnboundedResponseError)


@respx.mock
def test_unless_told_otherwise_ten_requests_are_under_way_and_no_limit_is_waited_for() -> None:
    route = respx.get(URL).respond(429, headers={"retry-after": "1"})
    [error], client, slept = send()
    assert type(error) is RateLimitedError
    assert (slept, route.call_count, client.in_flight) == ([], 1, 10)


def test_the_quota_that_was_stated_last_is_told_also_if_later_responses_state_none() -> None:
    stated = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "7",
        "x-ratelimit-reset": "1795435200",
    }
    limit = httpx.Response(403, json={"message": "API rate limit exceeded"})
    answers = iter([httpx.Response(200, json={}, headers=stated), limit])
    transport = httpx.MockTransport(lambda _: next(answers, httpx.Response(200, json={})))
    outcomes, client, slept = send(times=2, in_flight=1, max_wait=60, transport=transport)
    assert ([outcome.body for outcome in outcomes], slept) == ([{}, {}], [60.0])
    assert client.usage.quota is not None
    assert client.usage.quota.remaining == 7


def test_at_its_end_the_client_closes_its_connection() -> None:
    class Network(httpx.MockTransport):
        is_closed = False

        async def aclose(self) -> None:
            self.is_closed = True

    network = Network(lambda request: httpx.Response(200, json={}))
    send(transport=network)
    assert network.is_closed


def test_a_pause_is_slept_as_the_clients_other_waits_are() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    asyncio.run(GitHubClient(API, sleep=sleep).pause(3.0))
    assert slept == [3.0]
