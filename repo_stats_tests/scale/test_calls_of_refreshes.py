"""What refreshes of a warehouse in a bucket ask of it: how many requests for each repository."""

import pytest

from repo_stats.defs.steps import materializations
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.commands import Serve
from repo_stats_tests.helpers.runs import refresh_here
from repo_stats_tests.scale.s3_server import S3Server

REPOS = [f"owner{number % 7}/repo{number:02d}" for number in range(20)]


def refresh(server: S3Server) -> int:
    """Refresh all repositories: how many requests that took."""
    server.calls.clear()
    assert refresh_here({"REPO_STATS_MAX_AGE": "0"}).success
    return len(server.calls)


def test_a_refresh_asks_little_of_a_bucket_and_hardly_anything_if_nothing_changed(
    files: Files, server: S3Server, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World.of(generate_repository(Shape(repo, 120, 9)) for repo in REPOS)
    simulator = Simulator(world)
    monkeypatch.setenv("REPO_STATS_API_URL", serve(simulator))
    monkeypatch.setenv("REPO_STATS_REPOS", ",".join(REPOS))
    monkeypatch.setenv("REPO_STATS_WAREHOUSE", files.root)
    assert refresh(server) <= 25 * len(REPOS)
    assert Tables(files).list_stored(OPEN_ISSUES, REPOS) == REPOS
    # Five are recorded in turn, as of 100. A listing of these is one request, too.
    monkeypatch.setattr(materializations, "REFRESHES_A_DAY", 4)
    simulator.log.clear()
    assert refresh(server) <= 100
    assert [(request.target, request.points) for request in simulator.log] == [("/graphql", 1)]
    # Listings need as many requests as those of 10,000, of which ten are recorded in turn.
    server.page = 2
    assert 2 * refresh(server) <= 1000
