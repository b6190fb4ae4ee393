"""The lines to paste elsewhere: on a web server they have the address of the page."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from repo_stats_tests.report.in_browser.visitor import Visitor

LINES = "[...document.querySelectorAll('#elsewhere code')].map((one) => one.textContent)"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address(rich: Path) -> Iterator[str]:
    """Serve the report on a socket."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(rich)))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_lines_to_paste_have_the_address_of_the_page(
    rich: Path, browser: Visitor, address: str
) -> None:
    browser.look_at(rich / "acme" / "rocket.html", charts=4)
    from_disk = browser.page.evaluate(LINES)
    assert len(from_disk) == 6
    assert all("ADDRESS/rocket." in line for line in from_disk)
    browser.touch()
    browser.page.goto(f"{address}/acme/rocket.html")
    served = browser.page.evaluate(LINES)
    assert served == [line.replace("ADDRESS", f"{address}/acme") for line in from_disk]
    assert "ADDRESS" not in browser.page.inner_text("#elsewhere")
    browser.page.goto("about:blank")
