"""A server of S3's protocol that counts what it is asked, and serves one request at a time.

One at a time, because S3 compares and writes at once, and moto does the one after the other.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "bucket"

_CONDITIONS = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")

_NOT_IMPLEMENTED = (
    b"<?xml version='1.0'?><Error><Code>NotImplemented</Code>"
    b"<Message>A header you provided is not implemented</Message></Error>"
)


class _Quiet(WSGIRequestHandler):  # type: ignore[misc]
    def log(self, *_: Any) -> None:
        pass


@dataclass
class S3Server:
    """The server.

    Attributes:
        conditions: whether it `keeps` conditions of writes, `ignores` them, `refuses` such writes,
            or keeps those of writes, but `removes` whatever the condition is.
        calls: the methods and paths of all requests, in their order; listings have their prefix.
        url: of the server.
        page: how many objects a listing gives at once; S3 gives 1,000.
    """

    conditions: str = "keeps"
    calls: list[str] = field(default_factory=list)
    url: str = ""
    page: int = 1000
    _app: Any = field(default_factory=lambda: DomainDispatcherApplication(create_backend_app))
    _one_by_one: Any = field(default_factory=Lock)

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Answer a request."""
        with self._one_by_one:
            folder = parse_qs(environ["QUERY_STRING"]).get("prefix", [""])[0]
            is_listing = "list-type=" in environ["QUERY_STRING"]
            listed = f"?{folder}" if is_listing else ""
            self.calls.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}{listed}")
            if is_listing:
                query = f"{environ['QUERY_STRING']}&max-keys={self.page}"
                environ = {**environ, "QUERY_STRING": query}
            has_condition = any(name in environ for name in _CONDITIONS)
            if has_condition and self.conditions == "refuses":
                start("501 Not Implemented", [("Content-Type", "application/xml")])
                return [_NOT_IMPLEMENTED]
            removes = self.conditions == "removes" and environ["REQUEST_METHOD"] == "DELETE"
            if self.conditions == "ignores" or removes:
                environ = {k: v for k, v in environ.items() if k not in _CONDITIONS}
            return list(self._app(environ, start))


@contextmanager
def serve_s3(conditions: str = "keeps") -> Iterator[S3Server]:
    """Run a server with an empty bucket, as long as it is needed."""
    from moto.s3.models import s3_backends

    s3_backends.reset()
    served = S3Server(conditions)
    server = make_server("127.0.0.1", 0, served, threaded=True, request_handler=_Quiet)
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
