"""A simulated GitHub whose responses about some repositories are spoiled on their way."""

import gzip
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from repo_stats.simulator.simulator import Simulator

Spoil = Callable[[str, bytes], bytes]
"""Gives the body of a response in place of the one that answers a path and query."""


class _Spoiling:
    def __init__(self, app: ASGIApp, spoil: Spoil) -> None:
        self._app = app
        self._spoil = spoil

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def collect(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, collect)
        start, *parts = messages
        headers = {name.lower(): value for name, value in start["headers"]}
        body = b"".join(part.get("body", b"") for part in parts)
        if headers.pop(b"content-encoding", b"") == b"gzip":
            body = gzip.decompress(body)
        if start["status"] == 200:
            body = self._spoil(f"{scope['path']}?{scope['query_string'].decode()}", body)
        headers[b"content-length"] = str(len(body)).encode()
        await send({**start, "headers": list(headers.items())})
        await send({"type": "http.response.body", "body": body})


def spoil_responses(simulator: Simulator, spoil: Spoil) -> None:
    """Let a function replace the body of each response of a simulator that is 200."""
    simulator.app.add_middleware(_Spoiling, spoil=spoil)
