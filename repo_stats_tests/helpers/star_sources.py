"""Reading the stars of simulated repositories with a client whose waits take no time."""

import asyncio
from datetime import date, datetime, timedelta, timezone
from typing import Any

import httpx

from repo_stats.github.client import GitHubClient
from repo_stats.github.stars.reader import StarDays, StarSource, read_stars
from repo_stats.github.stars.reading import StarReading
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import Repository, World
from repo_stats_tests.helpers.fake_time import FakeTime
from repo_stats_tests.helpers.generated import generated

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=timezone.utc)

DAY = timedelta(days=1)


def make_simulator(*shapes: Shape, **options: Any) -> Simulator:
    world = World.of(generated(shape) for shape in shapes)
    return Simulator(world, clock=NOW.timestamp, **options)


def only(simulator: Simulator) -> Repository:
    [repository] = simulator.world.repositories.values()
    return repository


def source_of(
    repository: Repository,
    known: StarReading | None = None,
    days: dict[date, int] | None = None,
    counter: int | None = None,
) -> StarSource:
    stars = repository.object["stargazers_count"] if counter is None else counter
    return StarSource(repository.full_name, repository.id, stars, known, lambda: days)


def ask(
    simulator: Simulator | httpx.MockTransport, source: StarSource, at: datetime = NOW
) -> StarDays:
    async def run() -> StarDays:
        async with make_client(simulator) as client:
            return await read_stars(client, source, at)

    return asyncio.run(run())


def make_client(simulator: Simulator | httpx.MockTransport) -> GitHubClient:
    transport = (
        httpx.ASGITransport(app=simulator.app) if isinstance(simulator, Simulator) else simulator
    )
    return GitHubClient("http://github", "tok", transport=transport, sleep=FakeTime().sleep)


def targets(simulator: Simulator) -> list[str]:
    """What was asked for since the last look, and the statuses that are not 200."""
    found = [
        request.target.partition("/stargazers/")[2].replace("history?per_page=30&page=", "")
        + ("" if request.status == 200 else f" {request.status}")
        for request in simulator.log
    ]
    simulator.log.clear()
    return found
