"""The process that the simulated GitHub runs in, so that its work is not counted as anyone's.

Beside GitHub's own paths it has two of the benchmarks', below `/_benchmark/`: `reset` forgets all
requests and quotas and may change the latency, `log` tells of the requests since. It also answers
the GraphQL query that one of the peers begins with.
"""

import argparse
import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from benchmarks.graphql import answer_query
from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
from repo_stats.simulator.limits import LimitRules, Limits
from repo_stats.simulator.server import Server
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World

CONTROL = "/_benchmark/"


@dataclass
class CountedSimulator:
    """A simulator as an application that counts the bytes it sends.

    Attributes:
        simulator: what answers.
        sent_bytes: of bodies as they are sent, compressed or not, and of header fields.
        queries: the GraphQL queries so far, in the form of the log.
    """

    simulator: Simulator
    sent_bytes: int = 0
    queries: list[dict[str, Any]] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or do what the benchmarks ask for."""
        request = Request(scope, receive)
        if request.url.path.startswith(CONTROL):
            await self._control(request)(scope, receive, send)
            return

        async def count_and_send(message: Message) -> None:
            self.sent_bytes += _size(message)
            await send(message)

        if request.url.path == "/graphql":
            answer = await self._answer_query(request)
            await answer(scope, receive, count_and_send)
        else:
            await self.simulator.app(scope, receive, count_and_send)

    async def _answer_query(self, request: Request) -> Response:
        at = self.simulator.clock()
        await asyncio.sleep(self.simulator.latency)
        quota = self.simulator.limits.quota(None)
        answer = await answer_query(request, self.simulator.world, quota.headers)
        now = self.simulator.clock()
        self.queries.append(
            {"target": "/graphql", "status": 200, "charged": True, "at": at, "answered_at": now}
        )
        return answer

    def _control(self, request: Request) -> Response:
        if request.url.path == f"{CONTROL}reset":
            self._reset(request.query_params.get("latency"))
        requests = [*self.queries, *self._requests()]
        return JSONResponse({"sent_bytes": self.sent_bytes, "requests": requests})

    def _reset(self, latency: str | None) -> None:
        simulator = self.simulator
        if latency is not None:
            simulator.latency = float(latency)
        simulator.log.clear()
        self.queries.clear()
        simulator.limits = Limits(simulator.rules, simulator.clock)
        self.sent_bytes = 0

    def _requests(self) -> list[dict[str, Any]]:
        return [
            {
                "target": request.target,
                "status": request.status,
                "charged": request.charged,
                "at": request.at,
                "answered_at": request.answered_at,
            }
            for request in self.simulator.log
        ]


def _size(message: Message) -> int:
    if message["type"] == "http.response.start":
        return sum(len(name) + len(value) + 4 for name, value in message["headers"])
    return len(message.get("body", b""))


def parse_shape(text: str) -> Shape:
    """The shape that `owner/name:OPEN:USERS:CLOSED` describes, or PREFECT for its bare name.

    Raises:
        ValueError: the text describes none.
    """
    if text == PREFECT.full_name:
        return PREFECT
    name, *counts = text.split(":")
    if len(counts) != 3 or not all(count.isdigit() for count in counts):
        raise ValueError(f"{text!r} is no shape; write owner/name:OPEN:USERS:CLOSED.")
    open_items, users, closed_items = map(int, counts)
    return Shape(name, open_items, users, closed_items)


def build_world(shapes: Iterable[Shape]) -> World:
    """Repositories of some shapes, whose items have the type that one of the peers insists on."""
    world = World.of(generate_repository(shape) for shape in shapes)
    for repository in world.repositories.values():
        for issue in repository.issues:
            issue.setdefault("type", None)
    return world


def main() -> None:
    """Serve until ended, after one line on standard output: the address."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="+", metavar="owner/name:OPEN:USERS:CLOSED")
    parser.add_argument("--unlimited", action="store_true", help="without rate limits")
    options = parser.parse_args()
    shapes = [parse_shape(text) for text in options.shapes]
    world = build_world(shapes)
    simulator = Simulator(world, rules=LimitRules(enabled=not options.unlimited))
    server = Server(CountedSimulator(simulator))
    print(json.dumps({"url": server.url}), flush=True)
    server.run()


if __name__ == "__main__":
    main()
