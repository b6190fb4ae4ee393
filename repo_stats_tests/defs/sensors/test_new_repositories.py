"""The sensor `new_repositories` requests first refreshes."""

import dagster as dg

from repo_stats.defs.jobs import PARTITION, RANGE_END, RANGE_START
from repo_stats.defs.sensors.new_repositories import is_due, read_attempts
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.defs.sensors.watched import REPOS, Deploy
from repo_stats_tests.helpers.deployment import requested
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.origins import make_origin


def test_repositories_that_were_never_refreshed_get_their_first_run(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy()
    requests = deployment.tick("new_repositories")
    assert requested(requests) == [("refresh_watchlist", "acme/r0...acme/r3")]
    assert [result.success for result in deployment.run(requests)] == [True]
    assert deployment.tick("new_repositories") == (
        "Every repository of the watchlist has been refreshed."
    )


def test_a_first_refresh_is_not_requested_again_while_one_is_queued_or_running(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy()
    job = deployment.defs.resolve_job_def("refresh_watchlist")
    create = deployment.instance.create_run_for_job
    create(
        job,
        status=dg.DagsterRunStatus.QUEUED,
        tags={RANGE_START: REPOS[1], RANGE_END: REPOS[3]},
        remote_job_origin=make_origin("here"),
    )
    assert requested(deployment.tick("new_repositories")) == [("refresh_watchlist", REPOS[0])]
    create(job, status=dg.DagsterRunStatus.STARTED, tags={PARTITION: REPOS[0]})
    deployment.cursors.clear()
    assert deployment.tick("new_repositories") == (
        "The first refresh of acme/r0, acme/r1, acme/r2 and 1 more is running."
    )


def test_a_repository_that_was_read_meanwhile_begins_anew_if_it_has_to_be_read_again(
    simulator: Simulator, deploy: Deploy
) -> None:
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    deployment.tick("new_repositories")
    assert read_attempts(deployment.cursors["new_repositories"]) == {}


def test_a_repository_that_cannot_be_read_is_tried_less_and_less_often(
    simulator: Simulator, deploy: Deploy
) -> None:
    find_repository(simulator, "acme/r2").trouble = Trouble.MISSING
    deployment = deploy()
    deployment.begin(deployment.tick("new_repositories"))
    assert deployment.tick("new_repositories") == (
        "acme/r2 could not be read yet, and will be tried again."
    )
    assert is_due(None, 0)
    assert not is_due((1, 1000), 1119)
    assert is_due((1, 1000), 1120)
    assert not is_due((2, 1000), 1239)
    assert not is_due((30, 1000), 4599)
    assert is_due((30, 1000), 4600)
    assert is_due((5000, 1000), 4600)
    assert not is_due((1, 1000), 940)
    assert is_due((1, 1000), 939)  # the clock was ahead
