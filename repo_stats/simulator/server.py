"""A server for an application on a real socket, in the foreground or in a thread."""

import asyncio
import socket
import struct
from threading import Thread
from types import TracebackType
from typing import Any

import uvicorn
from starlette.requests import Request
from uvicorn.protocols.http.h11_impl import H11Protocol

_transports: dict[Any, asyncio.Transport] = {}
"""The open connections by the peer's address, so that a fault can cut one."""


class _CuttableProtocol(H11Protocol):
    """HTTP over connections that an application can cut."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _transports.pop(self.client, None)
        super().connection_lost(exc)


async def cut_connection(request: Request, body: bytes, *, mid_body: bool) -> None:
    """Cut the connection of a request, at once or in the middle of the body of a 200."""
    transport = _transports[tuple(request.client or ())]
    if mid_body:
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
        transport.write(head.encode() + body[: len(body) // 2])
        transport.close()
    else:
        linger = struct.pack("ii", 1, 0)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    while not transport.is_closing() or tuple(request.client or ()) in _transports:
        await asyncio.sleep(0)


class Server:
    """Serves an application; as a context manager, it does so in a thread.

    Args:
        app: the ASGI application.
        host: the address to listen on.
        port: the port; 0 takes any free one.
    """

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = socket.create_server((host, port))
        config = uvicorn.Config(
            app,
            http=_CuttableProtocol,
            log_level="warning",
            lifespan="off",
            ws="none",
            access_log=False,
            date_header=False,
            server_header=False,
        )
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self.run, daemon=True)

    @property
    def url(self) -> str:
        """The address it listens on, where connections wait even before it runs."""
        host, port = self._socket.getsockname()[:2]
        return f"http://{host}:{port}"

    def run(self) -> None:
        """Serve in the foreground until stopped."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """End `run`, or let it end as soon as it begins. A handler of signals may call this."""
        self._server.should_exit = True

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._thread.join()
        self._socket.close()
