"""The client with several tokens: which one it uses, and when it uses another."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from repo_stats.github.auth.credentials import Credentials
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import RateLimitedError
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.accounts import IDS, TEXTS, accounts, send
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime


def test_requests_are_spread_over_all_tokens() -> None:
    github = accounts(5000, 5000, 5000)
    responses, client = send(github, 9)
    assert [github.tokens.count(text) for text in TEXTS] == [3, 3, 3]
    assert {response.token_id for response in responses} == set(IDS)
    assert client.usage.quota is not None
    assert (client.usage.quota.limit, client.usage.quota.remaining) == (15_000, 14_991)


def test_a_page_keeps_the_token_of_its_etag() -> None:
    github = accounts(5000, 5000, 5000)
    responses, _ = send(github, 4, etag='W/"two"', etag_owner=IDS[1])
    assert github.tokens == [TEXTS[1]] * 4
    assert {request.headers["if-none-match"] for request in github.requests} == {'W/"two"'}
    assert [response.token_id for response in responses] == [IDS[1]] * 4


def test_without_the_tokens_quota_its_etag_is_not_sent_with_another() -> None:
    github = accounts(5000, 0, 5000)
    [response], _ = send(github, etag='W/"two"', etag_owner=IDS[1])
    assert isinstance(response, ApiResponse)
    assert github.tokens == [TEXTS[1], TEXTS[0]]
    assert ["if-none-match" in request.headers for request in github.requests] == [True, False]
    assert response.token_id == IDS[0]
    assert github.time.slept == []


def test_an_etag_of_an_unknown_owner_is_sent_and_one_of_a_former_token_is_not() -> None:
    github = accounts(5000, 5000, 5000)
    send(github, etag='W/"x"')
    send(github, etag='W/"x"', etag_owner="0123456789ab")
    assert ["if-none-match" in request.headers for request in github.requests] == [True, False]


@pytest.mark.parametrize("in_flight", [1, 10])
def test_a_used_up_token_is_left_out_at_once_and_nothing_waits(in_flight: int) -> None:
    github = accounts(3, 3, 3)
    responses, client = send(github, 9, in_flight=in_flight)
    assert [response.body for response in responses] == [{}] * 9
    assert github.time.slept == []
    assert client.usage.waited == 0.0


@pytest.mark.parametrize("in_flight", [1, 10])
def test_when_no_token_has_quota_all_wait_for_the_first_reset(in_flight: int) -> None:
    github = accounts(1, 1, 1)
    github.resets_in[TEXTS[1]] = 100.0
    waits: list[float] = []
    responses, client = send(
        github,
        6,
        in_flight=in_flight,
        max_wait=900,
        on_wait=lambda error, seconds: waits.append(seconds),
    )
    assert [response.body for response in responses] == [{}] * 6
    assert waits == github.time.slept == [101.0]
    assert client.usage.waited == 101.0
    assert github.tokens[-3:] == [TEXTS[1]] * 3


def test_after_the_wait_the_owner_of_an_etag_is_used_again_whatever_was_left_before() -> None:
    time, sent = FakeTime(), []

    def answer(request: httpx.Request) -> httpx.Response:
        token = request.headers["authorization"].split()[1]
        sent.append((token, "if-none-match" in request.headers))
        if time.now > NOON:
            return httpx.Response(304)
        headers = {
            "retry-after": "10",
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": "3" if token == TEXTS[0] else "0",
            "x-ratelimit-reset": str(int(NOON) + 3600),
        }
        return httpx.Response(403, json={"message": "API rate limit exceeded"}, headers=headers)

    github = accounts(0, 0, 0)
    github.time = time
    transport = httpx.MockTransport(answer)
    [response], _ = send(
        github, texts=TEXTS[:2], etag='"2"', etag_owner=IDS[1], max_wait=60, transport=transport
    )
    assert response.body is None
    assert sent == [(TEXTS[1], True), (TEXTS[0], False), (TEXTS[1], True)]
    assert time.slept == [10.0]


def test_a_reset_too_far_away_is_given_up_with_the_first_of_them_named() -> None:
    github = accounts(0, 0, 0)
    github.resets_in[TEXTS[2]] = 120.0
    [error], _ = send(github, max_wait=60)
    assert isinstance(error, RateLimitedError)
    assert "until 2026-11-23 12:02:01 UTC" in str(error)
    assert len(github.requests) == 3


def test_a_secondary_limit_makes_all_tokens_wait() -> None:
    time = FakeTime()
    limited = httpx.Response(
        403,
        json={"message": "You have exceeded a secondary rate limit."},
        headers={"retry-after": "7"},
    )
    responses = iter([limited, httpx.Response(200, json={})])

    async def run() -> ApiResponse:
        transport = httpx.MockTransport(lambda request: next(responses))
        async with GitHubClient(
            API,
            Credentials.of(*TEXTS),
            max_wait=60,
            transport=transport,
            sleep=time.sleep,
            clock=time,
        ) as client:
            return await client.get(URL, repo="a/b", shape=dict)

    assert asyncio.run(run()).body == {}
    assert time.slept == [7.0]


@pytest.mark.parametrize("show", [repr, str])
def test_tokens_are_in_no_representation(show: Callable[[object], str]) -> None:
    assert "s3cret" not in show(Credentials.of(*TEXTS))
    assert "s3cret" not in show(Credentials.of(TEXTS[0]))
