"""Many requests at once as a GitHub App: they share one token, and the pauses while it is new."""

import asyncio
from typing import Any

import httpx

from repo_stats.github.auth.credentials import App, Credentials
from repo_stats.github.client import GitHubClient
from repo_stats_tests.helpers.app import token_response
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime


def send_at_once(app: App, time: FakeTime, works_from: float = NOON) -> tuple[list[Any], list[str]]:
    """Send eight requests at once; gives the responses, and the methods of all requests.

    GitHub makes a token that works from a moment on, and every answer takes a moment.
    """
    methods: list[str] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        methods.append(request.method)
        await asyncio.sleep(0)
        if request.method == "POST":
            return token_response("ghs_one")
        return httpx.Response(200 if time.now >= works_from else 401, json={})

    async def run() -> list[Any]:
        transport = httpx.MockTransport(answer)
        async with GitHubClient(
            API, Credentials((), app), clock=time, sleep=time.sleep, transport=transport
        ) as client:
            requests = (client.get(URL, repo="a/b", shape=dict) for _ in range(8))
            return await asyncio.gather(*requests)

    return asyncio.run(run()), methods


def test_many_requests_at_once_make_one_token(private_key: str) -> None:
    responses, methods = send_at_once(App("7", "42", private_key), FakeTime())
    assert [response.body for response in responses] == [{}] * 8
    assert sorted(methods) == ["GET"] * 8 + ["POST"]


def test_many_requests_with_a_new_token_pause_together(app: App) -> None:
    time = FakeTime()
    responses, _ = send_at_once(app, time, works_from=NOON + 3)
    assert [response.body for response in responses] == [{}] * 8
    assert time.slept == [1.0, 2.0]
