"""How the sensors are set up, and what they say when they request nothing."""

import json
from dataclasses import replace

import dagster as dg
import pytest

from repo_stats.defs.sensors import activity_states, new_histories, new_repositories
from repo_stats.defs.sensors.activity_states import read_cursor, write_cursor
from repo_stats.defs.sensors.new_repositories import (
    count_attempts,
    read_attempts,
)
from repo_stats.github.activity import ActivityState, PollResult
from repo_stats.github.errors import PermanentError, RateLimitedError, TransientError
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.sensors.watched import REPOS, Deploy
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import SettingsFor

ONE, TWO, THREE, _ = REPOS

NOW = 1000.0

QUIET = ActivityState("7 2026-09-01T12:00:00Z", "e", "t", NOW)

CHANGED = ActivityState("7 2026-09-01T12:00:00Z", "e", "t", NOW, changed_at=NOW)


def resting(until: float) -> ActivityState:
    return ActivityState("", None, None, NOW, rests_until=until)


def test_every_sensor_runs_by_itself_as_often_as_the_documentation_says(deploy: Deploy) -> None:
    deployment = deploy(REPO_STATS_HISTORY=ONE)
    assert {
        name: (sensor.minimum_interval_seconds, sensor.default_status.value)
        for name, sensor in deployment.sensors.items()
    } == {
        "repo_activity": (60, "RUNNING"),
        "watchlist_updates": (30, "RUNNING"),
        "new_repositories": (30, "RUNNING"),
        "new_histories": (30, "RUNNING"),
        "follow_updates": (30, "RUNNING"),
        "alert_on_failure": (30, "RUNNING"),
        "alert_on_recovery": (30, "RUNNING"),
    }
    jobs = {job.name for job in deployment.sensors["repo_activity"].jobs}
    assert jobs >= {"refresh_watchlist", "refresh_history", "publish_report"}
    for name in ("new_repositories", "new_histories", "follow_updates"):
        assert {job.name for job in deployment.sensors[name].jobs} == jobs


@pytest.mark.parametrize(
    ("states", "poll", "said"),
    [
        ({ONE: QUIET, TWO: QUIET}, PollResult({}, {}, None), "Nothing happened in 2 repositories."),
        (
            {ONE: QUIET, TWO: resting(NOW + 1), THREE: resting(NOW)},
            PollResult({}, {}, None),
            f"{TWO} cannot be read, and will be polled again within the hour. Nothing happened in "
            "2 repositories.",
        ),
        (
            {ONE: QUIET, TWO: CHANGED, THREE: resting(NOW + 1)},
            PollResult({}, {}, None),
            f"{TWO} changed, but was just refreshed or is being refreshed.",
        ),
        (
            {ONE: CHANGED},
            PollResult({}, {TWO: TransientError("Odd."), THREE: PermanentError("Gone.")}, None),
            f"{TWO}, {THREE}: Odd.",
        ),
        (
            {ONE: CHANGED},
            PollResult({}, {TWO: TransientError("Odd.")}, RateLimitedError("Wait.", seconds=9)),
            "Wait.",
        ),
    ],
)
def test_repo_activity_says_why_it_refreshes_nothing(
    states: dict[str, ActivityState], poll: PollResult, said: str
) -> None:
    assert activity_states.describe_waiting(states, poll, NOW) == said


@pytest.mark.parametrize(
    ("missing", "ready", "waiting", "said"),
    [
        ([], [], [], "All items of every repository with a history have been read."),
        ([ONE, TWO], [], [], f"{ONE}, {TWO} had no first refresh yet."),
        ([ONE, TWO], [TWO], [], f"All items of {TWO} are being read."),
        (
            [ONE, TWO, THREE],
            [TWO, THREE],
            [THREE],
            f"{THREE} could not be read yet, and will be tried again.",
        ),
    ],
)
def test_new_histories_says_why_it_reads_nothing(
    missing: list[str], ready: list[str], waiting: list[str], said: str
) -> None:
    assert new_histories.describe_waiting(missing, ready, waiting) == said


@pytest.mark.parametrize(
    ("missing", "running", "said"),
    [
        ([], [], "Every repository of the watchlist has been refreshed."),
        ([], [ONE], "Every repository of the watchlist has been refreshed."),
        ([ONE], [ONE], f"The first refresh of {ONE} is running."),
        ([ONE, TWO], [ONE], f"{TWO} could not be read yet, and will be tried again."),
    ],
)
def test_new_repositories_says_why_it_refreshes_nothing(
    missing: list[str], running: list[str], said: str
) -> None:
    assert new_repositories.describe_waiting(missing, running) == said


@pytest.mark.parametrize("sensor", ["new_repositories", "new_histories"])
def test_a_warehouse_that_cannot_be_read_is_said(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch, sensor: str
) -> None:
    def fail(*_: object) -> None:
        raise WarehouseError("The disk is broken.")

    deployment = deploy(REPO_STATS_HISTORY=ONE)
    monkeypatch.setattr(Tables, "list_stored", fail)
    assert deployment.tick(sensor) == "The disk is broken."


def test_a_first_refresh_is_requested_with_its_reason_and_counted(deploy: Deploy) -> None:
    deployment = deploy()
    requests = deployment.tick("new_repositories")
    assert isinstance(requests, list)
    [request] = requests
    assert request.tags["repo_stats/reason"] == "new in the watchlist"
    [(count, at)] = {*read_attempts(deployment.cursors["new_repositories"]).values()}
    assert request.run_key == f"new {int(at)} {ONE}"
    assert count == 1


def test_the_first_reading_of_all_items_is_requested_with_its_reason_and_counted(
    deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment = deploy(REPO_STATS_HISTORY=f"{ONE},{TWO}")
    monkeypatch.setattr(
        Tables,
        "list_stored",
        lambda _, schema, repos: list(repos) if schema is REPO_METADATA else [],
    )
    deployment.cursors["new_histories"] = json.dumps({ONE: [2, 0.0], THREE: [1, 0.0]})
    requests = deployment.tick("new_histories")
    assert isinstance(requests, list)
    [request] = requests
    assert request.tags["repo_stats/reason"] == "no items are stored"
    attempts = read_attempts(deployment.cursors["new_histories"])
    at = attempts[ONE][1]
    assert attempts == {ONE: (3, at), TWO: (1, at)}
    assert request.run_key == f"all {int(at)} {ONE}"
    assert request.run_config["resources"] == {}


def test_an_attempt_is_counted_for_what_is_requested_and_kept_for_the_others() -> None:
    attempts = {ONE: (2, 5.0), TWO: (1, 6.0)}
    assert count_attempts(attempts, [ONE, THREE], NOW) == {
        ONE: (3, NOW),
        TWO: (1, 6.0),
        THREE: (1, NOW),
    }


@pytest.mark.parametrize(
    ("cursor", "attempts"),
    [
        (json.dumps({ONE: [2, 5]}), {ONE: (2, 5.0)}),
        *[(cursor, {}) for cursor in (None, "", "no json", "[]", '{"a/b": 3}')],
        *[(cursor, {}) for cursor in ('{"a/b": [1]}', '{"a/b": [null, 1]}')],
    ],
)
def test_a_damaged_cursor_holds_no_attempts(
    cursor: str | None, attempts: dict[str, tuple[int, float]]
) -> None:
    assert read_attempts(cursor) == attempts


def test_a_request_says_why_and_when_and_is_counted(
    settings_for: SettingsFor, instance: dg.DagsterInstance
) -> None:
    deployment = Deployment(settings_for(*REPOS), instance, lambda: NOW)
    deployment.cursors["repo_activity"] = write_cursor({"acme/r1": CHANGED, "acme/r3": QUIET})
    requests = deployment.tick("repo_activity")
    assert isinstance(requests, list)
    [request] = requests
    assert request.run_key == f"activity {int(NOW)} acme/r1"
    assert request.tags["repo_stats/reason"] == "activity"
    assert read_cursor(deployment.cursors["repo_activity"]) == {
        "acme/r1": replace(CHANGED, requested_at=NOW, requests=1),
        "acme/r3": QUIET,
    }
    description = deployment.sensors["repo_activity"].description or ""
    assert description.startswith("Asks GitHub every minute for the newest issue and pull request")
