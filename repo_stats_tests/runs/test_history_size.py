"""How large Dagster's history becomes when a repository changes every ten minutes for a month."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from time import time

import dagster as dg
import time_machine

from repo_stats.defs.run_history.expiry import KEEP_ROUTINE
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository

REPO = "acme/busy"

ROUTINE = {"dagster/sensor_name": "repo_activity"}

BETWEEN_CHANGES = timedelta(minutes=10)

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

    def change(self) -> None:
        """Let an issue be opened, and do what a daemon does then: two runs."""
        mutation = Mutation(MutationKind.OPEN, 1, REPO)
        mutate(self.simulator.world, mutation, find_repository(self.simulator, REPO), time())
        self.run(dg.RunRequest(job_name="refresh_repo", partition_key=REPO, tags=ROUTINE))
        self.run(dg.RunRequest(job_name="publish_report", tags=ROUTINE))

    def prune(self) -> None:
        """Let two days pass, and prune."""
        with time_machine.travel(datetime.now(timezone.utc) + timedelta(days=2)):
            schedule = {"dagster/schedule_name": "hourly_pruning"}
            self.run(dg.RunRequest(job_name="prune_runs", tags=schedule))

    def run(self, request: dg.RunRequest) -> None:
        assert all(result.success for result in self.deployment.run([request]))

    def measure(self) -> int:
        """The bytes of all files of the history."""
        root = Path(self.deployment.instance.root_directory)
        return sum(file.stat().st_size for file in root.rglob("*") if file.is_file())


def test_a_month_of_changes_every_ten_minutes_takes_less_than_200_mb(
    simulate: Simulate, settings_for: SettingsFor
) -> None:
    simulator = simulate(Shape(REPO, 130, 9, 20))
    settings = settings_for(REPO, REPO_STATS_MAX_AGE="0")
    with dg.instance_for_test() as instance:
        scene = Scene(simulator, Deployment(settings, instance))
        scene.change()
        first = scene.measure()
        scene.change()
        change = scene.measure() - first
        scene.prune()
        remaining = scene.measure()  # the latest runs, and one that pruned
    kept = (KEEP_ROUTINE + BETWEEN_PRUNINGS) / BETWEEN_CHANGES
    month = remaining + kept * change * PROCESSES + TICKS
    assert remaining < 2_000_000
    assert month < 200_000_000
