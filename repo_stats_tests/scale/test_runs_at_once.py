"""Runs that the daemon starts over pieces of a watchlist, two at once, each on its own machine.

The daemon and the code server are on machines of their own, too. All share a history in PostgreSQL
and a bucket, as `deploy/compose.yaml` has them.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from dagster._core.scheduler.instigation import TickStatus
from dagster._grpc.client import DagsterGrpcClient

from repo_stats.config.settings import Settings
from repo_stats.defs.cuts import PIECE_TAG
from repo_stats.defs.jobs import REFRESH_REPO, REFRESH_WATCHLIST
from repo_stats.defs.named_repositories import find_named
from repo_stats.simulator.exchanges import LoggedRequest
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUES_PER_USER, OPEN_ISSUES, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.commands import Serve
from repo_stats_tests.helpers.deployed import read_yaml
from repo_stats_tests.helpers.github import API_URL, TOKEN, simulators
from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.scale.machines import LAUNCHER, on_machine, require_machines, variables_for
from repo_stats_tests.scale.postgres_server import PostgresServer
from repo_stats_tests.scale.s3_server import BUCKET, S3Server

PIECES = [[f"acme/r{piece}{number}" for number in range(2)] for piece in range(3)]

REPOS = [repo for piece in PIECES for repo in piece]

RUNS_AT_ONCE, IN_FLIGHT, PER_MINUTE = 2, 4, 120

PATIENCE = 100.0

TABLES = (OPEN_ISSUES, ISSUES_PER_USER, REPO_STATISTICS)

OF_THE_MOMENT = {"snapshot_at", "fetched_at", "validated_at"}

SERVICES: Mapping[str, Any] = read_yaml("compose.yaml")["services"]


class Deployment:
    """The services, whose runs are those of the instance.

    Attributes:
        instance: the history.
    """

    def __init__(self, instance: dg.DagsterInstance, folder: Path) -> None:
        self.instance = instance
        self._log = folder / "log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])

    @contextmanager
    def running(self, variables: Mapping[str, str]) -> Iterator[None]:
        """The code server and the daemon, as long as they are needed."""
        services: list[subprocess.Popen[bytes]] = []
        with self._log.open("wb") as log:
            try:
                for name in ("code", "daemon"):
                    command = on_machine([*map(self._put, SERVICES[name]["command"])])
                    output: dict[str, Any] = {"stdout": log, "stderr": log}
                    services.append(subprocess.Popen(command, env={**variables}, **output))
                    self.wait_until(self._serves_code)
                print("UP", time.time())
                yield
            finally:
                for service in services:
                    service.kill()
                    service.wait()

    def _put(self, word: str) -> str:
        here = {"0.0.0.0": "127.0.0.1", "code": "127.0.0.1", "4000": str(self._port)}  # noqa: S104
        return here.get(word, word)

    def _serves_code(self) -> bool:
        return (
            DagsterGrpcClient(port=self._port, host="127.0.0.1").health_check_query() == "SERVING"
        )

    def find_refreshes(self) -> list[dg.DagsterRun]:
        """The refreshes that sensors requested."""
        runs = self.instance.get_runs()
        refreshes = [run for run in runs if run.job_name in {REFRESH_WATCHLIST, REFRESH_REPO}]
        return [run for run in refreshes if "dagster/sensor_name" in run.tags]

    def have_ended(self) -> bool:
        """Whether there are refreshes, and all of them have ended."""
        runs = self.find_refreshes()
        return len(runs) > 0 and all(run.is_finished for run in runs)

    def has_looked_again(self) -> bool:
        """Whether the sensor found nothing to request, after it had requested something."""
        [sensor] = [
            state
            for state in self.instance.all_instigator_state()
            if state.instigator_name == "new_repositories"
        ]
        ticks = self.instance.get_ticks(sensor.instigator_origin_id, sensor.selector_id)
        return TickStatus.SKIPPED in {tick.status for tick in ticks}

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, self.describe()
            time.sleep(0.3)

    def describe(self) -> str:
        """What a reader needs to find out why a run did not succeed."""
        failures = [
            str(entry)
            for run in self.find_refreshes()
            for entry in self.instance.all_logs(run.run_id)
            if entry.dagster_event is not None and entry.dagster_event.is_failure
        ]
        return "\n".join([*failures, self._log.read_text(encoding="utf-8")])


@pytest.fixture
def simulator() -> Simulator:
    """A server that is slow enough for requests to meet."""
    world = World.of(generate_repository(Shape(name, 150, 9)) for name in REPOS)
    return Simulator(world, latency=0.3)


@pytest.fixture
def variables(
    kept_instance: dg.DagsterInstance, server: S3Server, serve: Serve, simulator: Simulator
) -> Iterator[dict[str, str]]:
    """Those of all machines."""
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
            "REPO_STATS_PER_MINUTE": str(PER_MINUTE),
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
    deployment = Deployment(kept_instance, tmp_path)
    print("BEGIN", time.time())
    with deployment.running(variables):
        deployment.wait_until(deployment.have_ended)
        print("ENDED", time.time())
        deployment.wait_until(deployment.has_looked_again)
        print("LOOKED", time.time())
        for r in kept_instance.get_run_records():
            print(
                r.dagster_run.job_name,
                r.dagster_run.tags,
                r.create_timestamp.timestamp(),
                r.start_time,
                r.end_time,
            )
        for st in kept_instance.all_instigator_state():
            print(
                st.instigator_name,
                [
                    (k.status.name, k.timestamp, k.end_timestamp)
                    for k in kept_instance.get_ticks(st.instigator_origin_id, st.selector_id)
                ],
            )
        print([(round(q.at, 1), q.headers["user-agent"][:8]) for q in simulator.log])
    runs = deployment.find_refreshes()
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}, deployment.describe()
    pieces = {run.tags[PIECE_TAG]: sorted(find_named(run.run_config)) for run in runs}
    assert pieces == {f"{n} of 3": piece for n, piece in enumerate(PIECES, 1)}
    assert len(runs) == len(PIECES)

    assert 1 < simulator.most_in_flight <= IN_FLIGHT
    assert most_within(60.0, [request.at for request in simulator.log]) <= PER_MINUTE
    sent = {run.run_id: requests_of(simulator, run.run_id) for run in runs}
    print(len(simulator.log), simulator.most_in_flight, {k: len(v) for k, v in sent.items()})
    assert most_at_once(sent.values()) == RUNS_AT_ONCE
    waited = [run for run in runs if waits(kept_instance, run.run_id)]
    assert len(waited) >= len(PIECES) - RUNS_AT_ONCE
    history = os.environ["DAGSTER_POSTGRES_DB"]
    turns = postgres.query(history, "SELECT key FROM kvs WHERE key LIKE 'repo_stats/%' ORDER BY 1")
    assert [key for (key,) in turns] == ["repo_stats/turn/1", "repo_stats/turn/2"]
    print("sessions", postgres.count_sessions(history))

    spent = [request for requests in sent.values() for request in requests]
    before = len(simulator.log)
    assert same_by_one_run(run, settings_for, simulator) == len(TABLES) * len(REPOS)
    again = simulator.log[before:]
    # A query has room for more than a piece.
    assert sum(r.points for r in spent) <= sum(r.points for r in again) + len(PIECES)


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


def most_within(seconds: float, times: list[float]) -> int:
    """The most moments within some seconds."""
    ordered = sorted(times)
    return max(sum(start <= at < start + seconds for at in ordered) for start in ordered)


def most_at_once(runs: Collection[Sequence[LoggedRequest]]) -> int:
    """The most runs of which some had sent their first request, and not yet their last one."""
    spans = [(min(r.at for r in log), max(r.answered_at for r in log)) for log in runs]
    return max(sum(begin <= at <= end for begin, end in spans) for at, _ in spans)
