"""The client after a failed request: what it retries, what it waits for, what it gives up."""

import asyncio
from typing import Any

import httpx
import pytest
import respx

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import (
    PermanentError,
    RateLimitedError,
    TransientError,
    UnreachableError,
)
from repo_stats.github.repositories import read_repositories
from repo_stats_tests.helpers.client import API, URL, send

SECONDARY = {"message": "You have exceeded a secondary rate limit."}


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500),
        httpx.Response(502, text="<html>Unicorn!</html>"),
        httpx.Response(408),
        httpx.Response(200, text='{"id": 1, "na'),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, text=""),
        httpx.Response(304),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=str,
)
@respx.mock
def test_a_transient_failure_is_retried_at_once(failure: Any) -> None:
    respx.get(URL).mock(side_effect=[failure, httpx.Response(200, json={"ok": 1})])
    [response], client, slept = send()
    assert response.body == {"ok": 1}
    assert client.usage.requests == 2
    assert len(slept) == 1


@pytest.mark.parametrize(
    "failure",
    [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")],
    ids=str,
)
@respx.mock
def test_a_request_without_a_complete_response_counts_as_such_and_is_free(
    failure: Exception,
) -> None:
    respx.get(URL).mock(side_effect=[failure, httpx.Response(200, json={})])
    _, client, _ = send()
    assert client.usage.status_counts == {"0": 1, "200": 1}
    assert client.usage.charged == 1


@respx.mock
def test_a_lasting_failure_is_given_up_after_three_requests() -> None:
    route = respx.get(URL).respond(500)
    [error], _, slept = send()
    assert isinstance(error, TransientError)
    assert "GitHub answered 500 for a/b" in str(error)
    assert route.call_count == 3
    assert slept[0] < slept[1]


@respx.mock
def test_a_lost_connection_is_not_taken_for_a_missing_repository() -> None:
    body = {**dict.fromkeys(("stargazers_count", "forks_count", "open_issues_count"), 1), "id": 8}
    respx.get(URL).respond(json={**body, "full_name": "a/b"})
    respx.get(f"{API}/repositories/7").mock(side_effect=httpx.ConnectError("refused"))

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    async def run() -> None:
        async with GitHubClient(API, sleep=sleep) as client:
            await read_repositories(client, {"a/b": 7})

    with pytest.raises(UnreachableError, match="cannot be reached"):
        asyncio.run(run())


@respx.mock
def test_a_final_refusal_is_not_retried() -> None:
    route = respx.get(URL).respond(404, json={"message": "Not Found"})
    [error], _, _ = send()
    assert isinstance(error, PermanentError)
    assert route.call_count == 1


def test_a_rate_limit_is_waited_for_once_by_all_requests_under_way() -> None:
    arrived = 0

    async def handle(request: httpx.Request) -> httpx.Response:
        nonlocal arrived
        arrived += 1
        is_limited = arrived <= 3
        await asyncio.sleep(0.01)
        if is_limited:
            return httpx.Response(429, json=SECONDARY, headers={"retry-after": "5"})
        return httpx.Response(200, json={})

    waits: list[float] = []
    responses, client, slept = send(
        times=3,
        max_wait=10,
        on_wait=lambda error, seconds: waits.append(seconds),
        transport=httpx.MockTransport(handle),
    )
    assert [response.body for response in responses] == [{}, {}, {}]
    assert waits == slept == [5.0]
    assert client.usage.waited == 5.0


@respx.mock
def test_a_limit_that_lasts_longer_than_allowed_is_given_up_by_all_requests() -> None:
    limited = httpx.Response(429, json=SECONDARY, headers={"retry-after": "11"})
    route = respx.get(URL).mock(side_effect=[limited] * 9)
    errors, _, slept = send(times=9, in_flight=2, max_wait=10)
    assert [type(error) for error in errors] == [RateLimitedError] * 9
    assert slept == []
    assert route.call_count <= 2
