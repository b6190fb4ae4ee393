"""The sensor `new_histories` requests the first reading of all items."""

import dagster as dg
import pytest

from repo_stats.defs.jobs import REFRESH_HISTORY
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.defs.sensors.watched import Deploy
from repo_stats_tests.helpers.deployment import Deployment, requested
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.long_cases import long

ALL_READ = "All items of every repository with a history have been read."


def refreshed(deploy: Deploy, histories: str) -> Deployment:
    """A deployment after the first refresh of all repositories."""
    deployment = deploy(REPO_STATS_HISTORY=histories)
    deployment.begin(deployment.tick("new_repositories"))
    return deployment


@pytest.mark.parametrize("histories", [long("acme/r1"), "acme/r0,acme/r1,acme/r3"])
def test_all_items_are_read_right_after_the_first_refresh(
    simulator: Simulator, deploy: Deploy, histories: str
) -> None:
    deployment = deploy(REPO_STATS_HISTORY=histories)
    first, *_ = deployment.settings.history_repos
    assert str(deployment.tick("new_histories")).startswith(first)
    assert str(deployment.tick("new_histories")).endswith("had no first refresh yet.")
    deployment.begin(deployment.tick("new_repositories"))
    results = deployment.run(deployment.tick("new_histories"), ["issues"])
    assert [result.success for result in results] == [True]
    assert deployment.tick("new_histories") == ALL_READ


def test_only_repositories_without_items_are_read_and_again_only_after_a_while(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = refreshed(deploy, "acme/r0,acme/r1,acme/r2")
    find_repository(simulator, "acme/r1").trouble = Trouble.MISSING
    requests = deployment.tick("new_histories")
    assert requested(requests) == [(REFRESH_HISTORY, "acme/r0...acme/r2")]
    deployment.run(requests, ["issues"])
    assert deployment.tick("new_histories") == (
        "acme/r1 could not be read yet, and will be tried again."
    )
    moment = deployment.clock()
    later = Deployment(deployment.settings, deployment.instance, lambda: moment + 130)
    later.cursors = deployment.cursors
    assert requested(later.tick("new_histories")) == [(REFRESH_HISTORY, "acme/r1")]


def test_nothing_is_requested_while_all_items_are_being_read(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = refreshed(deploy, "acme/r0,acme/r1,acme/r2")
    job = deployment.defs.resolve_job_def(REFRESH_HISTORY)
    deployment.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    assert deployment.tick("new_histories") == (
        "All items of acme/r0, acme/r1, acme/r2 are being read."
    )
