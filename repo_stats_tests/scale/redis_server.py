"""A Redis server that listens at a socket of its own, and Celery workers that it gives steps to."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from repo_stats_tests.helpers.paths import ROOT

WORKER = [
    *(sys.executable, "-m", "celery", "-A", "dagster_celery.app", "worker"),
    *("-Q", "dagster", "--prefetch-multiplier=1", "--concurrency=1"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
]
"""What `dagster-celery worker start -A dagster_celery.app` starts, with one process for steps."""


@contextmanager
def serve_redis() -> Iterator[str]:
    """Run a server that keeps nothing, as long as it is needed; gives its address."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("needs Redis (Debian: apt-get install redis-server)")
    with tempfile.TemporaryDirectory(prefix="redis_") as folder:
        socket = Path(folder, "socket")
        options = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
        try:
            while not socket.exists():
                assert process.poll() is None
                time.sleep(0.05)
            yield f"redis+socket://{socket}"
        finally:
            process.terminate()
            process.wait()


@contextmanager
def work(**variables: str) -> Iterator[None]:
    """Run a worker with an environment of its own, and end it with its child processes."""
    worker = subprocess.Popen(
        WORKER,
        cwd=variables["HOME"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
