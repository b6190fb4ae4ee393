"""The daemon of a deployment on several machines, and what it has done so far."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.scheduler.instigation import TickStatus
from dagster._grpc.client import DagsterGrpcClient

from repo_stats.defs.jobs import REFRESH_REPO, REFRESH_WATCHLIST
from repo_stats_tests.helpers.deployed import read_yaml
from repo_stats_tests.scale.machines import on_machine

PATIENCE = 200.0

SERVICES: Mapping[str, Any] = read_yaml("compose.yaml")["services"]


class Daemon:
    """The daemon, and the code server that it asks, each on a machine of its own.

    Attributes:
        instance: the history.
        log: the file that both write to.
    """

    def __init__(self, instance: dg.DagsterInstance, log: Path) -> None:
        self.instance, self.log = instance, log
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])

    @contextmanager
    def running(self, variables: Mapping[str, str]) -> Iterator[None]:
        """Both, as long as they are needed, by the commands of Compose's services."""
        services: list[subprocess.Popen[bytes]] = []
        with self.log.open("wb") as log:
            try:
                for name in ("code", "daemon"):
                    command = on_machine([*map(self._put, SERVICES[name]["command"])])
                    output: dict[str, Any] = {"stdout": log, "stderr": log}
                    services.append(subprocess.Popen(command, env={**variables}, **output))
                    self.wait_until(self._serves_code)
                yield
            finally:
                for service in services:
                    service.kill()
                    service.wait()

    def _put(self, word: str) -> str:
        here = {"0.0.0.0": "127.0.0.1", "code": "127.0.0.1", "4000": str(self._port)}  # noqa: S104
        return here.get(word, word)

    def _serves_code(self) -> bool:
        client: Any = DagsterGrpcClient(port=self._port, host="127.0.0.1")
        return bool(client.health_check_query() == "SERVING")

    def find_refreshes(self) -> list[dg.DagsterRun]:
        """The refreshes that sensors requested."""
        runs = self.instance.get_runs()
        refreshes = [run for run in runs if run.job_name in {REFRESH_WATCHLIST, REFRESH_REPO}]
        return [run for run in refreshes if "dagster/sensor_name" in run.tags]

    def has_carried_out_refreshes(self) -> bool:
        """Whether there are refreshes, and all of them have ended."""
        runs = self.find_refreshes()
        return len(runs) > 0 and all(run.is_finished for run in runs)

    def has_skipped(self, sensor: str) -> bool:
        """Whether a sensor has found nothing to request, once or more."""
        [state] = [s for s in self.instance.all_instigator_state() if s.instigator_name == sensor]
        ticks = self.instance.get_ticks(state.instigator_origin_id, state.selector_id)
        return TickStatus.SKIPPED in {tick.status for tick in ticks}

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so, at most as long as a busy machine may take."""
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
        return "\n".join([*failures, self.log.read_text(encoding="utf-8")])
