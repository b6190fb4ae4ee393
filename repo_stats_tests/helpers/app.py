"""Sending requests as a GitHub App."""

import asyncio
from datetime import datetime, timezone
from typing import Any

import httpx
import respx

from repo_stats.github.auth.credentials import App, Credentials, Token
from repo_stats.github.client import GitHubClient
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime

TOKENS_URL = f"{API}/app/installations/42/access_tokens"

LATER = NOON + 3600


def token_response(text: str, expires_at: float = LATER) -> httpx.Response:
    end = datetime.fromtimestamp(expires_at, timezone.utc)
    return httpx.Response(201, json={"token": text, "expires_at": f"{end:%Y-%m-%dT%H:%M:%SZ}"})


def send(
    app: App,
    *pauses: float,
    tokens: tuple[Token, ...] = (),
    time: FakeTime | None = None,
    **options: Any,
) -> tuple[list[Any], GitHubClient]:
    """Send a request, and one more after each pause; gives the outcomes and the client."""
    time = time or FakeTime()

    async def run() -> tuple[list[Any], GitHubClient]:
        outcomes: list[Any] = []
        async with GitHubClient(
            API, Credentials(tokens, app), sleep=time.sleep, clock=time, **options
        ) as client:
            for pause in (0.0, *pauses):
                time.now += pause
                request = client.get(URL, repo="a/b", shape=dict)
                outcomes += await asyncio.gather(request, return_exceptions=True)
            return outcomes, client

    return asyncio.run(run())


def sent_tokens(route: respx.Route) -> list[str]:
    return [call.request.headers["authorization"].removeprefix("Bearer ") for call in route.calls]
