"""`kill -9` of each kind of process of a command: nothing is lost, and nothing goes on for ever.

The environment variable `REPO_STATS_KILLS` sets how many times each kind is killed. Without it, the
command itself is not: `test_refresh_run.py` does that at a certain moment.
"""

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.commands import Serve
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.preloaded import Command
from repo_stats_tests.helpers.processes import find_descendants, find_fork_server, wait_until_gone
from repo_stats_tests.helpers.runs import refresh_here

ROUNDS = int(os.environ.get("REPO_STATS_KILLS", "1"))

KINDS = ["fork server", long("step"), *(["command"] if "REPO_STATS_KILLS" in os.environ else [])]

SHAPES = [Shape("acme/one", 64, 7), Shape("acme/two", 55, 9)]

REQUESTS = 17
"""About as many as a refresh sends: two repositories, and their pages of ten items."""


@pytest.fixture
def simulator() -> Simulator:
    return Simulator(World.of(map(generate_repository, SHAPES)), latency=0.05)


@pytest.fixture
def command(
    tmp_path: Path, simulator: Simulator, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Command]:
    """A refresh by the command, with what it uses in the environment of the test too."""
    monkeypatch.setenv("REPO_STATS_API_URL", serve(simulator))
    monkeypatch.setenv("REPO_STATS_REPOS", ",".join(shape.full_name for shape in SHAPES))
    monkeypatch.setenv("REPO_STATS_PER_PAGE", "10")
    with Command(tmp_path, "-m", "repo_stats", "refresh") as process:
        yield process


def find_process(command: int, kind: str) -> int | None:
    """The process of a kind that a command has now, or None."""
    if kind == "command":
        return command
    server = find_fork_server(command)
    if kind == "fork server" or server is None:
        return server
    return next(iter(find_descendants(server)), None)


def require_right_tables(folder: Path, simulator: Simulator) -> None:
    for path in (folder / "warehouse").rglob("*.parquet"):
        pd.read_parquet(path)
    for repository in simulator.world.repositories.values():
        name = f"{repository.full_name}.parquet"
        items = pd.read_parquet(folder / "warehouse" / "open_issues" / name)
        assert set(items["id"]) == repository.open_ids()
        row = pd.read_parquet(folder / "warehouse" / "repo_statistics" / name)
        assert (row["open_items"].item(), row["is_exact"].item()) == (len(items), True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(ROUNDS))
def test_what_is_killed_at_a_random_moment_loses_nothing_and_leaves_no_process_behind(
    tmp_path: Path, simulator: Simulator, command: Command, kind: str, seed: int
) -> None:
    chance = random.Random(f"{kind} {seed}")  # noqa: S311
    requests = chance.randrange(1, REQUESTS)
    while command.poll() is None and len(simulator.log) < requests:
        time.sleep(0.01)
    time.sleep(chance.random() / 2)
    below: dict[int, str] = {}
    while command.poll() is None:
        below = find_descendants(command.pid)
        victim = find_process(command.pid, kind)
        if victim is not None:
            os.kill(victim, signal.SIGKILL)
            break
    output = "".join(command.communicate(timeout=100))
    wait_until_gone(below)
    assert "Traceback" not in output, output
    codes = {"command": [0, -signal.SIGKILL], "step": [0]}.get(kind, [0, 1])
    assert command.returncode in codes, output
    if kind != "step":
        assert refresh_here({"REPO_STATS_MAX_AGE": "0"}).success
    require_right_tables(tmp_path, simulator)
