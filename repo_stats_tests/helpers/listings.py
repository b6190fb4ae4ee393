"""Reading a list of repositories with a client whose waits take no time."""

import asyncio
from collections.abc import Sequence

import httpx

from repo_stats.github.auth.credentials import Credentials
from repo_stats.github.client import GitHubClient
from repo_stats.github.listings import Kind, Listing, ListingPage, read_list
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.fake_time import FakeTime

API = "http://github"


def read_listing(
    transport: Simulator | httpx.MockTransport,
    kind: Kind = "org",
    name: str = "acme",
    stored: Sequence[ListingPage] = (),
    credentials: Credentials | str | None = "tok",
) -> Listing:
    time = FakeTime()

    async def run() -> Listing:
        sent_by = (
            httpx.ASGITransport(app=transport.app)
            if isinstance(transport, Simulator)
            else transport
        )
        async with GitHubClient(
            API, credentials, transport=sent_by, sleep=time.sleep, clock=time
        ) as client:
            return await read_list(client, kind, name, stored)

    return asyncio.run(run())
