"""The report, served to the browsers of this machine."""

import errno
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from repo_stats.cli.commands import main
from repo_stats.cli.serve import _explain
from repo_stats.cli.serving import CONTENT_TYPES, ReportServer
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats_tests.helpers.preloaded import TerminalCommand

Start = Callable[[Files], ReportServer]


@pytest.fixture
def start() -> Iterator[Start]:
    """Serve the report of a warehouse in a thread."""
    with ExitStack() as stack:

        def serve(files: Files) -> ReportServer:
            server = stack.enter_context(ReportServer(files, "report", 0))
            Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            stack.callback(server.shutdown)
            return server

        yield serve


def ask(
    server: ReportServer, path: str, method: str = "GET", host: str = "127.0.0.1"
) -> tuple[HTTPResponse, bytes]:
    """Send a request as it is, without what clients mend in its path."""
    connection = HTTPConnection("127.0.0.1", server.server_address[1], timeout=20)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", host)
    connection.endheaders()
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    """A warehouse with a report and a table beside it."""
    files = Files(str(tmp_path / "w") if request.param == "folder" else f"memory://{tmp_path}")
    files.write("report/index.html", b"<p>first</p>")
    files.write("report/acme/rocket 1.html", b"<p>rocket</p>")
    files.write("report/acme/.github.html", b"<p>.github</p>")
    files.write("report/.hidden", b"hidden")
    files.write("report/.hidden.html", b"hidden")
    files.write("report/acme/.hidden", b"hidden")
    files.write("report/.git/page.html", b"hidden")
    files.write("repo_metadata/acme/rocket.parquet", b"table")
    return files


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/", b"<p>first</p>"),
        ("/index.html?compare=a,b", b"<p>first</p>"),
        ("/acme/rocket%201.html", b"<p>rocket</p>"),
        ("/acme/.github.html", b"<p>.github</p>"),
    ],
)
def test_the_pages_of_a_report_are_served_from_folders_and_other_storage(
    files: Files, start: Start, path: str, content: bytes
) -> None:
    response, body = ask(start(files), path)
    assert (response.status, body) == (200, content)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Content-Length"] == str(len(content))
    assert response.headers["Cache-Control"] == "no-cache"


def test_a_report_that_is_made_meanwhile_is_served_at_once(files: Files, start: Start) -> None:
    server = start(files)
    assert ask(server, "/")[1] == b"<p>first</p>"
    files.write("report/index.html", b"<p>second</p>")
    assert ask(server, "/")[1] == b"<p>second</p>"


@pytest.mark.parametrize(
    "path",
    [
        "/missing.html",
        "/acme",
        "/acme/",
        "/../repo_metadata/acme/rocket.parquet",
        "/%2e%2e/repo_metadata/acme/rocket.parquet",
        "/acme/..%2f..%2frepo_metadata/acme/rocket.parquet",
        "/..\\repo_metadata\\acme\\rocket.parquet",
        "//etc/passwd",
        "/./index.html",
        "/.hidden",
        "/.hidden.html",
        "/acme/.hidden",
        "/.git/page.html",
        "/acme/.",
        "/acme/..",
        "/index.html%00",
        "/%ff",
        "/" + "x" * 5_000,
    ],
)
def test_nothing_but_the_report_is_served(files: Files, start: Start, path: str) -> None:
    response, body = ask(start(files), path)
    assert (response.status, body) == (404, b"The report has no such file.\n")


def test_a_link_out_of_the_report_is_not_followed(tmp_path: Path, start: Start) -> None:
    files = Files(str(tmp_path))
    files.write("report/index.html", b"<p>first</p>")
    files.write("secret.html", b"secret")
    (tmp_path / "report" / "out.html").symlink_to(tmp_path / "secret.html")
    (tmp_path / "report" / "loop.html").symlink_to(tmp_path / "report" / "loop.html")
    (tmp_path / "report" / "in.html").symlink_to(tmp_path / "report" / "index.html")
    server = start(files)
    assert ask(server, "/out.html")[0].status == 404
    assert ask(server, "/loop.html")[0].status in (404, 500)
    assert ask(server, "/in.html")[1] == b"<p>first</p>"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8080", 200),
        ("localhost", 200),
        ("localhost:9", 200),
        ("evil.example", 403),
        ("evil.example:8080", 403),
    ],
)
def test_a_page_whose_name_means_this_machine_cannot_read_the_report(
    files: Files, start: Start, host: str, status: int
) -> None:
    server = start(files)
    response, body = ask(server, "/", host=host)
    assert response.status == status
    expected = b"<p>first</p>" if status == 200 else f"Open the report at {server.url}\n".encode()
    assert body == expected


def test_a_head_is_answered_without_content_and_a_post_is_refused(
    files: Files, start: Start
) -> None:
    server = start(files)
    response, body = ask(server, "/", "HEAD")
    assert (response.status, response.headers["Content-Length"], body) == (200, "12", b"")
    assert ask(server, "/", "POST")[0].status == 501


@pytest.mark.parametrize(("suffix", "content_type"), [*CONTENT_TYPES.items(), (".x", "")])
def test_every_kind_of_file_has_its_content_type(
    tmp_path: Path, start: Start, suffix: str, content_type: str
) -> None:
    files = Files(str(tmp_path))
    files.write(f"report/data{suffix}", b"1")
    response, _ = ask(start(files), f"/data{suffix}")
    assert response.headers["Content-Type"] == (content_type or "application/octet-stream")
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_that_cannot_be_read_is_a_sentence(tmp_path: Path, start: Start) -> None:
    class Unreadable(Files):
        def read(self, path: str) -> bytes | None:
            raise WarehouseError(f"{path} cannot be read (no access).")

    response, body = ask(start(Unreadable(str(tmp_path))), "/")
    assert response.status == 500
    assert body == b"report/index.html cannot be read (no access).\n"


def test_without_a_report_it_says_what_to_run(tmp_path: Path) -> None:
    result = CliRunner(env={"REPO_STATS_WAREHOUSE": str(tmp_path)}).invoke(main, ["serve"])
    assert result.exit_code == 1
    assert result.output == f"Error: There is no report in {tmp_path} yet; run repo-stats report.\n"


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    Files(str(tmp_path)).write("report/index.html", b"")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        runner = CliRunner(env={"REPO_STATS_WAREHOUSE": str(tmp_path)})
        result = runner.invoke(main, ["serve", "--port", port])
    assert result.exit_code == 1
    assert f"Error: Another program listens on port {port}; choose another one" in result.output


def test_a_port_that_only_others_may_use_is_a_sentence() -> None:
    sentence = _explain(PermissionError(errno.EACCES, "Permission denied"), 80)
    assert sentence.startswith("Port 80 cannot be listened on (Permission denied); choose another")


def test_ctrl_c_ends_the_server_without_a_trace(tmp_path: Path) -> None:
    Files(str(tmp_path)).write("report/index.html", b"<p>first</p>")
    command = ["-m", "repo_stats", "serve", "--port", "0"]
    variables = {"REPO_STATS_WAREHOUSE": str(tmp_path)}
    with TerminalCommand(tmp_path, command, variables) as process:
        while "\n" not in (printed := process.printed()[0]):
            assert process.poll() is None
            time.sleep(0.02)
        port = int(printed.split("127.0.0.1:")[1].split("/")[0])
        connection = HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"<p>first</p>"
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        assert (process.returncode, output, errors) == (130, printed, "Interrupted.\n")
