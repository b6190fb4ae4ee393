"""The sensors `alert_on_failure` and `alert_on_recovery`, over real runs and a real webhook."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone

import dagster as dg
import pytest
import time_machine

from repo_stats.alerts.delivery import Attempts
from repo_stats.config.settings import Settings
from repo_stats.defs.sensors.alert_states import new_state, read_state, write_state
from repo_stats.defs.sensors.ended_runs import describe_run
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.warehouse.sql import run_query
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.github import TOKEN, find_repository
from repo_stats_tests.helpers.shared_jobs import find_job_of_the_ui
from repo_stats_tests.helpers.simulated_api import get
from repo_stats_tests.helpers.webhook import Webhook

REPOS = ["acme/one", "acme/two"]


@pytest.fixture
def simulator(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(*(Shape(repo, 12, 3, 5) for repo in REPOS), rules=LimitRules(authorized=60))


@pytest.fixture
def deployment(
    simulator: Simulator, settings_for: Callable[..., Settings], instance: dg.DagsterInstance
) -> Deployment:
    """A deployment of two repositories whose alert sensors have had their first tick."""
    deployment = Deployment(settings_for(*REPOS, REPO_STATS_MAX_AGE="0"), instance)
    for sensor in ("alert_on_failure", "alert_on_recovery"):
        assert deployment.tick(sensor) == "Watches the runs that end from now on."
    return deployment


METADATA = ("repo_metadata",)
"""The first asset of a refresh: what is wrong with a repository shows there."""


def refresh(deployment: Deployment, repo: str | None = None, assets: Sequence[str] = ()) -> None:
    """Refresh all repositories or one; with names of assets, only these."""
    selection = [dg.AssetKey(asset) for asset in assets] or None
    job = "refresh_watchlist" if repo is None else "refresh_repo"
    deployment.run([dg.RunRequest(job_name=job, partition_key=repo, asset_selection=selection)])


def test_failed_runs_stale_repositories_and_recoveries_are_posted_to_the_webhook(
    deployment: Deployment,
    simulator: Simulator,
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REPO_STATS_UI_URL", "http://ui.example/")
    repository = find_repository(simulator, "acme/two")
    repository.trouble = Trouble.MISSING
    refresh(deployment)
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    [stale] = webhook.received
    assert str(deployment.cursors["alert_on_failure"]).count("GitHub knows no repository") == 1
    assert stale["text"].startswith("acme/two is stale: GitHub knows no repository acme/two")
    assert stale["repositories"] == ["acme/two"]
    assert stale["run_url"] == f"http://ui.example/runs/{stale['run_id']}"

    refresh(deployment)
    ranking = [dg.AssetKey("leaderboard")]
    deployment.run([dg.RunRequest(job_name="publish_report", asset_selection=ranking)])
    refresh(deployment, "acme/two", METADATA)
    refresh(deployment, "acme/one", METADATA)
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    assert webhook.received == [stale]

    repository.trouble = Trouble.FINE
    refresh(deployment, "acme/two")
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    texts = [body["text"].partition(" <")[0] for body in webhook.received[1:]]
    assert texts == ["acme/two is refreshed again."]
    query = "select kind, text, repositories, job, run_id, reached_webhook from alerts"
    rows = run_query(query, deployment.settings.warehouse).to_pylist()
    assert [(row["kind"], row["reached_webhook"]) for row in rows] == [
        ("stale", True),
        ("recovery", True),
    ]
    assert rows[0]["text"] == stale["text"].partition(" <")[0]
    assert (rows[0]["repositories"], rows[0]["job"]) == (["acme/two"], "refresh_watchlist")
    assert rows[0]["run_id"] == stale["run_id"]
    assert deployment.tick("alert_on_failure") == "There is nothing to report."
    assert deployment.tick("alert_on_recovery") == "There is nothing to report."


def test_the_alert_of_a_failed_run_has_its_reason_and_its_repositories(
    deployment: Deployment, simulator: Simulator, webhook: Webhook
) -> None:
    repository = find_repository(simulator, "acme/two")
    repository.trouble = Trouble.MISSING
    for repo in ("acme/two", "acme/one", "acme/two"):
        refresh(deployment, repo, METADATA)
        deployment.tick("alert_on_failure")
        deployment.tick("alert_on_recovery")
    [failure] = webhook.received
    assert failure["text"].startswith("The refresh of acme/two failed: GitHub knows no repository")
    assert (failure["job"], failure["repositories"]) == ("refresh_repo", ["acme/two"])
    assert "run_url" not in failure
    repository.trouble = Trouble.FINE
    refresh(deployment, assets=METADATA)
    deployment.tick("alert_on_recovery")
    assert webhook.received[1]["text"] == "The refresh of acme/one, acme/two succeeds again."
    assert webhook.received[1]["repositories"] == ["acme/two"]


def test_manual_materialisations_are_named_by_their_assets(deployment: Deployment) -> None:
    job = find_job_of_the_ui(deployment.settings)
    result = job.execute_in_process(
        instance=deployment.instance,
        partition_key="acme/one",
        asset_selection=[dg.AssetKey("issues_per_user")],
        raise_on_error=False,
    )
    run = describe_run(deployment.instance, result.dagster_run, REPOS)
    assert (run.task, run.title) == ("issues_per_user", "Materialising issues_per_user")
    assert run.failure == (
        "open_issues of acme/one has not been materialised yet; refresh acme/one first."
    )


def test_a_low_quota_is_known_from_the_metadata_of_runs(
    deployment: Deployment, simulator: Simulator, webhook: Webhook
) -> None:
    elsewhere = [f"/repos/{REPOS[0]}"] * 49
    get(simulator, *elsewhere, authorization=f"Bearer {TOKEN}")
    for _ in range(3):
        refresh(deployment, assets=METADATA)
        deployment.tick("alert_on_failure")
        if webhook.received:
            break
    [warning] = webhook.received
    assert warning["text"].endswith("of 60 GitHub requests remain until the hour's quota resets.")
    assert warning["reason"] == "low quota"


def test_a_cursor_holds_each_reason_once_and_gives_back_the_state() -> None:
    failing = {repo: {"a.refreshed": "gone", "b.refreshed": "gone"} for repo in REPOS}
    state = {
        **new_state(3.0),
        "failing": failing,
        "missed": Attempts(2, 5.0, (("run", "lost"),)),
        "busy": 3,
    }
    cursor = write_state(state)
    assert cursor.count("gone") == 1
    assert read_state(cursor, 6.0) == state


def test_a_cursor_of_an_earlier_version_is_read() -> None:
    failing = {"a/b": {"refresh": "gone"}}
    cursor = json.dumps({"until": 1.0, "failing": failing, "warned_until": 2.0})
    known = {**new_state(1.0), "failing": failing, "warned_until": 2.0}
    assert read_state(cursor, 6.0) == known
    older = json.dumps({**json.loads(cursor), "missed": [2, 5.0]})
    assert read_state(older, 6.0) == {**known, "missed": Attempts(2, 5.0)}


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "nonsense", "[]", "{}", '{"until": 1}', "3"),
        '{"until": 1, "warned_until": 0, "failing": {"a/b": "why"}}',
        '{"until": "x", "warned_until": 0, "failing": {}}',
        '{"until": null, "warned_until": 0, "failing": {}}',
        '{"until": 1, "warned_until": 0, "failing": {"a/b": {"c": 1}}, "reasons": ["why"]}',
    ],
)
def test_a_damaged_cursor_counts_as_none(cursor: str) -> None:
    assert read_state(cursor, 0.0) is None


def test_runs_are_read_again_as_soon_as_a_clock_that_was_ahead_is_right(
    deployment: Deployment, simulator: Simulator
) -> None:
    with time_machine.travel(datetime.now(timezone.utc) + timedelta(days=365)):
        refresh(deployment, assets=METADATA)
        assert deployment.tick("alert_on_failure") == "There is nothing to report."
    assert deployment.tick("alert_on_failure") == "There is nothing to report."
    find_repository(simulator, "acme/two").trouble = Trouble.MISSING
    refresh(deployment, assets=METADATA)
    assert deployment.tick("alert_on_failure") == "Alerts: 1."
    assert deployment.tick("alert_on_failure") == "There is nothing to report."
