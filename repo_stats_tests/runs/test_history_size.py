"""How large Dagster's history becomes when a repository changes every ten minutes for a month."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import time

import dagster as dg
import pytest
import time_machine

from repo_stats.defs.refresh_runs import REASON_TAG
from repo_stats.defs.run_history.expiry import KEEP_ROUTINE
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository

REPO = "acme/busy"

NEVER_READ = "acme/never"

ROUTINE = {"dagster/sensor_name": "repo_activity", REASON_TAG: "activity"}

BETWEEN_CHANGES = timedelta(minutes=10)

BETWEEN_TRIES = timedelta(hours=1)
"""Of a repository that was never read, and of the whole watchlist."""

BETWEEN_PRUNINGS = timedelta(hours=1)

PROCESSES = 1.4
"""A run whose steps have processes of their own writes so much more than one of these tests."""

TICKS = 12_000 * 1_100
"""The bytes of the ticks of a day. They are kept for a day: see `dagster.yaml`."""


class Scene:
    """A deployment in which something happens again and again, and its history."""

    def __init__(self, simulator: Simulator, deployment: Deployment) -> None:
        self.simulator = simulator
        self.deployment = deployment

    def change(self) -> int:
        """Let an issue be opened, and do what a daemon does then: two runs. Gives their bytes."""
        mutation = Mutation(MutationKind.OPEN, 1, REPO)
        mutate(self.simulator.world, mutation, find_repository(self.simulator, REPO), time())
        return self.run("refresh_watchlist", REPO) + self.run("publish_report")

    def try_again(self) -> int:
        """Try the repository that was never read, as a sensor does. Gives the bytes of the run."""
        return self.run("refresh_watchlist", NEVER_READ)

    def prune(self) -> None:
        """Let two days pass, and prune."""
        with time_machine.travel(datetime.now(timezone.utc) + timedelta(days=2)):
            self.run("prune_runs")

    def run(self, job: str, repo: str | None = None) -> int:
        before = self.measure()
        request = dg.RunRequest(job_name=job, partition_key=repo, tags=ROUTINE)
        assert [result.success for result in self.deployment.run([request])] == [True]
        return self.measure() - before

    def measure(self) -> int:
        """The bytes of all files of the history."""
        root = Path(self.deployment.instance.root_directory)
        return sum(file.stat().st_size for file in root.rglob("*") if file.is_file())


@pytest.mark.long
def test_a_month_of_changes_every_ten_minutes_takes_less_than_200_mb(
    simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(Shape(REPO, 130, 9, 20))
    settings = settings_for(REPO, NEVER_READ, REPO_STATS_MAX_AGE="0")
    with dg.instance_for_test() as instance:
        scene = Scene(simulator, Deployment(settings, instance))
        scene.run("refresh_watchlist")
        scene.run("publish_report")
        tried, hourly = scene.try_again(), scene.run("refresh_watchlist")
        change = scene.change()
        scene.prune()
        remaining = scene.measure()  # the latest runs, and one that pruned
    kept = KEEP_ROUTINE + BETWEEN_PRUNINGS
    runs = kept / BETWEEN_CHANGES * change + kept / BETWEEN_TRIES * (tried + hourly)
    assert remaining < 2_500_000
    assert remaining + runs * PROCESSES + TICKS < 200_000_000
