"""Assets that follow their inputs: once after each update, and never in a loop."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate

REPOS = ["acme/one", "acme/two"]


@pytest.fixture
def deployment(
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
) -> Deployment:
    """A deployment whose repositories were refreshed, and whose conditions were evaluated once."""
    simulate(*(Shape(repo, 12, 3, 5) for repo in REPOS))
    return Deployment(settings_for(*REPOS, REPO_STATS_MAX_AGE="0"), instance)


class Conditions:
    """The conditions of a deployment, evaluated tick by tick."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._cursor: Any = None

    def tick(self) -> dict[str, set[str | None]]:
        """Which partitions of which assets are requested."""
        keys = self._deployment.defs.resolve_asset_graph().materializable_asset_keys
        result = dg.evaluate_automation_conditions(
            self._deployment.defs,
            self._deployment.instance,
            asset_selection=dg.AssetSelection.assets(*keys),
            cursor=self._cursor,
        )
        self._cursor = result.cursor
        requested = {key.to_user_string(): result.get_requested_partitions(key) for key in keys}
        return {name: set(partitions) for name, partitions in requested.items() if partitions}


def materialise(deployment: Deployment, *assets: str, repo: str | None) -> bool:
    job = deployment.defs.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(
        instance=deployment.instance,
        partition_key=repo,
        asset_selection=[dg.AssetKey(asset) for asset in assets],
        raise_on_error=False,
    ).success


def refresh(deployment: Deployment) -> None:
    deployment.run([dg.RunRequest(job_name="refresh_watchlist")])


def follow(deployment: Deployment, conditions: Conditions) -> list[dict[str, set[str | None]]]:
    """Carry out what is requested until nothing is, for at most ten ticks."""
    ticks: list[dict[str, set[str | None]]] = []
    for _ in range(10):
        requested = conditions.tick()
        if not requested:
            return ticks
        ticks.append(requested)
        for asset, partitions in requested.items():
            for repo in partitions:
                materialise(deployment, asset, repo=repo)
    raise AssertionError(f"it never ends: {ticks}")


def test_what_is_made_from_open_issues_follows_when_they_are_materialised_by_hand(
    deployment: Deployment,
) -> None:
    conditions = Conditions(deployment)
    refresh(deployment)
    conditions.tick()
    follow(deployment, conditions)
    assert materialise(deployment, "open_issues", repo="acme/one")
    ticks = follow(deployment, conditions)
    assert ticks[0]["issues_per_user"] == {"acme/one"}
    followers = {asset for requested in ticks for asset in requested}
    assert {"issues_per_user", "repo_statistics", "issue_backlog", "leaderboard"} <= followers
    assert all("acme/two" not in repos for requested in ticks for repos in requested.values())


def test_a_whole_refresh_leaves_nothing_to_follow_but_what_it_does_not_make_itself(
    deployment: Deployment,
) -> None:
    conditions = Conditions(deployment)
    conditions.tick()
    for _ in range(2):
        refresh(deployment)
        followers = {a for requested in follow(deployment, conditions) for a in requested}
        assert followers <= {"issue_backlog", "leaderboard", "report"}


def test_a_refresh_that_is_half_way_is_not_followed_by_what_it_makes_itself(
    deployment: Deployment,
) -> None:
    refresh(deployment)
    conditions = Conditions(deployment)
    follow(deployment, conditions)
    job = deployment.defs.resolve_job_def("refresh_watchlist")
    for half in (["repo_metadata"], ["open_issues"]):
        result = job.execute_in_process(
            instance=deployment.instance,
            asset_selection=[dg.AssetKey(asset) for asset in half],
        )
        assert result.get_asset_materialization_events()
        assert {"issues_per_user", "repo_statistics"}.isdisjoint(conditions.tick())
    assert materialise(deployment, "open_issues", repo="acme/two")
    assert conditions.tick()["issues_per_user"] == {"acme/two"}


def test_an_asset_that_fails_is_requested_once_for_each_update_and_no_more(
    deployment: Deployment,
) -> None:
    conditions = Conditions(deployment)
    refresh(deployment)
    conditions.tick()
    follow(deployment, conditions)
    table = Path(deployment.settings.warehouse) / "open_issues" / "acme" / "one.parquet"
    for _ in range(2):
        assert materialise(deployment, "open_issues", repo="acme/one")
        intact = table.read_bytes()
        table.write_bytes(b"damaged")
        requested = conditions.tick()
        assert requested["issues_per_user"] == {"acme/one"}
        assert not materialise(deployment, "issues_per_user", repo="acme/one")
        assert [conditions.tick() for _ in range(5)] == [{}] * 5
        table.write_bytes(intact)
