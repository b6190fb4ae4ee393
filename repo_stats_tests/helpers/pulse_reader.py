"""Reading pulses from a simulated GitHub, in a time that only sleeping and slowness move on."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from repo_stats.github.client import GitHubClient
from repo_stats.github.graphql.reader import KnownRepository, PulseResult, read_pulses
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.fake_time import FakeTime
from repo_stats_tests.helpers.github import API_URL


def shapes(count: int) -> list[Shape]:
    return [Shape(f"acme/r{number:02}", 2, 1, closed_items=1) for number in range(count)]


def known_to(simulator: Simulator, *, by_id: bool = True) -> list[KnownRepository]:
    repositories = simulator.world.repositories.values()
    return [
        KnownRepository(r.full_name, r.id, r.object["node_id"] if by_id else None)
        for r in repositories
    ]


def read(
    simulator: Simulator,
    known: Sequence[KnownRepository],
    *,
    full: bool = False,
    readers: int | None = None,
    time: FakeTime | None = None,
    told: list[int] | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    goes_on: Callable[[], bool] | None = None,
    **options: Any,
) -> tuple[PulseResult, GitHubClient]:
    """Read pulses, one query at a time unless the options say otherwise."""
    time, told = time or FakeTime(), [] if told is None else told
    simulator.clock = simulator.limits.clock = time
    given = {"readers": readers, "goes_on": goes_on}
    chosen: Any = {name: value for name, value in given.items() if value is not None}

    async def run() -> tuple[PulseResult, GitHubClient]:
        async with GitHubClient(
            API_URL,
            **{"credentials": "tok", "in_flight": 1, **options},
            transport=transport or httpx.ASGITransport(app=simulator.app),
            sleep=time.sleep,
            clock=time,
        ) as client:
            asked = read_pulses(
                client, known, full=full, on_answer=told.append, clock=time, **chosen
            )
            return await asked, client

    return asyncio.run(run())


def slow(simulator: Simulator, time: FakeTime, seconds: float) -> httpx.ASGITransport:
    """A connection to a simulator that takes so long for each request."""
    served = simulator.app

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        time.now += seconds
        await served(scope, receive, send)

    return httpx.ASGITransport(app=serve)


def batches(simulator: Simulator) -> list[int]:
    """For how many repositories each query was."""
    queries = [request.variables for request in simulator.log]
    return [len(sent.get("ids", [])) or sum(name[0] == "o" for name in sent) for sent in queries]
