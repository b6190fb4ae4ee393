"""Sending requests with a client whose waits take no time."""

import asyncio
from typing import Any

from repo_stats.github.client import GitHubClient

API = "https://api.example"

URL = f"{API}/repos/a/b"


def send(
    *, shape: type = dict, etag: str | None = None, times: int = 1, **options: Any
) -> tuple[list[Any], GitHubClient, list[float]]:
    """Send requests at once; gives the outcomes, the client, and the seconds that it slept."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    async def run() -> tuple[list[Any], GitHubClient]:
        async with GitHubClient(API, sleep=sleep, **{"credentials": "tok", **options}) as client:
            requests = [client.get(URL, repo="a/b", shape=shape, etag=etag) for _ in range(times)]
            return await asyncio.gather(*requests, return_exceptions=True), client

    outcomes, client = asyncio.run(run())
    return outcomes, client, slept
