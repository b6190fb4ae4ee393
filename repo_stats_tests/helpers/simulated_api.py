"""Requests to a simulator in this process, without the package's client."""

import asyncio

import httpx

from repo_stats.simulator.simulator import Simulator

URL = "/repos/acme/rocket"

ISSUES = f"{URL}/issues"


def get(simulator: Simulator, *urls: str, **headers: str) -> list[httpx.Response]:
    """Request one URL after the other."""

    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=simulator.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://github") as client:
            return [await client.get(url, headers=headers) for url in urls]

    return asyncio.run(run())


def post(simulator: Simulator, url: str, authorization: str) -> httpx.Response:
    """Post nothing to a URL."""

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=simulator.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://github") as client:
            return await client.post(url, headers={"authorization": authorization})

    return asyncio.run(run())


def numbers(response: httpx.Response) -> list[int]:
    return [issue["number"] for issue in response.json()]
