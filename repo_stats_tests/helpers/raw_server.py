"""A server on a socket that sends bytes as they are, to send what no proper server would."""

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Reply = Callable[[bytes], Iterator[bytes]]
"""Gives what to send, piece by piece, from the head of a request."""


@dataclass
class RawServer:
    """What a server received and sent.

    Attributes:
        port: where it listens.
        heads: the heads of the requests.
        sent: the bytes that were sent.
    """

    port: int = 0
    heads: list[bytes] = field(default_factory=list)
    sent: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve_raw(reply: Reply, context: ssl.SSLContext | None = None) -> Iterator[RawServer]:
    """Serve on a socket, each connection in a thread and for one response.

    Args:
        reply: gives what to send.
        context: encrypts connections.
    """
    server = RawServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                head = b""
                while not head.endswith(b"\r\n\r\n") and (line := self.rfile.readline()):
                    head += line
                if not head:
                    return  # the connection was given up
                server.heads.append(head)
                for piece in reply(head):
                    self.wfile.write(piece)
                    server.sent += len(piece)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as listener:
        if context is not None:
            # Each connection greets in its own thread: one that never does holds up no other.
            listener.socket = context.wrap_socket(
                listener.socket, server_side=True, do_handshake_on_connect=False
            )
        server.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        listener.shutdown()
        thread.join()
