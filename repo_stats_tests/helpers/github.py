"""The GitHub API, answered by a simulator in this process."""

import httpx

from repo_stats.defs.resources import GitHubResource
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import Repository

API_URL = "http://simulated"


TOKEN = "t0ken-that-must-never-be-seen"


simulators: dict[str, Simulator] = {}


class InProcessGitHub(GitHubResource):
    """The GitHub API, answered by a simulator in this process."""

    def transport(self) -> httpx.AsyncBaseTransport:
        return httpx.ASGITransport(app=simulators[self.api_url].app)


def find_repository(simulator: Simulator, name: str) -> Repository:
    """A repository of a simulator, to change it."""
    repository = simulator.world.find(name)
    assert repository is not None
    return repository
