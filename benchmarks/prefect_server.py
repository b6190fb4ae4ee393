"""A Prefect server that is up before the flow runs, as in everyday use of Prefect."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.environments import find_environment
from benchmarks.measuring import LIMIT, base_environment
from benchmarks.others import PREFECT_QUIET
from benchmarks.ports import free_port


@contextmanager
def serve_prefect() -> Iterator[str | None]:
    """Run a server; yields the address of its API, or None if Prefect cannot be installed."""
    if (bin_folder := find_environment("prefect")) is None:
        yield None
        return
    port = str(free_port())
    command = [str(bin_folder / "prefect"), "server", "start", "--host", "127.0.0.1"]
    with TemporaryDirectory() as home, (Path(home) / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", port],
            cwd=home,
            env={**base_environment(), **PREFECT_QUIET, "PREFECT_HOME": home},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}/api"
            _wait_until_up(f"{url}/health", process)
            yield url
        finally:
            process.terminate()
            process.wait()


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LIMIT
    with httpx.Client(trust_env=False) as client:
        while process.poll() is None and time.monotonic() < deadline:
            try:
                if client.get(url).is_success:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.2)
    raise RuntimeError("The Prefect server did not start.")
