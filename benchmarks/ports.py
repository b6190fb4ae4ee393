"""Ports for servers that cannot be told to take any free one."""

import socket


def free_port() -> int:
    """A port of this machine that nobody listens on by now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
