"""Which repositories a run that ended was about, from its tags alone."""

import dagster as dg
import pytest

from repo_stats.defs.jobs import PARTITION, RANGE_END, RANGE_START
from repo_stats.defs.sensors.ended_runs import describe_run

ONE, TWO, THREE = WATCHLIST = ["acme/one", "acme/two", "acme/three"]


@pytest.mark.parametrize(
    ("job", "tags", "histories", "about"),
    [
        ("refresh_repo", {PARTITION: TWO}, [], [TWO]),
        ("refresh_repo", {PARTITION: "acme/gone"}, [], ["acme/gone"]),
        ("__ASSET_JOB", {PARTITION: "acme/two/0001"}, [], [TWO]),
        ("refresh_watchlist", {}, [], WATCHLIST),
        ("refresh_watchlist", {RANGE_START: TWO, RANGE_END: THREE}, [], [TWO, THREE]),
        ("refresh_watchlist", {RANGE_START: THREE, RANGE_END: TWO}, [], [TWO, THREE]),
        ("refresh_history", {RANGE_START: ONE, RANGE_END: THREE}, [ONE, THREE], [ONE, THREE]),
        ("refresh_history", {RANGE_START: ONE, RANGE_END: THREE}, [], WATCHLIST),
        ("publish_report", {}, [], WATCHLIST),
        ("prune_runs", {}, [], []),
    ],
)
def test_a_run_is_about_the_repositories_that_its_tags_name_or_about_none(
    instance: dg.DagsterInstance,
    job: str,
    tags: dict[str, str],
    histories: list[str],
    about: list[str],
) -> None:
    run = dg.DagsterRun(job, status=dg.DagsterRunStatus.FAILURE, tags=tags)
    ended = describe_run(instance, run, WATCHLIST, histories)
    assert ended.repositories == about
    assert [*ended.failed_repositories] == (about or [""])
