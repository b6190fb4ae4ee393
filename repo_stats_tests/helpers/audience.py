"""Reading traffic and releases of a simulated repository at chosen moments."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timezone

import httpx

from repo_stats.github.client import GitHubClient
from repo_stats.github.releases import ReleaseList, read_releases
from repo_stats.github.traffic import TrafficSnapshot, read_traffic
from repo_stats.simulator.simulator import Simulator

REPO = "acme/rocket"

API = "http://simulated"


class Watch:
    """A clock that stands where it was set."""

    def __init__(self, moment: datetime = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)) -> None:
        self.moment = moment

    def __call__(self) -> float:
        return self.moment.timestamp()


def snapshots(
    simulator: Simulator, watch: Watch, moments: Sequence[datetime]
) -> list[TrafficSnapshot]:
    """Take a snapshot at each moment."""

    async def run() -> list[TrafficSnapshot]:
        taken = []
        async with _client(simulator) as client:
            for moment in moments:
                watch.moment = moment
                taken.append(await read_traffic(client, REPO, REPO))
        return taken

    return asyncio.run(run())


def releases(simulator: Simulator, known: Collection[int] = ()) -> ReleaseList:
    """Read the releases now."""

    async def run() -> ReleaseList:
        async with _client(simulator) as client:
            return await read_releases(client, REPO, REPO, known)

    return asyncio.run(run())


def _client(simulator: Simulator) -> GitHubClient:
    async def sleep(_: float) -> None:
        await asyncio.sleep(0)

    transport = httpx.ASGITransport(app=simulator.app)
    return GitHubClient(API, "tok", transport=transport, sleep=sleep)
