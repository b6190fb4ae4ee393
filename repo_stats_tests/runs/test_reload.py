"""A running deployment takes over a changed watchlist when it is reloaded, as the docs say."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from repo_stats_tests.helpers.commands import make_home

PARTITIONS = """
query { assetNodeOrError(assetKey: {path: ["repo_metadata"]}) {
  ... on AssetNode { partitionKeys }
} }
"""

RELOAD = """
mutation { reloadRepositoryLocation(repositoryLocationName: "repo_stats.definitions") {
  __typename
} }
"""


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Any]:
    """Send GraphQL to a real webserver that reads `watchlist.yaml` in the test's folder."""
    (tmp_path / "watchlist.yaml").write_text("repos: [a/b]")
    make_home(tmp_path / "home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port)),
            *("-m", "repo_stats.definitions"),
        ],
        cwd=tmp_path,
        env={**os.environ, "DAGSTER_HOME": str(tmp_path / "home")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/graphql"

    def post(query: str) -> dict[str, Any]:
        response = httpx.post(url, json={"query": query}, timeout=60)
        data: dict[str, Any] = response.json()["data"]
        return data

    try:
        for _ in range(600):
            try:
                post("query { version }")
                break
            except httpx.TransportError:
                assert server.poll() is None
                time.sleep(0.1)
        yield post
    finally:
        server.terminate()
        server.wait()


def test_reloading_the_definitions_takes_over_a_changed_watchlist(ask: Any, tmp_path: Path) -> None:
    assert ask(PARTITIONS)["assetNodeOrError"]["partitionKeys"] == ["a/b"]
    (tmp_path / "watchlist.yaml").write_text("repos: [a/b, c/d]")
    assert ask(RELOAD)["reloadRepositoryLocation"]["__typename"] == "WorkspaceLocationEntry"
    assert ask(PARTITIONS)["assetNodeOrError"]["partitionKeys"] == ["a/b", "c/d"]
