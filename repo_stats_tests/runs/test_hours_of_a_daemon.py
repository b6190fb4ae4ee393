"""Hours of a deployment in compressed time: every change is in the tables soon after.

The environment variable `REPO_STATS_HOURS` sets how many hours the long cases last.
"""

import os
import random
import time
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest
import time_machine

from repo_stats.config.settings import Settings
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.mutations import Mutation, MutationKind, mutate
from repo_stats.simulator.world import Repository
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.github import HastyGitHub, find_repository
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.runs import NUMBERS

SHAPES = [Shape("acme/busy", 130, 9, 20), Shape("acme/calm", 30, 5, 20), Shape("acme/empty", 0, 0)]

REPOS = [shape.full_name for shape in SHAPES]

HOURS = int(os.environ.get("REPO_STATS_HOURS", "2"))

QUIET_MINUTES = 65
"""In the last hour nothing happens, nor in the five minutes before."""

BUSY_MINUTES = HOURS * 60 - QUIET_MINUTES

CASES = [("on", 14, 0.7), long("on", BUSY_MINUTES, 0.2), long("off", BUSY_MINUTES, 0.2)]
"""Whether queries are sent, for how many minutes something happens, and how often in a minute.

In a few minutes as much may happen as in an hour, and takes few refreshes.
"""

LEAST_MINUTES = 10
"""Between two refreshes of a repository: the default of REPO_STATS_MIN_REFRESH."""

NOTICED = (MutationKind.OPEN, MutationKind.CLOSE, MutationKind.REOPEN, MutationKind.TOUCH)

UNNOTICED = (MutationKind.DELETE, MutationKind.TRANSFER)
"""The poll for the newest item misses these; the hourly refresh finds them."""

PASSING = (FaultKind.SERVER_ERROR, FaultKind.BAD_GATEWAY, FaultKind.NOT_JSON, FaultKind.SECONDARY)


class Scene:
    """A deployment, and the simulated GitHub that it watches."""

    def __init__(
        self,
        simulate: Simulate,
        settings: Settings,
        instance: dg.DagsterInstance,
        often: float,
    ) -> None:
        self.often = often
        self.faults: list[Fault] = []
        self.simulator = simulate(*SHAPES, faults=self.faults)
        self.deployment = Deployment(settings, instance, api=HastyGitHub)
        self.chance = random.Random(7)  # noqa: S311
        self.changes = 0
        self.read: dict[str, tuple[list[int], dict[int, str]]] = {}
        self.changed_at = dict.fromkeys(REPOS, (-60, LEAST_MINUTES))

    def repository(self, name: str) -> Repository:
        return find_repository(self.simulator, name)

    def let_something_happen(self, minute: int) -> None:
        """Make a change now and then, and more rarely a request that fails."""
        if self.chance.random() < self.often:
            repo = self.chance.choice(REPOS[:2] if self.chance.random() < 0.9 else REPOS)
            kind = self.chance.choice(NOTICED if self.chance.random() < 0.85 else UNNOTICED)
            index = self.chance.randrange(100)
            before = self.truth(repo)
            mutate(
                self.simulator.world,
                Mutation(kind, 1, repo, index=index),
                self.repository(repo),
                time.time(),
            )
            if self.truth(repo) != before:
                self.changes += 1
                patience = LEAST_MINUTES if kind in NOTICED else 60
                self.changed_at[repo] = (minute, max(patience, self.patience(repo, minute)))
        if self.chance.random() < self.often / 3:
            answered = self.simulator.responses
            self.faults.append(Fault(self.chance.choice(PASSING), answered + 2, 1))

    def patience(self, repo: str, minute: int) -> int:
        """How many more minutes an earlier change may take to be in the tables."""
        changed, patience = self.changed_at[repo]
        return max(0, changed + patience - minute)

    def live_through(self, minute: int) -> None:
        """Do what the daemon does within a minute."""
        deployment = self.deployment
        for sensor in ("new_repositories", "repo_activity"):
            deployment.run(deployment.tick(sensor), NUMBERS)
        if minute % 60 == 0:
            deployment.run(deployment.tick_schedule("hourly_refresh", time.time()), NUMBERS)
        if minute % 10 == 0:
            deployment.tick("alert_on_failure")
            deployment.tick("alert_on_recovery")

    def truth(self, repo: str) -> dict[int, str]:
        """When each open item of a repository was updated, as GitHub has it."""
        items = self.repository(repo).issues
        return {item["id"]: item["updated_at"] for item in items if item["state"] == "open"}

    def stored(self, repo: str) -> dict[int, str]:
        """The same, as the tables have it."""
        root = Path(self.deployment.settings.warehouse)
        files = [root / name / f"{repo}.parquet" for name in ("open_issues", "repo_statistics")]
        revision = [file.stat().st_mtime_ns for file in files]
        if self.read.get(repo, ([], {}))[0] != revision:
            items, row = map(pd.read_parquet, files)
            assert row["open_items"].item() == len(items)
            updated = items["updated_at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
            self.read[repo] = (revision, dict(zip(items["id"], updated, strict=True)))
        return self.read[repo][1]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("pulse", "busy", "often"), CASES)
def test_every_change_within_hours_is_in_the_tables_in_time(
    simulate: Simulate,
    settings_for: SettingsFor,
    instance: dg.DagsterInstance,
    pulse: str,
    busy: int,
    often: float,
) -> None:
    start = int(time.time()) // 3600 * 3600
    late: list[tuple[int, str]] = []
    sent = [0]
    with time_machine.travel(start) as now:
        limits = {"REPO_STATS_MAX_WAIT": "100", "REPO_STATS_PULSE": pulse}
        scene = Scene(simulate, settings_for(*REPOS, **limits), instance, often)
        for minute in range(busy + QUIET_MINUTES):
            now.move_to(start + 60 * minute)
            if 0 < minute < busy:
                scene.let_something_happen(minute)
            scene.live_through(minute)
            for repo in REPOS:
                changed, patience = scene.changed_at[repo]
                is_due = minute > changed + patience
                if is_due and scene.stored(repo) != scene.truth(repo):
                    late.append((minute, repo))
            sent.append(len(scene.simulator.log))
    assert scene.changes > 0.6 * often * busy
    assert late == []
    assert {repo: scene.stored(repo) for repo in REPOS} == {r: scene.truth(r) for r in REPOS}
    log = scene.simulator.log
    hours = [log[sent[end - 60] : sent[end]] for end in range(len(sent) - 1, 59, -60)]
    charged = [sum(request.charged for request in requests) for requests in hours]
    assert all(len(requests) < 5_000 for requests in hours)
    assert all(each < 500 for each in charged)
    assert charged[0] <= 2 * len(REPOS)  # in the last one
