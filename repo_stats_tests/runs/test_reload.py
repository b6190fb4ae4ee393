"""A running deployment takes over what is watched: by itself, and with the button of the UI."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from repo_stats.config.settings import load_settings, load_watchlist
from repo_stats.defs.current_lists import read_old_lists
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.repository_changes import create_beside
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.commands import make_home
from repo_stats_tests.helpers.github import find_repository

PARTITIONS = """
query { assetNodeOrError(assetKey: {path: ["repo_metadata"]}) {
  ... on AssetNode { partitionKeys }
} }
"""

RELOAD = """
mutation { reloadRepositoryLocation(repositoryLocationName: "LOCATION") { __typename } }
"""

TICK = """
mutation { sensorDryRun(cursor: "", selectorData: {
  repositoryName: "__repository__",
  repositoryLocationName: "LOCATION",
  sensorName: "watchlist_updates",
}) { ... on DryRunInstigationTick { evaluationResult {
  skipReason error { message } runRequests { jobName }
} } } }
"""

LOG = logging.getLogger("lists")

Ask = Callable[[str], Any]


def find_free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def started(folder: Path, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A command of Dagster's that runs until it is ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, "DAGSTER_HOME": str(make_home(folder / "home"))},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:  # a code server may wait for a process of its own
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def webserver(folder: Path, *location: str) -> Iterator[Ask]:
    """Send GraphQL to a real webserver that has a code location."""
    port = str(find_free_port())
    command = ("dagster_webserver", "-h", "127.0.0.1", "-p", port, *location)
    with started(folder, *command) as server:

        def post(query: str) -> dict[str, Any]:
            url = f"http://127.0.0.1:{port}/graphql"
            answer = httpx.post(url, json={"query": query}, timeout=60).json()
            data: dict[str, Any] = answer["data"]
            return data

        wait_until(lambda: is_up(server, lambda: post("query { version }")))
        yield post


def is_up(process: "subprocess.Popen[bytes]", ask: Callable[[], object]) -> bool:
    assert process.poll() is None
    try:
        ask()
    except (OSError, httpx.TransportError):
        return False
    return True


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port)).close()


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait for another process, for a minute at most."""
    for _ in range(600):
        if is_true():
            return
        time.sleep(0.1)
    pytest.fail("It did not happen within a minute.")


def find_partitions(ask: Ask) -> list[str]:
    node = ask(PARTITIONS)["assetNodeOrError"]
    return list(node.get("partitionKeys", []))


@pytest.fixture
def simulator() -> Simulator:
    shapes = (Shape("acme/a", 3, 2), Shape("acme/b", 3, 2))
    return Simulator(World.of(map(generate_repository, shapes)))


@pytest.mark.long
def test_a_code_server_takes_over_what_enters_and_leaves_without_a_hand_and_by_the_button(
    tmp_path: Path,
    simulator: Simulator,
    serve: Callable[[Simulator], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watchlist = tmp_path / "watchlist.yaml"
    watchlist.write_text("repos: [{org: acme}]")
    monkeypatch.setenv("REPO_STATS_API_URL", serve(simulator))
    port = find_free_port()
    command = ("dagster", "code-server", "start", "-m", "repo_stats.definitions")
    location = ("--grpc-host", "127.0.0.1", "--grpc-port", str(port))
    name = f"grpc:127.0.0.1:{port}"
    with started(tmp_path, *command, "-h", "127.0.0.1", "-p", str(port)) as server:
        wait_until(lambda: is_up(server, lambda: connect(port)))
        with webserver(tmp_path, *location) as ask:
            wait_until(lambda: find_partitions(ask) == ["acme/a", "acme/b"])
            create_beside(simulator.world, find_repository(simulator, "acme/a"))
            find_repository(simulator, "acme/b").object["archived"] = True
            read_old_lists(load_settings(), load_watchlist(), LOG, force=True)
            [tick] = ask(TICK.replace("LOCATION", name)).values()
            assert tick["evaluationResult"]["error"] is None
            assert tick["evaluationResult"]["skipReason"] == (
                "The watchlist has changed (acme/a-2 added, acme/b removed): the definitions were "
                "loaded anew."
            )
            wait_until(lambda: find_partitions(ask) == ["acme/a", "acme/a-2"])
            watchlist.write_text("repos: [c/d]")
            reloaded = ask(RELOAD.replace("LOCATION", name))["reloadRepositoryLocation"]
            assert reloaded["__typename"] == "WorkspaceLocationEntry"
            assert find_partitions(ask) == ["c/d"]
