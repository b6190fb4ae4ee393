"""A real webhook on a socket, which keeps what is posted to it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


@dataclass
class Webhook:
    """A webhook that keeps the bodies it receives.

    Attributes:
        statuses: the statuses to respond with, in turn, and 200 after the last; 0 never responds.
        received: the bodies of the requests.
    """

    statuses: list[int] = field(default_factory=list)
    received: list[dict[str, Any]] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/secret", self._receive, methods=["POST"])])

    async def _receive(self, request: Request) -> Response:
        self.received.append(await request.json())
        status = self.statuses.pop(0) if self.statuses else 200
        while status == 0 and not await request.is_disconnected():
            await asyncio.sleep(0.01)
        return Response(status_code=status or 200)
