"""The sensors `alert_on_failure` and `alert_on_recovery`: alerts about runs that ended."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import dagster as dg

from repo_stats.alerts.alert_table import AlertTable
from repo_stats.alerts.delivery import Delivery
from repo_stats.alerts.rules import (
    FAILURE,
    QUOTA,
    RECOVERY,
    STALE,
    Alert,
    EndedRun,
    find_failures,
    find_low_quota,
    find_recoveries,
)
from repo_stats.clock import MARGIN
from repo_stats.config.alerting import load_alerting
from repo_stats.defs.jobs import (
    PARTITION,
    REFRESH_HISTORY,
    REFRESH_REPO,
    REFRESH_WATCHLIST,
    name_repositories,
)
from repo_stats.defs.refresh_runs import repos_of_run
from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.sensors.alert_states import State, new_state, read_state, write_state
from repo_stats.defs.steps.alert_asset import describe_alerts

_MOST_RUNS = 100
"""The most runs that a tick reads; the next tick reads the others."""

_MOST_SECONDS = 15.0
"""For how long a tick reads further runs, so that it ends in time however many there are."""

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]


def build_alerts(
    watchlist: Sequence[str], histories: Sequence[str] = ()
) -> list[dg.SensorDefinition]:
    """Both sensors.

    Args:
        watchlist: the repositories.
        histories: those of which all items are kept.
    """
    return [
        _build(
            "alert_on_failure",
            "Alerts when a run fails, when a repository can no longer be refreshed, and when less "
            "than a tenth of the hour's requests is left: once each, until it is over. Alerts go "
            "to the table `alerts`, the sensor's log and the webhook REPO_STATS_WEBHOOK_URL.",
            (FAILURE, STALE, QUOTA),
            (watchlist, histories),
            _advance_failures,
        ),
        _build(
            "alert_on_recovery",
            "Alerts when a job succeeds again after a failure, and when a repository can be "
            "refreshed again. Alerts go to the table `alerts`, the sensor's log and the webhook "
            "REPO_STATS_WEBHOOK_URL.",
            (RECOVERY,),
            (watchlist, histories),
            _advance_recoveries,
        ),
    ]


def _advance_failures(state: State, run: EndedRun) -> tuple[State, list[Alert]]:
    failing, alerts = find_failures(state["failing"], run)
    warned_until, warnings = find_low_quota(state["warned_until"], run)
    return {**state, "failing": failing, "warned_until": warned_until}, [*alerts, *warnings]


def _advance_recoveries(state: State, run: EndedRun) -> tuple[State, list[Alert]]:
    failing, recoveries = find_recoveries(state["failing"], run)
    return {**state, "failing": failing}, recoveries


def _build(
    name: str,
    description: str,
    kinds: Sequence[str],
    repos: tuple[Sequence[str], Sequence[str]],
    advance: Callable[[State, EndedRun], tuple[State, list[Alert]]],
) -> dg.SensorDefinition:
    @dg.sensor(
        name=name,
        description=description,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def alert(context: dg.SensorEvaluationContext, warehouse: WarehouseResource) -> dg.SensorResult:
        state = read_state(context.cursor, time.time())
        if state is None:
            latest = context.instance.get_run_records(limit=1)
            start = latest[0].update_timestamp.timestamp() if latest else 0.0
            return dg.SensorResult(
                skip_reason="Watches the runs that end from now on.",
                cursor=write_state(new_state(start)),
            )
        alerts: list[Alert] = []
        begin = time.monotonic()
        for record in _ended_since(context.instance, state["until"]):
            if time.monotonic() - begin > _MOST_SECONDS:
                break
            run = describe_run(context.instance, record.dagster_run, *repos)
            advanced, new_alerts = advance(state, run)
            state = {**advanced, "until": record.update_timestamp.timestamp()}
            alerts += new_alerts
        delivery = Delivery(AlertTable(warehouse.tables), kinds, *load_alerting(), context.log)
        attempts = delivery.tell(alerts, state["missed"], datetime.now(timezone.utc))
        return dg.SensorResult(
            skip_reason=f"Alerts: {len(alerts)}." if alerts else "There is nothing to report.",
            cursor=write_state({**state, "missed": attempts}),
            asset_events=[describe_alerts(alerts, warehouse.tables)] if alerts else [],
        )

    return alert


def _ended_since(instance: dg.DagsterInstance, moment: float) -> list[dg.RunRecord]:
    """The runs that ended after a moment, in the order in which they ended.

    Runs that seem to end in the future are left out: the clock was ahead then.
    """
    records = instance.get_run_records(
        dg.RunsFilter(
            statuses=_ENDED,
            updated_after=datetime.fromtimestamp(moment, timezone.utc),
            updated_before=datetime.fromtimestamp(time.time() + MARGIN, timezone.utc),
        ),
        limit=_MOST_RUNS,
        order_by="update_timestamp",
        ascending=True,
    )
    return list(records)


def describe_run(
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    watchlist: Sequence[str],
    histories: Sequence[str] = (),
) -> EndedRun:
    """How a run ended, from its events.

    A run that refreshes all items takes a range of the repositories with a history. In the
    watchlist, others may be between them. It may end after the last history was unmarked.
    """
    is_failed = run.status is dg.DagsterRunStatus.FAILURE
    repos = (histories or watchlist) if run.job_name == REFRESH_HISTORY else watchlist
    repositories = repos_of_run(run, repos) or [run.tags[PARTITION]]
    task, title = _name_task(run, repositories)
    return EndedRun(
        run_id=run.run_id,
        job=run.job_name,
        repositories=repositories,
        task=task,
        title=title,
        failure=_find_reason(instance, run.run_id) if is_failed else None,
        findings=_find_findings(instance, run.run_id),
        quota=_find_quota(instance, run.run_id),
    )


def _name_task(run: dg.DagsterRun, repositories: Sequence[str]) -> tuple[str, str]:
    """The task of a run, and its name in an alert. A run of assets by hand has no named job."""
    if run.job_name in (REFRESH_REPO, REFRESH_WATCHLIST):
        return "refresh", f"The refresh of {name_repositories(repositories)}"
    if run.asset_selection and run.job_name.startswith("__"):
        assets = ", ".join(sorted(key.to_user_string() for key in run.asset_selection))
        return assets, f"Materialising {assets}"
    return run.job_name, run.job_name


def _events(
    instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType
) -> Iterator[dg.DagsterEvent]:
    for entry in instance.all_logs(run_id, of_type=kind):
        if entry.dagster_event is not None:
            yield entry.dagster_event


def _find_reason(instance: dg.DagsterInstance, run_id: str) -> str:
    """Why the first failed step failed, in a sentence."""
    for event in _events(instance, run_id, dg.DagsterEventType.STEP_FAILURE):
        failure = event.step_failure_data
        if failure.user_failure_data and failure.user_failure_data.description:
            return failure.user_failure_data.description
        if failure.error is not None:
            return failure.error.message.strip()
    return "It ended without a reason; see its log."


def _find_findings(instance: dg.DagsterInstance, run_id: str) -> dict[str, dict[str, str]]:
    """What each failed check found, by check and repository. Warnings cause no alert."""
    findings: dict[str, dict[str, str]] = {}
    for event in _events(instance, run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = event.asset_check_evaluation_data
        name = evaluation.check_name
        is_failed = evaluation.severity is dg.AssetCheckSeverity.ERROR and not evaluation.passed
        records = _records(evaluation.metadata.get("findings")) if is_failed else ()
        findings[f"{evaluation.asset_key.to_user_string()}.{name}"] = {
            str(record["repo"]): str(record["finding"]) for record in records
        }
    return findings


def _records(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dg.TableMetadataValue):
        yield from (record.data for record in value.records)


def _find_quota(instance: dg.DagsterInstance, run_id: str) -> tuple[int, int, float] | None:
    """The quota in the last materialisation of the run that has it."""
    quota = None
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    for event in _events(instance, run_id, kind):
        metadata = event.step_materialization_data.materialization.metadata
        if "quota_limit" in metadata:
            names = ("remaining_quota", "quota_limit", "quota_resets")
            remaining, limit, resets_at = (metadata[name].value for name in names)
            quota = (int(str(remaining)), int(str(limit)), float(str(resets_at)))
    return quota
