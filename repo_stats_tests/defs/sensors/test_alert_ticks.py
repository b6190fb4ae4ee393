"""What a tick of the alert sensors reads, forgets and leaves to the next one."""

import time
from typing import Any

import dagster as dg
import pytest
from dagster._grpc.client import DEFAULT_SENSOR_GRPC_TIMEOUT

from repo_stats.alerts.rules import EndedRun
from repo_stats.defs.sensors.alert_states import new_state, read_state
from repo_stats.defs.sensors.repo_activity import POLL_SECONDS
from repo_stats.defs.sensors.run_alerts import MOST_BUSY, TICK_SECONDS, advance_failures
from repo_stats.github.activity import POLL_TIMEOUT
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.sql import run_query
from repo_stats_tests.defs.sensors.watched import Deploy
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.origins import make_location, make_origin
from repo_stats_tests.helpers.webhook import Webhook


@pytest.fixture
def deployment(deploy: Deploy) -> Deployment:
    """A deployment whose alert sensors have had their first tick."""
    deployment = deploy()
    for sensor in ("alert_on_failure", "alert_on_recovery"):
        assert deployment.tick(sensor) == "Watches the runs that end from now on."
    return deployment


def end(
    deployment: Deployment,
    job: str,
    kind: dg.DagsterEventType = dg.DagsterEventType.RUN_FAILURE,
    **run: Any,
) -> None:
    """Let a run of a job end."""
    definition = deployment.defs.resolve_job_def(job)
    status = dg.DagsterRunStatus.STARTED
    begun = deployment.instance.create_run_for_job(definition, status=status, **run)
    report_end(deployment, begun, kind)


def report_end(deployment: Deployment, run: dg.DagsterRun, kind: dg.DagsterEventType) -> None:
    deployment.instance.report_dagster_event(dg.DagsterEvent(kind.value, run.job_name), run.run_id)


def find_alerts(deployment: Deployment) -> list[tuple[str, list[str]]]:
    query = "select text, repositories from alerts"
    rows = run_query(query, deployment.settings.warehouse).to_pylist()
    return [(row["text"], row["repositories"]) for row in rows]


def test_a_job_that_is_about_no_repository_names_none_and_recovers(deployment: Deployment) -> None:
    failed, succeeded = dg.DagsterEventType.RUN_FAILURE, dg.DagsterEventType.RUN_SUCCESS
    for kind in (failed, failed, succeeded, succeeded):
        end(deployment, "prune_runs", kind)
        deployment.tick("alert_on_failure")
        deployment.tick("alert_on_recovery")
    assert find_alerts(deployment) == [
        ("prune_runs failed: It ended without a reason; see its log.", []),
        ("prune_runs succeeds again.", []),
    ]


def test_runs_of_other_projects_that_share_the_history_lead_to_no_alert(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dg.SensorEvaluationContext, "code_location_origin", make_location("ours"))
    theirs = deployment.instance.add_run(dg.DagsterRun("their_job"))
    report_end(deployment, theirs, dg.DagsterEventType.RUN_FAILURE)
    end(deployment, "refresh_repo", remote_job_origin=make_origin("theirs"))
    assert deployment.tick("alert_on_failure") == "There is nothing to report."
    end(deployment, "refresh_watchlist", remote_job_origin=make_origin("ours"))
    assert deployment.tick("alert_on_failure") == "Alerts: 1."


def test_the_failures_of_repositories_that_are_not_watched_any_more_are_forgotten(
    deployment: Deployment, settings_for: SettingsFor
) -> None:
    end(deployment, "prune_runs")
    end(deployment, "refresh_watchlist")
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    smaller = Deployment(settings_for("acme/r1"), deployment.instance)
    smaller.cursors = deployment.cursors
    for sensor in ("alert_on_failure", "alert_on_recovery"):
        smaller.tick(sensor)
        state = read_state(smaller.cursors[sensor], time.time())
        assert state is not None
        assert sorted(state["failing"]) == ["", "acme/r1"]


def test_while_another_process_holds_the_table_runs_are_kept_for_the_next_tick(
    deployment: Deployment, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_stats.alerts.alert_table.LOCK_WAIT", 0.0)
    end(deployment, "prune_runs")
    with Files(deployment.settings.warehouse).locked("alerts.parquet"):
        for _ in range(MOST_BUSY):
            told = str(deployment.tick("alert_on_failure"))
            assert "alerts.parquet is in use by another process" in told
            assert told.endswith("The next tick tries again.")
        cursors = dict(deployment.cursors)
        assert webhook.received == []
        assert deployment.tick("alert_on_failure") == "Alerts: 1."
        assert len(webhook.received) == 1, "told without the table, which is held for too long"
    deployment.cursors = cursors
    assert deployment.tick("alert_on_failure") == "Alerts: 1."
    assert deployment.tick("alert_on_failure") == "There is nothing to report."
    assert len(find_alerts(deployment)) == 1
    state = read_state(deployment.cursors["alert_on_failure"], time.time())
    assert state is not None
    assert state["busy"] == 0


def test_ticks_end_before_dagster_ends_them() -> None:
    for longest in (TICK_SECONDS, POLL_SECONDS + POLL_TIMEOUT):
        assert longest <= DEFAULT_SENSOR_GRPC_TIMEOUT - 10


def test_runs_that_do_not_fit_into_a_tick_are_read_at_the_next(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    for job in ("prune_runs", "publish_report"):
        end(deployment, job)
    monkeypatch.setattr("repo_stats.defs.sensors.run_alerts._READ_SECONDS", 0.0)
    for told in (1, 2, 2):
        deployment.tick("alert_on_failure")
        assert len(find_alerts(deployment)) == told


def test_all_runs_that_ended_since_are_told_in_one_tick_and_shown(deployment: Deployment) -> None:
    job = deployment.defs.resolve_job_def("publish_report")
    deployment.instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)
    for name in ("prune_runs", "publish_report"):
        end(deployment, name)
    assert deployment.tick("alert_on_failure") == "Alerts: 2."
    [shown] = deployment.events
    assert isinstance(shown, dg.AssetMaterialization)
    assert shown.asset_key == dg.AssetKey("alerts")
    assert shown.metadata["new_alerts"].value == 2
    assert deployment.tick("alert_on_failure") == "There is nothing to report."
    assert deployment.events == []


def test_runs_that_ended_before_the_first_tick_are_not_told(deploy: Deploy) -> None:
    deployment = deploy()
    for job in ("prune_runs", "publish_report"):
        end(deployment, job)
    assert deployment.tick("alert_on_failure") == "Watches the runs that end from now on."
    assert deployment.tick("alert_on_failure") == "There is nothing to report."


def test_a_webhook_that_was_missed_is_remembered_for_the_next_tick(
    deployment: Deployment, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_stats.alerts.webhook.PAUSES", ())
    webhook.statuses = [500]
    end(deployment, "prune_runs")
    assert deployment.tick("alert_on_failure") == "Alerts: 1."
    state = read_state(deployment.cursors["alert_on_failure"], time.time())
    assert state is not None
    assert state["missed"].failures == 1


def test_a_low_quota_is_told_once_by_the_sensor_of_failures() -> None:
    run = EndedRun("run", "job", [], "task", "Title", quota=(1, 5000, 9.0))
    state, alerts = advance_failures(new_state(0.0), run)
    assert [alert.kind for alert in alerts] == ["quota"]
    assert state == {**new_state(0.0), "warned_until": 9.0}
    assert advance_failures(state, run) == (state, [])
