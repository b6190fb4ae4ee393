"""The simulated GitHub for the benchmarks: a process that they start, question and end."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "simulated"  # noqa: S105


@dataclass(frozen=True)
class Traffic:
    """What the server saw of one command.

    Attributes:
        requests: how many requests it responded to.
        charged: how many of them count against the hourly limit of a token.
        sent_bytes: the bytes of bodies and header fields that it sent.
        first: when the first request arrived, in epoch seconds; None if there was none.
        last: when the last response was computed, in epoch seconds; None if there was none.
    """

    requests: int
    charged: int
    sent_bytes: int
    first: float | None
    last: float | None


@dataclass(frozen=True)
class SimulatedGitHub:
    """A simulated GitHub in a process of its own.

    Attributes:
        url: its address.
    """

    url: str

    def reset(self, latency: float) -> None:
        """Forget all requests, renew all quotas, and set the seconds before each response."""
        self._control(f"reset?latency={latency}")

    def traffic(self) -> Traffic:
        """The requests since the last reset, summed up."""
        seen = self._control("log")
        log = seen["requests"]
        return Traffic(
            requests=len(log),
            charged=sum(request["charged"] for request in log),
            sent_bytes=seen["sent_bytes"],
            first=min((request["at"] for request in log), default=None),
            last=max((request["answered_at"] for request in log), default=None),
        )

    def _control(self, path: str) -> Any:
        with httpx.Client(trust_env=False, timeout=60) as client:
            response = client.get(f"{self.url}/_benchmark/{path}")
        response.raise_for_status()
        return response.json()


@contextmanager
def simulate(shapes: Sequence[str], *, limited: bool = True) -> Iterator[SimulatedGitHub]:
    """Serve repositories of some shapes, in the notation of `benchmarks.serve`."""
    command = [sys.executable, "-m", "benchmarks.serve", *shapes]
    if not limited:
        command.append("--unlimited")
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not (line := process.stdout.readline()):
                raise RuntimeError("The simulated GitHub did not start; see the error above.")
            yield SimulatedGitHub(json.loads(line)["url"])
        finally:
            process.terminate()
