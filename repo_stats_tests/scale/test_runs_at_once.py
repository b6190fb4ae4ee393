"""Runs that the daemon starts over pieces of a watchlist, two at once, each on its own machine.

The daemon and the code server are on machines of their own, too. All share a history in PostgreSQL
and a bucket, as `deploy/compose.yaml` has them.
"""

import os
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.cuts import PIECE_TAG
from repo_stats.defs.named_repositories import find_named
from repo_stats.simulator.exchanges import LoggedRequest
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUES_PER_USER, OPEN_ISSUES, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.commands import Serve
from repo_stats_tests.helpers.github import API_URL, TOKEN, simulators
from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.scale.daemon import Daemon
from repo_stats_tests.scale.machines import LAUNCHER, require_machines, variables_for
from repo_stats_tests.scale.postgres_server import PostgresServer
from repo_stats_tests.scale.s3_server import BUCKET, S3Server

pytestmark = pytest.mark.timeout(300)  # five machines begin here, and processors may be busy

PIECES = [[f"acme/r{piece}{number}" for number in range(2)] for piece in range(3)]

REPOS = [repo for piece in PIECES for repo in piece]

RUNS_AT_ONCE, IN_FLIGHT = 2, 2

TABLES = (OPEN_ISSUES, ISSUES_PER_USER, REPO_STATISTICS)

OF_THE_MOMENT = {"snapshot_at", "fetched_at", "validated_at"}


@pytest.fixture
def simulator() -> Simulator:
    """A server that is slow enough for requests to meet."""
    world = World.of(generate_repository(Shape(name, 150, 9)) for name in REPOS)
    return Simulator(world, latency=0.3)


@pytest.fixture
def variables(
    kept_instance: dg.DagsterInstance, server: S3Server, serve: Serve, simulator: Simulator
) -> Iterator[dict[str, str]]:
    """The variables of all machines, whose home has nothing in it where it is not theirs."""
    require_machines()
    file = Path(kept_instance.root_directory) / "dagster.yaml"
    with tempfile.TemporaryDirectory() as home:
        yield {
            **os.environ,
            **variables_for(home, file.read_text(encoding="utf-8") + LAUNCHER),
            "PYTHONPATH": str(ROOT),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "GITHUB_TOKEN": TOKEN,
            "REPO_STATS_API_URL": serve(simulator),
            "REPO_STATS_REPOS": ",".join(REPOS),
            "REPO_STATS_REPOS_PER_RUN": str(len(PIECES[0])),
            "REPO_STATS_WAREHOUSE": f"s3://{BUCKET}/stats",
            "REPO_STATS_RUNS_AT_ONCE": str(RUNS_AT_ONCE),
            "REPO_STATS_FETCH_STEPS": "1",
            "REPO_STATS_IN_FLIGHT": str(IN_FLIGHT),
        }
        assert list(Path(home).iterdir()) == []


def test_runs_of_the_daemon_keep_one_set_of_limits_and_store_what_one_run_stores(
    variables: dict[str, str],
    kept_instance: dg.DagsterInstance,
    postgres: PostgresServer,
    simulator: Simulator,
    tmp_path: Path,
    run: Any,
    settings_for: Any,
) -> None:
    daemon = Daemon(kept_instance, tmp_path / "log")
    with daemon.running(variables):
        daemon.wait_until(daemon.has_carried_out_refreshes)
        daemon.wait_until(lambda: daemon.has_skipped("new_repositories"))
    runs = daemon.find_refreshes()
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}, daemon.describe()
    pieces = {run.tags[PIECE_TAG]: sorted(find_named(run.run_config)) for run in runs}
    assert pieces == {f"{n} of {len(PIECES)}": piece for n, piece in enumerate(PIECES, 1)}
    assert len(runs) == len(PIECES)  # nothing was requested twice

    assert simulator.most_in_flight <= IN_FLIGHT  # it is 4 if each run takes the limit for itself
    sent = {run.run_id: requests_of(simulator, run.run_id) for run in runs}
    assert most_at_once(sent.values()) == RUNS_AT_ONCE
    waited = [run for run in runs if waits(kept_instance, run.run_id)]
    assert len(waited) >= len(PIECES) - RUNS_AT_ONCE
    history = os.environ["DAGSTER_POSTGRES_DB"]
    turns = postgres.query(history, "SELECT key FROM kvs WHERE key LIKE 'repo_stats/%' ORDER BY 1")
    assert [key for (key,) in turns] == ["repo_stats/turn/1", "repo_stats/turn/2"]

    spent = [request for requests in sent.values() for request in requests]
    before = len(simulator.log)
    assert same_by_one_run(run, settings_for, simulator) == len(TABLES) * len(REPOS)
    again = simulator.log[before:]
    # A query has room for more than a piece.
    assert len(spent) <= len(again) + len(PIECES)


def requests_of(simulator: Simulator, run_id: str) -> list[LoggedRequest]:
    """The requests of a run, which name it."""
    return [r for r in simulator.log if r.headers["user-agent"] == run_id]


def waits(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a run says that it waits."""
    entries = instance.all_logs(run_id)
    return any("this one waits until it may" in entry.user_message for entry in entries)


def same_by_one_run(run: Any, settings_for: Any, simulator: Simulator) -> int:
    """Refresh all by one run into a folder, and compare; how many tables are there."""
    simulators[API_URL] = simulator
    simulator.latency = 0.0
    settings: Settings = settings_for(*REPOS, REPO_STATS_PULSE="on")
    assert run(settings).success
    compared = 0
    of_one, of_pieces = (Tables(Files(r)) for r in (settings.warehouse, f"s3://{BUCKET}/stats"))
    for table in TABLES:
        for repo in REPOS:
            one, pieces = (tables.find(table, repo) for tables in (of_one, of_pieces))
            assert one is not None
            assert pieces is not None
            columns = [name for name in table.names if name not in OF_THE_MOMENT]
            pd.testing.assert_frame_equal(one[columns], pieces[columns])
            compared += 1
    return compared


def most_at_once(runs: Collection[Sequence[LoggedRequest]]) -> int:
    """The most runs of which some had sent their first request, and not yet their last one."""
    spans = [(min(r.at for r in log), max(r.answered_at for r in log)) for log in runs]
    return max(sum(begin <= at <= end for begin, end in spans) for at, _ in spans)
