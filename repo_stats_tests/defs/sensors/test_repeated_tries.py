"""Repositories that can never be read: tried again and again, told once, and no run fails."""

from collections.abc import Callable, Sequence
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.warehouse.sql import run_query
from repo_stats_tests.defs.sensors.watched import REPOS
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import NUMBERS

GONE = "acme/r1"


class Scene:
    """A deployment with a clock of its own, whose alerts are kept in the table."""

    def __init__(self, deploy: Callable[..., Deployment], seconds: list[float]) -> None:
        self.deployment = deploy()
        self.seconds = seconds
        self.assets: Sequence[str] = NUMBERS
        for sensor in ("alert_on_failure", "alert_on_recovery"):
            self.deployment.tick(sensor)

    def watch(self, sensor: str, minutes: int) -> list[int]:
        """Let minutes pass with a tick in each; gives those in which something was tried."""
        tried = []
        for minute in range(minutes):
            results = self.deployment.run(self.deployment.tick(sensor), self.assets)
            assert all(result.success for result in results)
            tried += [minute] if results else []
            self.deployment.tick("alert_on_failure")
            self.deployment.tick("alert_on_recovery")
            self.seconds[0] += 60
        return tried

    def find_alerts(self) -> list[str]:
        folder = self.deployment.settings.warehouse
        if not (Path(folder) / "alerts.parquet").exists():
            return []
        return [row["text"] for row in run_query("select text from alerts", folder).to_pylist()]


@pytest.fixture
def scene(simulator: Simulator, settings_for: SettingsFor, instance: dg.DagsterInstance) -> Scene:
    """A deployment of repositories with a history, one of which is in trouble."""
    seconds = [simulator.clock()]
    settings = settings_for(*REPOS, REPO_STATS_MAX_AGE="0", REPO_STATS_HISTORY=GONE)
    return Scene(lambda: Deployment(settings, instance, lambda: seconds[0]), seconds)


def test_a_repository_that_can_never_be_read_is_tried_again_and_again_and_told_once(
    simulator: Simulator, scene: Scene
) -> None:
    repository = find_repository(simulator, GONE)
    repository.trouble = Trouble.MISSING
    assert scene.watch("new_repositories", 16) == [0, 2, 6, 14]
    [told] = scene.find_alerts()
    assert told.startswith(f"{GONE} is stale: GitHub knows no repository")
    repository.trouble = Trouble.FINE
    assert scene.watch("new_repositories", 15) == [14]
    assert scene.find_alerts() == [told, f"{GONE} is refreshed again."]


@pytest.mark.long
def test_items_that_can_never_be_read_are_tried_again_and_again_and_told_once(
    simulator: Simulator, scene: Scene
) -> None:
    assert scene.watch("new_repositories", 1) == [0]
    repository = find_repository(simulator, GONE)
    repository.trouble = Trouble.LIST_GONE
    scene.assets = ()
    assert scene.watch("new_histories", 16) == [0, 2, 6, 14]
    [told] = scene.find_alerts()
    assert told.startswith(f"{GONE} is stale: GitHub says that the issues of {GONE} are gone")
    repository.trouble = Trouble.FINE
    assert scene.watch("new_histories", 15) == [14]
    assert scene.find_alerts() == [told, f"{GONE} is refreshed again."]
