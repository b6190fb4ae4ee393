"""`kill -9` of a refresh that writes to a bucket: the next one makes everything whole."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.sql import run_query
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.commands import Serve
from repo_stats_tests.helpers.processes import kill_run
from repo_stats_tests.helpers.runs import refresh_here
from repo_stats_tests.scale.s3_server import S3Server

SHAPES = [Shape(f"acme/repo{number}", 20 + number, 7) for number in range(3)]
REPOS = [shape.full_name for shape in SHAPES]


def wait_for_write(process: "subprocess.Popen[bytes]", server: S3Server, table: str) -> None:
    """Wait until a process has written the first file of a table."""
    while not any(call.startswith(f"PUT /bucket/stats/{table}/") for call in server.calls):
        assert process.poll() is None, "the refresh has ended before it was killed"
        time.sleep(0.005)


def test_after_a_refresh_was_killed_the_next_one_makes_all_tables_whole(
    files: Files, server: S3Server, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = Simulator(World.of(map(generate_repository, SHAPES)))
    monkeypatch.setenv("REPO_STATS_API_URL", serve(simulator))
    monkeypatch.setenv("REPO_STATS_REPOS", ",".join(REPOS))
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", files.root)
    with subprocess.Popen(
        [sys.executable, "-m", "repo_stats", "refresh"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        wait_for_write(process, server, "repo_history")
        kill_run(process)
    assert process.returncode == -signal.SIGKILL
    assert refresh_here({"REPO_STATS_MAX_AGE": "0"}).success
    tables = Tables(files)
    for repository in simulator.world.repositories.values():
        repo = repository.full_name
        items = tables.load(OPEN_ISSUES, repo).rows
        assert set(items["id"].to_pylist()) == repository.open_ids()
        [row] = tables.load(REPO_STATISTICS, repo).rows.to_pylist()
        assert (row["open_items"], row["is_exact"]) == (items.num_rows, True)
        history = tables.find_kept(REPO_HISTORY, repo)
        assert history is not None
        assert len(history) == 1
        assert tables.states[repo].is_consistent(REPO_STATISTICS.name)
    assert run_query("select repo from repo_statistics", files.root).num_rows == len(REPOS)
