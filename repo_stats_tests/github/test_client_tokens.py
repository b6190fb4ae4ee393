"""The client with several tokens: which one it uses, and when it uses another."""

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from repo_stats.github.auth.credentials import Credentials, Token
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import CredentialsError, RateLimitedError
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime

TEXTS = ("s3cret-one", "s3cret-two", "s3cret-three")

IDS = [Token(text).id for text in TEXTS]


class Accounts:
    """A GitHub that keeps a quota for each token, and refuses some tokens with a 401."""

    def __init__(
        self, time: FakeTime, remaining: dict[str, int], refused: tuple[str, ...] = ()
    ) -> None:
        self.time = time
        self.remaining = dict(remaining)
        self.refused = refused
        self.resets_in = dict.fromkeys(remaining, 600.0)
        self.requests: list[httpx.Request] = []

    @property
    def tokens(self) -> list[str]:
        return [request.headers["authorization"].split()[1] for request in self.requests]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        token = self.tokens[-1]
        if token in self.refused:
            return httpx.Response(401, json={"message": "Bad credentials"})
        if self.time.now >= NOON + self.resets_in[token]:
            self.remaining[token] = 5000
        is_used_up = self.remaining[token] == 0
        self.remaining[token] -= not is_used_up
        headers = {
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": str(self.remaining[token]),
            "x-ratelimit-reset": str(int(NOON + self.resets_in[token])),
            "date": http_date(self.time.now),
            "etag": f'W/"{token[-3:]}"',
        }
        if is_used_up:
            return httpx.Response(403, headers=headers, json={"message": "API rate limit exceeded"})
        return httpx.Response(200, headers=headers, json={})


def http_date(now: float) -> str:
    return formatdate(now, usegmt=True)


def send(
    accounts: Accounts,
    times: int = 1,
    *,
    in_flight: int = 1,
    texts: tuple[str, ...] = TEXTS,
    etag: str | None = None,
    etag_owner: str | None = None,
    **options: Any,
) -> tuple[list[Any], GitHubClient]:
    """Send requests at once; gives the outcomes and the client."""

    async def run() -> tuple[list[Any], GitHubClient]:
        async with GitHubClient(
            API,
            Credentials.of(*texts),
            in_flight=in_flight,
            **{"transport": httpx.MockTransport(accounts), **options},
            sleep=accounts.time.sleep,
            clock=accounts.time,
        ) as client:
            requests = [
                client.get(URL, repo="a/b", shape=dict, etag=etag, etag_owner=etag_owner)
                for _ in range(times)
            ]
            return await asyncio.gather(*requests, return_exceptions=True), client

    return asyncio.run(run())


def accounts(*remaining: int, refused: tuple[str, ...] = ()) -> Accounts:
    return Accounts(FakeTime(), dict(zip(TEXTS, remaining, strict=True)), refused)


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
    assert all(isinstance(response, ApiResponse) for response in responses)
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
    assert all(isinstance(response, ApiResponse) for response in responses)
    assert waits == github.time.slept == [101.0]
    assert client.usage.waited == 101.0
    assert github.tokens[-3:] == [TEXTS[1]] * 3


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


@pytest.mark.parametrize("in_flight", [1, 10])
def test_a_refused_token_is_dropped_with_one_warning_that_names_its_position(
    in_flight: int,
) -> None:
    github = accounts(5000, 5000, 5000, refused=(TEXTS[0],))
    warnings: list[str] = []
    responses, _ = send(
        github, 12, in_flight=in_flight, on_drop=lambda error: warnings.append(str(error))
    )
    assert all(isinstance(response, ApiResponse) for response in responses)
    [warning] = warnings
    assert "does not accept token 1 of GITHUB_TOKENS (request for a/b)" in warning
    assert "s3cret" not in warning
    assert github.tokens.count(TEXTS[0]) <= in_flight


@pytest.mark.parametrize("in_flight", [1, 10])
def test_when_every_token_is_refused_all_requests_fail_and_no_more_are_sent(
    in_flight: int,
) -> None:
    github = accounts(1, 1, 1, refused=TEXTS)
    errors, _ = send(github, 12, in_flight=in_flight)
    assert all(isinstance(error, CredentialsError) for error in errors)
    assert len(github.requests) <= 3 * in_flight
    assert "s3cret" not in f"{errors!r}"


def test_a_single_refused_token_is_no_reason_to_go_on_without_any() -> None:
    github = accounts(1, 1, 1, refused=TEXTS)
    dropped: list[CredentialsError] = []
    errors, _ = send(github, 3, texts=TEXTS[:1], on_drop=dropped.append)
    assert all("does not accept GITHUB_TOKEN (request" in str(error) for error in errors)
    assert (len(github.requests), dropped) == (1, [])


@pytest.mark.parametrize("in_flight", [1, 10])
@pytest.mark.parametrize("tokens", [1, 3])
def test_a_single_refusal_of_a_token_that_works_is_asked_again(in_flight: int, tokens: int) -> None:
    github = accounts(5000, 5000, 5000)
    answers = github.__call__
    refused = [8]

    def respond(request: httpx.Request) -> httpx.Response:
        if len(github.requests) in refused:
            refused.clear()
            return httpx.Response(401, json={"message": "Bad credentials"})
        return answers(request)

    dropped: list[CredentialsError] = []
    responses, _ = send(
        github,
        30,
        in_flight=in_flight,
        texts=TEXTS[:tokens],
        transport=httpx.MockTransport(respond),
        on_drop=dropped.append,
    )
    assert all(isinstance(response, ApiResponse) for response in responses)
    assert (dropped, refused) == ([], [])


def test_a_token_that_stops_working_is_asked_once_more_and_then_dropped() -> None:
    github = accounts(5000, 5000, 5000)
    answers = github.__call__

    def respond(request: httpx.Request) -> httpx.Response:
        if len(github.requests) >= 3:
            github.refused = TEXTS
        return answers(request)

    outcomes, _ = send(github, 9, texts=TEXTS[:1], transport=httpx.MockTransport(respond))
    assert [type(outcome) for outcome in outcomes] == [ApiResponse] * 3 + [CredentialsError] * 6
    assert len(github.requests) == 5


@pytest.mark.parametrize(("seconds", "requests"), [(30, 2), (90, 1)])
def test_a_token_that_worked_in_an_earlier_step_is_asked_once_more(
    seconds: int, requests: int
) -> None:
    github = accounts(5000, 5000, 5000, refused=TEXTS)
    window = SlidingWindow(100, [NOON - seconds])
    [error], _ = send(github, texts=TEXTS[:1], sliding_window=window)
    assert isinstance(error, CredentialsError)
    assert len(github.requests) == requests


@pytest.mark.parametrize("show", [repr, str])
def test_tokens_are_in_no_representation(show: Callable[[object], str]) -> None:
    assert "s3cret" not in show(Credentials.of(*TEXTS))
    assert "s3cret" not in show(Credentials.of(TEXTS[0]))
