"""The GitHub API, answered by a simulator in this process."""

import asyncio
import sys
from importlib.util import find_spec

import httpx

from repo_stats.defs.resources import GitHubResource
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import Repository

if find_spec("sniffio") is None:
    # httpx looks for it at each request that a simulator answers, in all folders of `sys.path`.
    sys.modules["sniffio"] = None  # type: ignore[assignment]

API_URL = "http://simulated"

TOKEN = "t0ken-that-must-never-be-seen"

simulators: dict[str, Simulator] = {}
"""The simulators that answer, by the URL of their API."""


class InProcessGitHub(GitHubResource):
    """The GitHub API, answered by a simulator in this process."""

    def transport(self) -> httpx.AsyncBaseTransport:
        return httpx.ASGITransport(app=simulators[self.api_url].app)


class HastyGitHub(InProcessGitHub):
    """The same, but waits for limits and retries take no time."""

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run."""
        await asyncio.sleep(0)


def find_repository(simulator: Simulator, name: str) -> Repository:
    """A repository of a simulator, so that a test can change it."""
    repository = simulator.world.find(name)
    assert repository is not None
    return repository
