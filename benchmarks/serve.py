"""The simulated GitHub in a process of its own, so that its work does not count for any command.

Beside GitHub's own paths it has two for the benchmarks: `/_benchmark/reset` forgets all requests
and quotas and can change the latency, `/_benchmark/log` returns the requests since then.
"""

import argparse
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Message, Receive, Scope, Send

from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
from repo_stats.simulator.limits import LimitRules, Limits
from repo_stats.simulator.server import Server
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World

CONTROL = "/_benchmark/"


@dataclass
class CountedSimulator:
    """An application that counts the bytes that a simulator sends.

    Attributes:
        simulator: the simulated GitHub.
        sent_bytes: the bytes of bodies, compressed as they are sent, and of header fields.
    """

    simulator: Simulator
    sent_bytes: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request of a client or of the benchmarks."""
        request = Request(scope, receive)
        if request.url.path.startswith(CONTROL):
            await self._control(request)(scope, receive, send)
            return

        async def count_and_send(message: Message) -> None:
            self.sent_bytes += _size(message)
            await send(message)

        await self.simulator.app(scope, receive, count_and_send)

    def _control(self, request: Request) -> JSONResponse:
        if request.url.path == f"{CONTROL}reset":
            self._reset(request.query_params.get("latency"))
        return JSONResponse({"sent_bytes": self.sent_bytes, "requests": self._requests()})

    def _reset(self, latency: str | None) -> None:
        simulator = self.simulator
        if latency is not None:
            simulator.latency = float(latency)
        simulator.log.clear()
        simulator.limits = Limits(simulator.rules, simulator.clock)
        self.sent_bytes = 0

    def _requests(self) -> list[dict[str, Any]]:
        return [
            {
                "target": request.target,
                "status": request.status,
                "charged": request.charged,
                "points": request.points,
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
    """The shape that `owner/name:OPEN:USERS:CLOSED` describes, or PREFECT for its name alone.

    Raises:
        ValueError: the text describes no shape.
    """
    if text == PREFECT.full_name:
        return PREFECT
    name, *counts = text.split(":")
    if len(counts) != 3 or not all(count.isdigit() for count in counts):
        raise ValueError(f"{text!r} is no shape; write owner/name:OPEN:USERS:CLOSED.")
    open_items, users, closed_items = map(int, counts)
    return Shape(name, open_items, users, closed_items)


def build_world(shapes: Iterable[Shape]) -> World:
    """Repositories of some shapes; their items have the field `type`, which one peer requires."""
    world = World.of(generate_repository(shape) for shape in shapes)
    for repository in world.repositories.values():
        for issue in repository.issues:
            issue.setdefault("type", None)
    return world


def main() -> None:
    """Print one line of JSON with the address, and serve until the process ends."""
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
