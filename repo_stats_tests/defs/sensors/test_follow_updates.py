"""The sensor `follow_updates`: what follows new numbers, at most every ten minutes and once."""

import time
from collections.abc import Callable
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.sensors.follow_updates import read_numbers
from repo_stats.defs.sensors.hand_made import FOLLOWERS, find_hand_made
from repo_stats.defs.sensors.publishing import read_assets
from repo_stats.simulator.changes import open_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.defs.sensors.recorded_runs import record_by_hand, record_refresh
from repo_stats_tests.helpers.deployment import Deployment, requested
from repo_stats_tests.helpers.fixture_types import SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.runs import by_hand
from repo_stats_tests.helpers.shared_jobs import find_job_of_the_ui

ONE, TWO, THREE = REPOS = ["acme/one", "acme/two", "acme/three"]
HAND_MADE = ("repo_metadata", "open_issues")

UP_TO_DATE = "Backlog, leaderboard and report are up to date."

BY_HAND = "Backlog, leaderboard and report were made by hand."


class Scene:
    """A deployment with a clock of its own, whose repositories get new issues."""

    def __init__(self, simulator: Simulator, deployment: Deployment, minutes: list[float]) -> None:
        self.simulator = simulator
        self.deployment = deployment
        self.instance = deployment.instance
        self._minutes = minutes

    def wait(self, minutes: float) -> None:
        self._minutes[0] += minutes

    def change(self, *repos: str) -> None:
        for repo in repos:
            open_issue(find_repository(self.simulator, repo), time.time())

    def refresh(self, *repos: str) -> None:
        """Refresh all of them after a change of some."""
        self.change(*repos)
        [result] = self.deployment.run([dg.RunRequest(job_name="refresh_watchlist")])
        assert result.success

    def by_hand(self, *assets: str, repo: str | None = None) -> None:
        """Materialise assets with Dagster's own job, as the UI does."""
        by_hand(self.deployment.settings, self.instance, assets, *([repo] if repo else []))

    def record_refresh(self, *repos: str, job: str = "refresh_watchlist") -> None:
        """Record what a refresh does that finds changes in some repositories."""
        record_refresh(self.instance, self.deployment.find_job(job), repos, REPOS)

    def record_by_hand(self, *assets: str, repo: str | None = None) -> None:
        """Record what `by_hand` does."""
        record_by_hand(self.instance, find_job_of_the_ui(self.deployment.settings), assets, repo)

    def tick(self) -> list[dg.RunRequest] | str:
        return self.deployment.tick("follow_updates")

    def publish(self, status: dg.DagsterRunStatus = dg.DagsterRunStatus.SUCCESS) -> list[str]:
        """Tick, and record the run that is requested without making charts: what it makes."""
        requests = self.tick()
        assert not isinstance(requests, str), requests
        [request] = requests
        assert request.job_name == "publish_report"
        selection = frozenset(request.asset_selection or ())
        self.instance.create_run_for_job(
            self.deployment.find_job("publish_report"),
            status=status,
            tags=request.tags,
            asset_selection=selection,
        )
        return sorted(key.to_user_string() for key in selection)


@pytest.fixture
def scene(simulate: Simulate, settings_for: SettingsFor, instance: dg.DagsterInstance) -> Scene:
    """Three repositories that were refreshed and published."""
    simulator = simulate(*(Shape(repo, 12, 3, 5) for repo in REPOS))
    minutes = [0.0]
    deployment = Deployment(
        settings_for(*REPOS, REPO_STATS_MAX_AGE="0"),
        instance,
        clock=lambda: time.time() + 60 * minutes[0],
    )
    scene = Scene(simulator, deployment, minutes)
    assert scene.tick() == UP_TO_DATE
    deployment.begin([dg.RunRequest(job_name="refresh_watchlist")])
    assert scene.publish() == ["issue_backlog", "leaderboard", "report"]
    scene.wait(11)
    assert scene.tick() == UP_TO_DATE
    return scene


def between_events(
    monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance, do: Callable[[], None]
) -> None:
    """Do something after each event that an instance stores, but not after its own events."""
    store, is_busy = instance.handle_new_event, [False]

    def store_and_do(event: Any, **options: Any) -> None:
        store(event, **options)
        if not is_busy[0]:
            is_busy[0] = True
            do()
            is_busy[0] = False

    monkeypatch.setattr(instance, "handle_new_event", store_and_do)


@pytest.mark.parametrize("hand_made", [(), long(("open_issues",)), long(HAND_MADE)])
def test_a_refresh_is_followed_at_no_point_between_two_of_its_events(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, hand_made: tuple[str, ...]
) -> None:
    if hand_made:
        scene.by_hand(*hand_made, repo=TWO)
    ticks: list[list[dg.RunRequest] | str] = []
    with monkeypatch.context() as patch:
        between_events(patch, scene.instance, lambda: ticks.append(scene.tick()))
        scene.refresh(*REPOS)
    during, after = ticks[:-1], scene.tick() if isinstance(ticks[-1], str) else ticks[-1]
    assert len(during) > 50
    assert [tick for tick in during if not isinstance(tick, str)] == []
    assert "A run is still recording what it has made." in during
    assert requested(after) == [("publish_report", f"{ONE}...{THREE}")]


def test_what_is_made_of_open_issues_follows_if_they_are_materialised_by_hand(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.change(TWO)
    ticks: list[list[dg.RunRequest] | str] = []
    with monkeypatch.context() as patch:
        between_events(patch, scene.instance, lambda: ticks.append(scene.tick()))
        scene.by_hand("open_issues", repo=TWO)
    found = [tick for tick in [*ticks, scene.tick()] if not isinstance(tick, str)]
    assert len(found) == 1, "once, when the run has ended"
    assert requested(found[0]) == [("refresh_watchlist", TWO)]
    selection = {key.to_user_string() for key in found[0][0].asset_selection or ()}
    assert selection == {"issues_per_user", "repo_statistics"}
    assert scene.tick() == UP_TO_DATE
    [made] = scene.deployment.run(found[0])
    assert made.success
    assert scene.publish() == ["leaderboard", "report"]


@pytest.mark.parametrize(
    ("hand_made", "follows"),
    [
        long(["repo_metadata"], {"repo_statistics"}),
        (["issues_per_user"], {"repo_statistics"}),
        long(["open_issues", "issues_per_user"], {"repo_statistics"}),
        (["open_issues", "issues_per_user", "repo_statistics"], {"leaderboard", "report"}),
        (["repo_statistics"], {"leaderboard", "report"}),
        (["repo_statistics", "leaderboard"], {"report"}),
    ],
)
def test_only_what_was_not_made_by_hand_as_well_follows(
    scene: Scene, hand_made: list[str], follows: set[str]
) -> None:
    scene.record_by_hand(*hand_made, repo=TWO)
    requests = scene.tick()
    assert not isinstance(requests, str)
    [selection] = [{k.to_user_string() for k in one.asset_selection or ()} for one in requests]
    assert selection == follows


def test_a_run_is_looked_up_once_however_much_it_has_made(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.record_refresh(TWO, job="refresh_repo")
    looked_up: list[str] = []
    find = scene.instance.get_run_by_id

    def find_and_note(run_id: str) -> dg.DagsterRun | None:
        looked_up.append(run_id)
        return find(run_id)

    latest = max(read_assets(scene.instance, [*FOLLOWERS]).values(), key=lambda made: made.number)
    monkeypatch.setattr(scene.instance, "get_run_by_id", find_and_note)
    assert find_hand_made(scene.instance, 0, latest.number, REPOS).due == {}
    assert len(looked_up) == len({*looked_up}) == 2


def test_changes_are_published_at_most_every_ten_minutes_and_in_one_run(scene: Scene) -> None:
    scene.record_refresh(TWO)
    request = scene.tick()
    assert requested(request) == [("publish_report", TWO)]
    scene.deployment.cursors["follow_updates"] = "[0, 0]"
    scene.record_refresh(TWO, job="refresh_repo")
    assert scene.publish() == ["issue_backlog", "leaderboard", "report"]
    scene.record_refresh(ONE, TWO)
    scene.wait(-11)
    assert scene.tick() == "The report is made again in 10 min."
    scene.wait(9)
    assert scene.tick() == "The report is made again in 1 min."
    scene.wait(2)
    assert requested(scene.tick()) == [("publish_report", f"{ONE}...{TWO}")]


def test_refreshes_without_new_numbers_are_published_every_six_hours(scene: Scene) -> None:
    scene.record_refresh()
    assert scene.tick() == "The report is made again in 349 min."
    scene.wait(349)
    assert scene.publish() == ["leaderboard", "report"]
    assert scene.tick() == UP_TO_DATE


def test_what_was_made_by_hand_is_not_made_again(scene: Scene) -> None:
    scene.record_refresh(TWO)
    scene.record_by_hand("leaderboard")
    scene.record_by_hand("issue_backlog", repo=TWO)
    assert scene.publish() == ["report"]
    scene.wait(11)
    assert scene.tick() == UP_TO_DATE
    scene.record_by_hand("leaderboard")
    assert scene.publish() == ["report"]


def test_a_report_that_was_published_by_hand_is_not_published_again(scene: Scene) -> None:
    scene.record_refresh(TWO)
    job = scene.deployment.find_job("publish_report")
    scene.instance.create_run_for_job(job, status=dg.DagsterRunStatus.SUCCESS)
    assert scene.tick() == BY_HAND
    assert scene.tick() == UP_TO_DATE


def test_a_run_that_fails_is_not_repeated_before_there_is_something_new(scene: Scene) -> None:
    scene.record_refresh(TWO)
    scene.publish(dg.DagsterRunStatus.FAILURE)
    scene.record_by_hand("open_issues", repo=ONE)
    assert requested(scene.tick()) == [("refresh_watchlist", ONE)]  # a run that fails, too
    for _ in range(3):
        scene.wait(60 * 24)
        assert scene.tick() == UP_TO_DATE


@pytest.mark.parametrize("cursor", ["", "{}", "[1]", "[1, 2, 3]", "7", '["x", 1]', "nonsense"])
def test_a_damaged_cursor_counts_as_none(cursor: str) -> None:
    assert read_numbers(cursor) is None
