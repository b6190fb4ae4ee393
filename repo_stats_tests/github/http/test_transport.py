"""Single requests without a client: those of the App, and what an outage does to them."""

import asyncio
from collections.abc import Callable

import httpx
import pytest

from repo_stats.github.errors import GitHubError, TransientError, UnreachableError
from repo_stats.github.http.connection import Connection
from repo_stats.github.http.rate_limiter import RateLimiter
from repo_stats.github.http.responses import RawResponse
from repo_stats.github.http.transport import Transport
from repo_stats_tests.helpers.client import API
from repo_stats_tests.helpers.limiter import LimiterScene

TOKENS_URL = f"{API}/app/installations/42/access_tokens"

Answer = Callable[[httpx.Request], httpx.Response]


def post(
    scene: LimiterScene, answer: Answer, *, has_worked: bool = True
) -> tuple[RawResponse | GitHubError, list[float]]:
    """Send a POST request; gives the outcome, and what was said of pauses."""
    told: list[float] = []

    async def work(limiter: RateLimiter) -> RawResponse | GitHubError:
        connection = Connection(API, user_agent="x", network=httpx.MockTransport(answer))
        async with Transport(
            API,
            connection,
            limiter,
            scene.usage,
            on_quota=lambda token, quota: None,
            on_wait=lambda error, seconds: told.append(seconds),
            has_worked=has_worked,
        ) as transport:
            try:
                return await transport.post(TOKENS_URL, {"X-Of": "the App"}, "a/b")
            except GitHubError as error:
                return error

    outcomes: list[RawResponse | GitHubError] = []

    async def run(limiter: RateLimiter) -> None:
        outcomes.append(await work(limiter))

    scene.run(run)
    return outcomes[0], told


def test_a_request_of_the_app_is_posted_and_is_free() -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(201, json={"token": "x"})

    scene = LimiterScene()
    outcome, told = post(scene, answer)
    assert isinstance(outcome, RawResponse)
    assert (outcome.status, outcome.body) == (201, b'{"token":"x"}')
    [request] = requests
    assert (request.method, str(request.url)) == ("POST", TOKENS_URL)
    assert (request.headers["x-of"], request.headers["user-agent"]) == ("the App", "x")
    assert (scene.usage.status_counts, scene.usage.charged, told) == ({"201": 1}, 0, [])


def test_a_request_of_the_app_waits_for_the_limit_a_minute_like_any_other() -> None:
    scene = LimiterScene(1, [-10])
    post(scene, lambda _: httpx.Response(201, json={}))
    assert scene.time.slept == [50.0]


def test_a_request_that_finds_no_connection_is_sent_again_after_a_pause() -> None:
    answers = iter([httpx.ConnectError("refused"), httpx.ConnectError("refused")])

    def answer(request: httpx.Request) -> httpx.Response:
        if error := next(answers, None):
            raise error
        return httpx.Response(201, json={})

    scene = LimiterScene()
    outcome, told = post(scene, answer)
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
    outcome, said = post(scene, answer, has_worked=has_worked)
    assert isinstance(outcome, UnreachableError)
    assert (scene.time.slept, said) == (pauses, told)
    assert scene.usage.status_counts == {"0": len(pauses) + 1}


def test_a_response_that_is_not_complete_is_no_outage() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    scene = LimiterScene()
    outcome, _ = post(scene, answer)
    assert type(outcome) is TransientError
    assert (scene.time.slept, scene.usage.status_counts) == ([], {"0": 1})
