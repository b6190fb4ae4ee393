"""The client's limit of requests a minute: over steps, redirects and waits, or without one."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime

RATE = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4000",
    "x-ratelimit-reset": str(int(NOON + 3600)),
}

Handler = Callable[[httpx.Request], httpx.Response]


def with_rate(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={}, headers=RATE)


def send(
    window: SlidingWindow | None, times: int, handler: Handler = with_rate, **options: Any
) -> tuple[FakeTime, list[float], GitHubClient]:
    """Send requests at once; gives the time, when they arrived, and the client."""
    time = FakeTime()
    arrived: list[float] = []

    def handle(request: httpx.Request) -> httpx.Response:
        arrived.append(time.now - NOON)
        return handler(request)

    async def run() -> GitHubClient:
        async with GitHubClient(
            API,
            "tok",
            sliding_window=window,
            transport=httpx.MockTransport(handle),
            sleep=time.sleep,
            clock=time,
            **options,
        ) as client:
            requests = [client.get(URL, repo="a/b", shape=dict) for _ in range(times)]
            await asyncio.gather(*requests)
            return client

    client = asyncio.run(run())
    return time, arrived, client


@pytest.mark.parametrize("in_flight", [1, 10])
def test_no_more_requests_are_sent_in_a_minute_than_the_window_allows(in_flight: int) -> None:
    _, arrived, client = send(SlidingWindow(4), 10, in_flight=in_flight)
    assert arrived == [0.0] * 4 + [60.0] * 4 + [120.0] * 2
    assert (client.usage.paced, client.usage.waited) == (120.0, 0.0)


def test_waiting_for_the_window_is_not_held_against_the_longest_wait() -> None:
    _, arrived, client = send(SlidingWindow(1), 3, max_wait=0)
    assert arrived == [0.0, 60.0, 120.0]
    assert client.usage.paced == 120.0


def test_a_step_goes_on_with_what_earlier_steps_sent() -> None:
    window = SlidingWindow(2, [NOON - 30, NOON - 10])
    _, arrived, _ = send(window, 2)
    assert arrived == [30.0, 50.0]
    assert window.recent(NOON + 50) == [NOON + 30, NOON + 50]


def test_redirects_count_as_requests() -> None:
    def rename(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/repos/a/b":
            return httpx.Response(301, headers={"location": f"{API}/repositories/7", **RATE})
        return with_rate(request)

    _, arrived, _ = send(SlidingWindow(1), 1, rename)
    assert arrived == [0.0, 60.0]


def test_a_server_without_rate_limits_has_no_limit_a_minute() -> None:
    time, arrived, client = send(
        SlidingWindow(2), 30, lambda request: httpx.Response(200, json={}), in_flight=1
    )
    assert arrived == [0.0] * 30
    assert (time.slept, client.usage.paced) == ([], 0.0)


def test_before_any_answer_the_window_holds_whatever_the_server_is() -> None:
    def is_down(request: httpx.Request) -> httpx.Response:
        if time.now < NOON + 60:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, json={})

    time = FakeTime()
    window = SlidingWindow(1)

    async def run() -> GitHubClient:
        async with GitHubClient(
            API,
            sliding_window=window,
            transport=httpx.MockTransport(is_down),
            sleep=time.sleep,
            clock=time,
        ) as client:
            await client.get(URL, repo="a/b", shape=dict)
            return client

    client = asyncio.run(run())
    assert client.usage.status_counts == {"0": 1, "200": 1}
    assert client.usage.paced > 0.0
    assert time.now == NOON + 60


def test_a_rate_limit_is_waited_for_before_the_window() -> None:
    def limit_once(request: httpx.Request) -> httpx.Response:
        seen.append(1)
        if len(seen) == 1:
            return httpx.Response(429, json={}, headers={"retry-after": "20", **RATE})
        return with_rate(request)

    seen: list[int] = []
    _, arrived, client = send(SlidingWindow(1), 1, limit_once, max_wait=60)
    assert arrived == [0.0, 60.0]
    assert (client.usage.waited, client.usage.paced) == (20.0, 40.0)


def test_without_a_window_nothing_waits() -> None:
    time, arrived, _ = send(None, 50)
    assert len(arrived) == 50
    assert time.slept == []
