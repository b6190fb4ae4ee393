"""A small web server for the report, which only programs of this machine reach.

It serves the files of the report's folder as they are stored, from a disk or object storage.
"""

from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from repo_stats.safe_text import is_text
from repo_stats.warehouse.files import Files, WarehouseError

HOST = "127.0.0.1"

CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
}
"""The kinds of files that a report has. The system's own table differs between machines."""

_OTHER_TYPE = "application/octet-stream"

_LONGEST_NAME = 255
"""How many bytes the name of a file can have."""

_LOCAL_NAMES = frozenset({HOST, "localhost"})


class ReportServer(ThreadingHTTPServer):
    """Serves the files of a report's folder until it is closed.

    Args:
        files: of the warehouse.
        folder: the report's folder in it.
        port: the port to listen on; 0 for any that is free.

    Raises:
        OSError: it cannot listen on the port.
    """

    def __init__(self, files: Files, folder: str, port: int) -> None:
        self.files = files
        self.folder = folder
        super().__init__((HOST, port), _Handler)

    @property
    def url(self) -> str:
        """The address of the first page."""
        return f"http://{HOST}:{self.server_address[1]}/"

    def find(self, path: str) -> str | None:
        """The file in the warehouse that an address means; None if it can mean none.

        Args:
            path: the path of the address, with a slash at its beginning.
        """
        name = unquote(path).removeprefix("/")
        if not name or name.endswith("/"):
            name += "index.html"
        if not is_text(name) or "\\" in name or not _is_shown(name):
            return None
        file = f"{self.folder}/{name}"
        return file if self._is_inside(file) else None

    def _is_inside(self, file: str) -> bool:
        """Whether a file is in the report's folder also after all symbolic links."""
        if not self.files.is_local:
            return True
        root = Path(self.files.root.removeprefix("file://"))
        try:
            target = (root / file).resolve()
        except RuntimeError:  # links that lead to each other
            return False
        return target.is_relative_to((root / self.folder).resolve()) and not target.is_dir()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that has gone away in the middle of a page."""


class _Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: ReportServer

    def do_GET(self) -> None:
        """Send a file."""
        self._answer(has_body=True)

    def do_HEAD(self) -> None:
        """Send what a file is, without its content."""
        self._answer(has_body=False)

    def version_string(self) -> str:
        """What the header `Server` says: nothing of the version of Python."""
        return "repo-stats"

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - the base's name
        """Print nothing: the terminal would fill with a line for each file."""

    def _answer(self, *, has_body: bool) -> None:
        status, content_type, content = self._find()
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        if has_body:
            self.wfile.write(content)

    def _find(self) -> tuple[HTTPStatus, str, bytes]:
        if not self._is_for_this_machine():
            return _refuse(HTTPStatus.FORBIDDEN, f"Open the report at {self.server.url}")
        file = self.server.find(urlsplit(self.path).path)
        try:
            content = None if file is None else self.server.files.read(file)
        except WarehouseError as error:
            return _refuse(HTTPStatus.INTERNAL_SERVER_ERROR, str(error))
        if file is None or content is None:
            return _refuse(HTTPStatus.NOT_FOUND, "The report has no such file.")
        suffix = PurePosixPath(file).suffix.lower()
        return HTTPStatus.OK, CONTENT_TYPES.get(suffix, _OTHER_TYPE), content

    def _is_for_this_machine(self) -> bool:
        """Whether the address names this machine.

        A page from elsewhere can let its own name mean this machine, and then read what is here.
        """
        host = self.headers.get("Host", HOST)
        return host.rpartition(":")[0] in _LOCAL_NAMES or host in _LOCAL_NAMES


def _is_shown(name: str) -> bool:
    """Whether a path can be that of a file of the report, and of no hidden one or parent.

    A repository may be called `.github`, so its files begin with a dot.
    """
    *folders, last = name.split("/")
    if folders and PurePosixPath(last).suffix.lower() in CONTENT_TYPES:
        last = last.removeprefix(".")
    is_short = all(len(part.encode()) <= _LONGEST_NAME for part in name.split("/"))
    return is_short and all(part[:1] not in ("", ".") for part in (*folders, last))


def _refuse(status: HTTPStatus, sentence: str) -> tuple[HTTPStatus, str, bytes]:
    return status, "text/plain; charset=utf-8", f"{sentence}\n".encode()
