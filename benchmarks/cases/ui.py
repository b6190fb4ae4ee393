"""A run launched as the UI does it, through the GraphQL API of a real `dagster dev`."""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.measuring import LIMIT, base_environment
from benchmarks.notices import notice
from benchmarks.ours import HOME, WAREHOUSE, make_home
from benchmarks.ports import free_port
from benchmarks.simulated import SimulatedGitHub, simulate
from benchmarks.table import Finding, Result

REPO = "PrefectHQ/prefect"
LATENCY = 0.3
_PATIENCE = 30.0
"""Seconds that `dagster dev` has to end all of its processes."""
MODULE = "repo_stats.definitions"

LAUNCH = """
mutation Launch($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
STATUS = """
query Status($id: ID!) {
  runOrError(runId: $id) { ... on Run { status startTime } }
}
"""
PARAMETERS = {
    "selector": {
        "repositoryLocationName": MODULE,
        "repositoryName": "__repository__",
        "jobName": "refresh_watchlist",
    },
    "executionMetadata": {"tags": [{"key": "dagster/partition", "value": REPO}]},
}


def launch_in_ui(runs: int) -> Result:
    """The tutorial's case, cold, from the mutation until the run's status is SUCCESS."""
    with simulate([REPO]) as github, TemporaryDirectory() as name:
        folder = Path(name)
        make_home(folder)
        with _dagster_dev(folder, github) as url:
            taken = []
            for number in range(runs + 1):
                notice(f"ui: {f'run {number} of {runs}' if number else 'warm-up'}")
                shutil.rmtree(folder / WAREHOUSE, ignore_errors=True)
                github.reset(LATENCY if number else 0.0)
                taken.append(launch(url))
    waited, whole = zip(*taken[1:], strict=True)
    return Result(
        findings=[
            Finding("ui: launch until SUCCESS", statistics.median(whole), "s", 6.0),
            Finding(
                "ui: of that, until the run's process starts it", statistics.median(waited), "s"
            ),
        ]
    )


def launch(url: str) -> tuple[float, float]:
    """Seconds from the mutation until the run started, and until it succeeded.

    Raises:
        RuntimeError: it was not launched, or did not succeed.
    """
    at, started = time.time(), time.monotonic()
    launched = _query(url, LAUNCH, {"parameters": PARAMETERS})["launchRun"]
    if launched["__typename"] != "LaunchRunSuccess":
        raise RuntimeError(f"The run was not launched: {launched}")
    run_id = launched["run"]["runId"]
    while time.monotonic() - started < LIMIT:
        run = _query(url, STATUS, {"id": run_id})["runOrError"]
        if run["status"] == "SUCCESS":
            return run["startTime"] - at, time.monotonic() - started
        if run["status"] in ("FAILURE", "CANCELED"):
            raise RuntimeError(f"The run ended as {run['status']}.")
        time.sleep(0.1)
    raise RuntimeError(f"The run took more than {LIMIT:.0f} s.")


@contextmanager
def _dagster_dev(folder: Path, github: SimulatedGitHub) -> Iterator[str]:
    """A `dagster dev` of the project; yields the address of its API once the code is loaded."""
    port = free_port()
    command = [sys.executable, "-m", "dagster", "dev", "-m", MODULE]
    with (folder / "dev.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)],
            cwd=folder,
            env={
                **base_environment(),
                "DAGSTER_HOME": str(folder / HOME),
                "REPO_STATS_API_URL": github.url,
                "REPO_STATS_REPOS": REPO,
                "REPO_STATS_WAREHOUSE": WAREHOUSE,
            },
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{port}/graphql"
            _wait_until_loaded(url, process, folder / "dev.log")
            yield url
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and all that it started, even if it ignores signals, as after a shell's `&`."""
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_loaded(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    query = "query { repositoriesOrError { ... on RepositoryConnection { nodes { name } } } }"
    deadline = time.monotonic() + LIMIT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if _query(url, query, {})["repositoriesOrError"].get("nodes"):
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"dagster dev did not start:\n{tail}")


def _query(url: str, query: str, variables: dict[str, Any]) -> Any:
    with httpx.Client(trust_env=False, timeout=60) as client:
        response = client.post(url, json={"query": query, "variables": variables})
    response.raise_for_status()
    return response.json()["data"]
