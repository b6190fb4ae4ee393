"""Refreshes that are running, and requests for new ones."""

from datetime import datetime, timedelta, timezone

import dagster as dg
import time_machine

from repo_stats.defs.cuts import Cut
from repo_stats.defs.refresh_runs import (
    GIVEN_UP_AFTER,
    find_running_repos,
    repos_of_run,
    request_refreshes,
)
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.deployment import requested
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate

WATCHLIST = ["a/b", "c/d", "e/f"]
"""That of the definitions."""

WHOLE = Cut(100)


def test_a_run_of_assets_by_hand_counts_as_a_refresh_if_it_asks_github(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    job = defs.resolve_implicit_global_asset_job_def()
    started = dg.DagsterRunStatus.STARTED
    counting = frozenset({dg.AssetKey("issues_per_user")})
    kept_instance.create_run_for_job(job, asset_selection=counting, status=started)
    assert find_running_repos(kept_instance, WATCHLIST) == set()
    asking = frozenset({dg.AssetKey("open_issues")})
    kept_instance.create_run_for_job(
        job, asset_selection=asking, status=started, tags={"dagster/partition": "c/d"}
    )
    assert find_running_repos(kept_instance, WATCHLIST) == {"c/d"}


def test_a_finished_refresh_holds_up_nothing(
    defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    job = defs.resolve_job_def("refresh_watchlist")
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.FAILURE)
    assert find_running_repos(instance, WATCHLIST) == set()


def test_a_run_that_was_killed_holds_up_nothing_for_long(
    defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    job = defs.resolve_job_def("refresh_watchlist")
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)

    assert find_running_repos(instance, WATCHLIST) == set(WATCHLIST)
    later = datetime.now(timezone.utc) + GIVEN_UP_AFTER + timedelta(minutes=1)
    with time_machine.travel(later):
        assert find_running_repos(instance, WATCHLIST) == set()
    with time_machine.travel(datetime.now(timezone.utc) - timedelta(minutes=2)):  # it was ahead
        assert find_running_repos(instance, WATCHLIST) == set()


def test_runs_are_as_few_as_the_order_of_the_watchlist_allows() -> None:
    watchlist = ["a/a", "b/b", "c/c", "d/d", "e/e", "f/f"]
    requests = request_refreshes({"f/f", "a/a", "b/b", "d/d"}, watchlist, "why", "key", cut=WHOLE)
    assert requested(requests) == [
        ("refresh_watchlist", "a/a...b/b"),
        ("refresh_watchlist", "d/d"),
        ("refresh_watchlist", "f/f"),
    ]
    assert len({request.run_key for request in requests}) == 3
    many = request_refreshes(set(watchlist), watchlist, "why", "key", cut=WHOLE)
    assert many[0].tags["repo_stats/repositories"] == "a/a, b/b, c/c and 3 more"


def test_many_groups_of_neighbours_are_one_run_that_names_its_repositories() -> None:
    watchlist = [f"a/r{number:02d}" for number in range(20)]
    scattered = watchlist[3:16:3]
    [request] = request_refreshes(set(scattered), watchlist, "why", "key", cut=WHOLE)
    assert requested([request]) == [("refresh_watchlist", "a/r03...a/r15")]
    options = {"revalidate": True, "repos": scattered}
    assert request.run_config["resources"] == {"refresh": {"config": options}}
    run = dg.DagsterRun("refresh_watchlist", run_config=request.run_config, tags=request.tags)
    assert repos_of_run(run, watchlist) == scattered


def test_a_run_that_names_repositories_works_on_no_other_one_of_its_range(
    run: Run, simulate: Simulate, settings_for: SettingsFor
) -> None:
    shapes = [Shape(f"acme/r{number}", 2, 1) for number in range(4)]
    simulator = simulate(*shapes)
    names = [shape.full_name for shape in shapes]
    named = names[1::2]
    result = run(settings_for(*names), named=named)
    assert result.success
    asked = {"/".join(sent.target.split("?")[0].split("/")[2:4]) for sent in simulator.log}
    assert {name for name in names if name in asked} <= set(named)
    events = result.get_asset_materialization_events()
    lists = [event for event in events if event.asset_key == dg.AssetKey("open_issues")]
    assert {event.partition for event in lists} == set(named)


def test_the_repositories_of_a_run_are_those_of_its_tags() -> None:
    watchlist = ["a/a", "b/b", "c/c"]

    def of(**tags: str) -> list[str]:
        named = {f"dagster/{name}": value for name, value in tags.items()}
        return repos_of_run(dg.DagsterRun(job_name="refresh_repo", tags=named), watchlist)

    assert of(partition="b/b") == ["b/b"]
    assert of(asset_partition_range_start="a/a", asset_partition_range_end="b/b") == watchlist[:2]
    assert of(asset_partition_range_start="x/x", asset_partition_range_end="b/b") == watchlist
    assert of() == watchlist
