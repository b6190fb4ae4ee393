"""The very commands of Compose's services, run as processes of this machine, and their checks.

Only hosts and ports are others, and the history is in SQLite. There is no Docker, so no run begins.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from repo_stats_tests.helpers.deployed import DEPLOY, find_check, read_yaml
from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.scale.redis_server import serve_redis

pytestmark = pytest.mark.timeout(300)  # twenty processes begin here, and processors may be busy

SERVICES: Mapping[str, Any] = read_yaml("compose.yaml")["services"]

LONGEST = 90.0
"""Seconds after which a service has to be well, on a busy machine."""

FILES = {
    "/etc/dagster/postgres.yaml": ROOT / "repo_stats" / "defs" / "dagster.yaml",
    "/etc/dagster/docker.yaml": DEPLOY / "dagster.docker.yaml",
}


class Host:
    """This machine in place of the containers: a folder, and ports for those of the services."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = {port: _find_free_port() for port in ("4000", "3000")}
        self.words = {"code": "127.0.0.1", "0.0.0.0": "127.0.0.1", **ports}  # noqa: S104
        self.parts = {":3000/": f":{ports['3000']}/", "$$": "$"}
        self.parts |= {path: str(file) for path, file in FILES.items()}
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "DAGSTER_HOME": str(folder),
            "REPO_STATS_WATCHLIST": str(DEPLOY / "config" / "watchlist.yaml"),
            "REPO_STATS_API_URL": "http://127.0.0.1:1",
        }

    def start(self, command: Sequence[str]) -> "subprocess.Popen[bytes]":
        """Start a command of a service here."""
        return subprocess.Popen(
            [self._put(word) for word in command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _put(self, word: str) -> str:
        for part, here in self.parts.items():
            word = word.replace(part, here)
        return self.words.get(word, word)

    @contextmanager
    def running(self, *names: str) -> Iterator[None]:
        """Some services, as long as they are needed, once their checks say that they are well."""
        processes = [self.start(SERVICES[name]["command"]) for name in names]
        try:
            for name, process in zip(names, processes, strict=True):
                self._wait_until_well(name, process)
            yield
        finally:
            for process in processes:
                _end(process)

    def _wait_until_well(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + LONGEST
        while self.start(find_check(SERVICES[name])).wait() != 0:
            assert process.poll() is None, f"{name} has ended"
            assert time.monotonic() < deadline, f"{name} is not well"
            time.sleep(2)  # a check takes as long as that, and the service needs the processor


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a service with all that it started: a code server may wait for what it started."""
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, kind)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)


def _find_free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_the_services_start_and_their_checks_notice_it(host: Host) -> None:
    assert host.start(SERVICES["instance"]["command"]).wait() == 0
    written = (host.folder / "dagster.yaml").read_text(encoding="utf-8")
    assert written == "".join(file.read_text(encoding="utf-8") for file in FILES.values())
    checks = [host.start(find_check(SERVICES[name])) for name in ("code", "webserver")]
    assert [check.wait() for check in checks] == [1, 1]
    with host.running("code"), host.running("webserver", "daemon"):
        pass


def test_a_worker_starts_and_its_check_notices_it(host: Host) -> None:
    with serve_redis() as broker:
        host.environment |= {"CELERY_BROKER_URL": broker, "CELERY_RESULT_BACKEND": broker}
        assert host.start(find_check(SERVICES["worker"])).wait() != 0
        with host.running("worker"):
            pass
