"""Four runs of one refresh on one history in PostgreSQL and one bucket, two of them at once."""

import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.simulator.exchanges import LoggedRequest
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUES_PER_USER, OPEN_ISSUES, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.commands import JOB_EXECUTE, Serve, environment
from repo_stats_tests.helpers.github import API_URL, simulators
from repo_stats_tests.scale.instances import make_home
from repo_stats_tests.scale.postgres_server import PostgresServer
from repo_stats_tests.scale.s3_server import BUCKET, S3Server

PIECES = [[f"acme/r{piece}{number}" for number in range(2)] for piece in range(4)]

REPOS = [repo for piece in PIECES for repo in piece]

RUNS_AT_ONCE, IN_FLIGHT, PER_MINUTE = 2, 6, 120

PATIENCE = 300.0

MOST_SESSIONS = 20
"""Connections of a run, whose processes have one or two each. Dagster's own storage opens some
twenty for each repository."""

TABLES = (OPEN_ISSUES, ISSUES_PER_USER, REPO_STATISTICS)

OF_THE_MOMENT = {"snapshot_at", "fetched_at", "validated_at"}


def start(number: int, folder: Path, variables: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start a run over a piece of the watchlist. Its requests name it."""
    piece = PIECES[number]
    picks = f'{{"dagster/asset_partition_range_start": "{piece[0]}", '
    picks += f'"dagster/asset_partition_range_end": "{piece[-1]}"}}'
    machine = folder / f"machine{number}"
    machine.mkdir()
    with (machine / "log").open("wb") as log:
        return subprocess.Popen(
            [*JOB_EXECUTE, "-j", "refresh_watchlist", "--tags", picks],
            cwd=machine,
            env={**variables, "REPO_STATS_USER_AGENT": f"run {number}", "HOME": str(machine)},
            stdout=subprocess.DEVNULL,
            stderr=log,
        )


@pytest.fixture
def simulator() -> Simulator:
    """A server that is slow enough for requests to meet."""
    world = World.of(generate_repository(Shape(name, 150, 9)) for name in REPOS)
    return Simulator(world, latency=0.3)


def test_four_runs_keep_one_set_of_limits_and_store_what_one_run_stores(
    postgres: PostgresServer,
    server: S3Server,
    serve: Serve,
    simulator: Simulator,
    tmp_path: Path,
    run: Any,
    settings_for: Any,
) -> None:
    history = make_home(tmp_path / "home", postgres)
    variables = {
        **environment(tmp_path, serve(simulator)),
        **history,
        "REPO_STATS_REPOS": ",".join(REPOS),
        "REPO_STATS_WAREHOUSE": f"s3://{BUCKET}/stats",
        "REPO_STATS_RUNS_AT_ONCE": str(RUNS_AT_ONCE),
        "REPO_STATS_IN_FLIGHT": str(IN_FLIGHT),
        "REPO_STATS_PER_MINUTE": str(PER_MINUTE),
    }
    runs = [start(number, tmp_path, variables) for number in range(len(PIECES))]
    try:
        codes = [process.wait(PATIENCE) for process in runs]
    finally:
        for process in runs:
            process.kill()
            process.wait()
    logs = [(tmp_path / f"machine{n}" / "log").read_text() for n in range(len(runs))]
    assert codes == [0] * len(runs), logs

    assert 1 < simulator.most_in_flight <= IN_FLIGHT
    assert most_within(60.0, [request.at for request in simulator.log]) <= PER_MINUTE
    assert most_at_once(simulator.log) == RUNS_AT_ONCE
    waited = [log for log in logs if "this one waits until it may" in log]
    assert len(waited) >= len(PIECES) - RUNS_AT_ONCE
    turns = postgres.query(history["DAGSTER_POSTGRES_DB"], "SELECT key FROM kvs ORDER BY key")
    assert [key for (key,) in turns] == ["repo_stats/turn/1", "repo_stats/turn/2"]
    sessions = postgres.count_sessions(history["DAGSTER_POSTGRES_DB"])
    assert len(runs) <= sessions <= len(runs) * MOST_SESSIONS

    spent = [len(simulator.log), sum(request.points for request in simulator.log)]
    assert same_by_one_run(run, settings_for, simulator) == len(TABLES) * len(REPOS)
    again = [len(simulator.log) - spent[0], sum(r.points for r in simulator.log) - spent[1]]
    assert spent[0] <= again[0] + len(PIECES)  # a query has room for more than a piece


def same_by_one_run(run: Any, settings_for: Any, simulator: Simulator) -> int:
    """Refresh all by one run into a folder, and compare; how many tables are there."""
    simulators[API_URL] = simulator
    simulator.latency = 0.0
    settings: Settings = settings_for(*REPOS, REPO_STATS_PULSE="on")
    assert run(settings).success
    compared = 0
    of_one, of_four = (Tables(Files(r)) for r in (settings.warehouse, f"s3://{BUCKET}/stats"))
    for table in TABLES:
        for repo in REPOS:
            one, four = (tables.find(table, repo) for tables in (of_one, of_four))
            assert one is not None
            assert four is not None
            columns = [name for name in table.names if name not in OF_THE_MOMENT]
            pd.testing.assert_frame_equal(one[columns], four[columns])
            compared += 1
    return compared


def most_within(seconds: float, times: list[float]) -> int:
    """The most moments within some seconds."""
    ordered = sorted(times)
    return max(sum(start <= at < start + seconds for at in ordered) for start in ordered)


def most_at_once(log: list[LoggedRequest]) -> int:
    """The most runs of which some had sent their first request, and not yet their last one."""
    spans: dict[str, tuple[float, float]] = {}
    for request in log:
        name = request.headers["user-agent"]
        begin, end = spans.get(name, (request.at, request.at))
        spans[name] = (min(begin, request.at), max(end, request.answered_at))
    assert len(spans) == len(PIECES)
    return max(sum(begin <= at <= end for begin, end in spans.values()) for at, _ in spans.values())
