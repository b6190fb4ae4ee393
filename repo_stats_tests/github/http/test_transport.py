"""Single requests without a client: those of the App, and what an outage does to them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from repo_stats.github.errors import GitHubError, TransientError, UnreachableError
from repo_stats.github.http.connection import Connection
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.rate_limiter import RateLimiter
from repo_stats.github.http.responses import RawResponse
from repo_stats.github.http.transport import Transport
from repo_stats.network.clients import open_client
from repo_stats_tests.helpers.client import API
from repo_stats_tests.helpers.limiter import LimiterScene
from repo_stats_tests.helpers.pages import NOW

TOKENS_URL = f"{API}/app/installations/42/access_tokens"

Answer = Callable[[httpx.Request], httpx.Response]


async def post(transport: Transport) -> RawResponse:
    return await transport.post(TOKENS_URL, {"X-Of": "the App"}, "a/b")


def send(
    scene: LimiterScene,
    answer: Answer,
    ask: Callable[[Transport], Awaitable[RawResponse]] = post,
    *,
    has_worked: bool = True,
) -> tuple[RawResponse | GitHubError, list[float]]:
    """Send a request; gives the outcome, and what was said of pauses."""
    told: list[float] = []
    outcomes: list[RawResponse | GitHubError] = []

    async def run(limiter: RateLimiter) -> None:
        async with Transport(
            API,
            Connection(API, user_agent="x", network=httpx.MockTransport(answer)),
            limiter,
            scene.usage,
            on_quota=lambda token, quota: None,
            on_wait=lambda error, seconds: told.append(seconds),
            has_worked=has_worked,
        ) as transport:
            try:
                outcomes.append(await ask(transport))
            except GitHubError as error:
                outcomes.append(error)

    scene.run(run)
    return outcomes[0], told


def test_a_request_of_the_app_is_posted_and_is_free() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(201, json={"token": "x"})

    scene = LimiterScene()
    outcome, told = send(scene, answer)
    assert isinstance(outcome, RawResponse)
    assert (outcome.status, outcome.body) == (201, b'{"token":"x"}')
    [request] = requests
    assert (request.method, str(request.url)) == ("POST", TOKENS_URL)
    assert (request.headers["x-of"], request.headers["user-agent"]) == ("the App", "x")
    assert (scene.usage.status_counts, scene.usage.charged, told) == ({"201": 1}, 0, [])


def test_a_request_of_the_app_waits_for_the_limit_a_minute_like_any_other() -> None:
    scene = LimiterScene(1, [-10])
    send(scene, lambda _: httpx.Response(201, json={}))
    assert scene.time.slept == [50.0]


def test_a_request_that_finds_no_connection_is_sent_again_after_a_pause() -> None:
    answers = iter([httpx.ConnectError("refused"), httpx.ConnectError("refused")])

    def answer(request: httpx.Request) -> httpx.Response:
        if error := next(answers, None):
            raise error
        return httpx.Response(201, json={})

    scene = LimiterScene()
    outcome, told = send(scene, answer)
    assert isinstance(outcome, RawResponse)
    assert scene.usage.status_counts == {"0": 2, "201": 1}
    assert (scene.time.slept, told) == ([0.5, 1.0], [])


@pytest.mark.parametrize(
    ("has_worked", "pauses", "told"),
    [(False, [0.5, 1.0, 2.0], []), (True, [0.5, 1.0, 2.0, 4.0, *[8.0] * 6], [4.0])],
)
def test_a_connection_that_worked_before_is_waited_for_longer(
    has_worked: bool, pauses: list[float], told: list[float]
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    scene = LimiterScene()
    outcome, said = send(scene, answer, has_worked=has_worked)
    assert isinstance(outcome, UnreachableError)
    assert (scene.time.slept, said) == (pauses, told)
    assert scene.usage.status_counts == {"0": len(pauses) + 1}


def test_a_response_that_is_not_complete_is_no_outage() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    scene = LimiterScene()
    outcome, _ = send(scene, answer)
    assert type(outcome) is TransientError
    assert (scene.time.slept, scene.usage.status_counts) == ([], {"0": 1})


def test_each_redirect_waits_for_the_limit_a_minute_and_the_first_request_has_waited() -> None:
    async def get(transport: Transport) -> RawResponse:
        return await transport.get(f"{API}/0", None, etag=None, repo="a/b")

    def answer(request: httpx.Request) -> httpx.Response:
        hop = int(request.url.path[1:])
        return httpx.Response(301 if hop < 2 else 200, headers={"location": f"/{hop + 1}"})

    scene = LimiterScene(1)
    scene.usage.quota = Quota(60, 9, NOW)
    outcome, _ = send(scene, answer, get)
    assert isinstance(outcome, RawResponse)
    assert outcome.status == 200
    assert scene.time.slept == [60.0]
    assert scene.usage.status_counts == {"200": 1, "301": 2}


def test_all_requests_share_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[httpx.AsyncClient] = []

    def open_one(*arguments: Any, **options: Any) -> httpx.AsyncClient:
        opened.append(open_client(*arguments, **options))
        return opened[-1]

    monkeypatch.setattr("repo_stats.github.http.connection.open_client", open_one)
    network = httpx.MockTransport(lambda _: httpx.Response(200))

    async def run() -> None:
        connection = Connection(API, user_agent="x", network=network)
        await connection.close()
        for _ in range(3):
            await connection.send(API, {}, "a/b")
        await connection.close()

    asyncio.run(run())
    assert [client.is_closed for client in opened] == [True]
