"""Commands that a shell starts, forked from the process that has imported all that they use.

The shell calls a script, whose small program asks the process of the tests for the fork, and waits.
"""

import json
import os
import shlex
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from repo_stats_tests.helpers.preloaded import Preloaded, start_preloaded

CLIENT = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as asks:
    asks.connect(sys.argv[1])
    asked = {"command": sys.argv[2:], "folder": os.getcwd(), "variables": {**os.environ}}
    socket.send_fds(asks, [json.dumps(asked).encode() + b"\\n"], [1, 2])
    code = int(asks.makefile().readline())
sys.exit(code if code >= 0 else 128 - code)
"""
"""The small program: its arguments are the address, and what follows `python`."""


@contextmanager
def installed_command(path: Path, *command: str) -> Iterator[None]:
    """Make a script that shells can call for `python -m MODULE...`, as long as this lasts.

    Nothing else may fork from the same process meanwhile.
    """
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        address = f"{folder}/asked"  # in a folder whose name is short enough for a socket
        listener.bind(address)
        listener.listen()
        thread = Thread(target=_answer, args=(listener, start_preloaded()), daemon=True)
        thread.start()
        call = [sys.executable, "-I", "-S", "-c", CLIENT, address, *command]
        path.write_text(f'#!/bin/sh\nexec {shlex.join(call)} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _answer(listener: socket.socket, preloaded: Preloaded) -> None:
    """Fork one command after the other, and tell how each has ended."""
    while True:
        try:
            asks, _ = listener.accept()
        except OSError:  # nobody listens any more
            return
        with asks:
            received, streams = b"", list[int]()
            while not received.endswith(b"\n"):
                part, handed, _, _ = socket.recv_fds(asks, 65536, 2)
                assert part, "the shell has gone"
                received, streams = received + part, streams + handed
            pid = preloaded.fork(json.loads(received), streams)
            for stream in streams:
                os.close(stream)
            asks.sendall(f"{preloaded.find_code(pid, 300)}\n".encode())
