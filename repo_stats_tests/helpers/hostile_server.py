"""A server on a real socket that answers about some repositories whatever it likes."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import httpx

from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.hostile_answers import Answer, Hostility, Question

_FRAMING = ("connection", "content-encoding", "content-length", "transfer-encoding")


class RawServer:
    """Answers each request with any bytes, in threads.

    Attributes:
        questions: the requests so far.
    """

    def __init__(self) -> None:
        self.questions: list[Question] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "RawServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, question: Question) -> Answer:
        """The answer to a request."""
        return Answer()

    def _make_handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                authorization = self.headers.get("authorization", "")
                question = Question(self.path, authorization, self.command)
                server.questions.append(question)
                with suppress(OSError):  # a client may have read enough
                    self.wfile.write(_to_bytes(server.answer(question)))

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", 0)))
                self.do_GET()

            def log_message(self, *_: Any) -> None:
                """Print nothing."""

        return Handler


class HostileServer(RawServer):
    """Answers as GitHub would, except about the repositories that it is hostile to.

    Args:
        healthy: the repositories that it answers about as GitHub would.
        hostilities: the other repositories.
        tokens: the tokens that it accepts.
    """

    def __init__(
        self, healthy: Sequence[Shape], hostilities: Sequence[Hostility], token: str
    ) -> None:
        super().__init__()
        shapes = [Shape(h.repo, h.items, min(h.items, 2), closed_items=2) for h in hostilities]
        world = World.of(generate_repository(shape) for shape in (*healthy, *shapes))
        self._simulator = Simulator(world, tokens=frozenset({token}))
        self._hostilities = {h.repo: h for h in hostilities}
        self._names = {r.id: r.full_name for r in world.repositories.values()}
        self._one_at_a_time = Lock()

    def answer(self, question: Question) -> Answer:
        """GitHub's answer, spoiled if the request is about a hostile repository."""
        with self._one_at_a_time:
            good = asyncio.run(self._ask_simulator(question))
            hostility = self._hostilities.get(self._find_repo(question.target))
            is_list = "/issues" in question.target
            if hostility is None or hostility.in_list != is_list:
                return good
            return hostility.spoil(good, question)

    def _find_repo(self, target: str) -> str:
        named = re.match(r"/repos/([^/?]+/[^/?]+)", target)
        numbered = re.match(r"/repositories/(\d+)", target)
        if named:
            return named[1]
        return self._names[int(numbered[1])] if numbered else ""

    async def _ask_simulator(self, question: Question) -> Answer:
        transport = httpx.ASGITransport(app=self._simulator.app)
        headers = {"authorization": question.authorization, "user-agent": "test"}
        async with httpx.AsyncClient(transport=transport, base_url=self.url) as client:
            response = await client.request(question.method, question.target, headers=headers)
        kept = [
            (name.decode().lower(), value)
            for name, value in response.headers.raw
            if name.decode().lower() not in _FRAMING
        ]
        return Answer(response.status_code, tuple(kept), response.content)


def _to_bytes(answer: Answer) -> bytes:
    """The answer as it goes over the wire; the connection ends with it."""
    lines = [f"HTTP/1.1 {answer.status} Whatever".encode()]
    lines += [name.encode() + b": " + value for name, value in answer.headers]
    lines += [f"Content-Length: {len(answer.body)}".encode(), b"Connection: close", b"", b""]
    return b"\r\n".join(lines) + answer.body
