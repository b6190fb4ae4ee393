"""The sensors `alert_on_failure` and `alert_on_recovery`: alerts about runs that ended."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from types import MappingProxyType

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
from repo_stats.clock import MARGIN, Deadline
from repo_stats.config.alerting import load_alerting
from repo_stats.config.marks import Mark
from repo_stats.defs.owned_runs import Owned
from repo_stats.defs.sensors.alert_states import (
    State,
    forget_others,
    new_state,
    read_state,
    write_state,
)
from repo_stats.defs.sensors.ended_runs import describe_run
from repo_stats.defs.steps.alert_asset import describe_alerts
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.warehouse.files import InUseError

_MOST_RUNS = 100
"""The most runs that a tick reads; the next tick reads the others."""

TICK_SECONDS = 45.0
"""When a tick has to have ended. Dagster ends it after 60 s, and then its cursor is lost, so that
the next tick would tell everything again. The rest is for the last run that is read."""

_READ_SECONDS = 15.0
"""For how long a tick reads further runs. Storing and posting alerts share what is left."""

MOST_BUSY = 10
"""At how many ticks in a row another process may hold the table of alerts. After that, alerts are
told without it."""

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]


Advance = Callable[[State, EndedRun], tuple[State, list[Alert]]]
"""Reads a run: the new state, and what is worth an alert."""


@dataclass(frozen=True)
class Watched:
    """What the sensors watch.

    Attributes:
        owned: what of Dagster's history is ours.
        watchlist: the repositories.
        marked: those with each mark of the watchlist.
    """

    owned: Owned
    watchlist: Sequence[str]
    marked: Mapping[Mark, Sequence[str]]


def build_alerts(
    owned: Owned,
    watchlist: Sequence[str],
    marked: Mapping[Mark, Sequence[str]] = MappingProxyType({}),
) -> list[dg.SensorDefinition]:
    """Both sensors.

    Args:
        owned: what of Dagster's history is ours.
        watchlist: the repositories.
        marked: those with each mark of the watchlist.
    """
    watched = Watched(owned, watchlist, marked)
    return [
        _build(
            "alert_on_failure",
            "Alerts when a run fails, when a repository can no longer be refreshed, and when less "
            "than a tenth of the hour's requests is left: once each, until it is over. Alerts go "
            "to the table `alerts`, the sensor's log and the webhook REPO_STATS_WEBHOOK_URL.",
            (FAILURE, STALE, QUOTA),
            watched,
            advance_failures,
        ),
        _build(
            "alert_on_recovery",
            "Alerts when a job succeeds again after a failure, and when a repository can be "
            "refreshed again. Alerts go to the table `alerts`, the sensor's log and the webhook "
            "REPO_STATS_WEBHOOK_URL.",
            (RECOVERY,),
            watched,
            advance_recoveries,
        ),
    ]


def advance_failures(state: State, run: EndedRun) -> tuple[State, list[Alert]]:
    """Read a run for `alert_on_failure`."""
    failing, alerts = find_failures(state["failing"], run)
    warned_until, warnings = find_low_quota(state["warned_until"], run)
    return {**state, "failing": failing, "warned_until": warned_until}, [*alerts, *warnings]


def advance_recoveries(state: State, run: EndedRun) -> tuple[State, list[Alert]]:
    """Read a run for `alert_on_recovery`."""
    failing, recoveries = find_recoveries(state["failing"], run)
    return {**state, "failing": failing}, recoveries


def _build(
    name: str, description: str, kinds: Sequence[str], watched: Watched, advance: Advance
) -> dg.SensorDefinition:
    @dg.sensor(
        name=name,
        description=description,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def alert(context: dg.SensorEvaluationContext, warehouse: WarehouseResource) -> dg.SensorResult:
        deadline = Deadline.after(TICK_SECONDS)
        known = read_state(context.cursor, time.time())
        if known is None:
            latest = context.instance.get_run_records(limit=1)
            start = latest[0].update_timestamp.timestamp() if latest else 0.0
            return dg.SensorResult(
                skip_reason="Watches the runs that end from now on.",
                cursor=write_state(new_state(start)),
            )
        state, alerts = _read_runs(context, known, watched, advance)
        delivery = Delivery(AlertTable(warehouse.tables), kinds, *load_alerting(), context.log)
        try:
            attempts = delivery.tell(
                alerts,
                state["missed"],
                datetime.now(timezone.utc),
                deadline,
                waits_for_table=known["busy"] < MOST_BUSY,
            )
        except InUseError as error:
            return dg.SensorResult(
                skip_reason=f"{error} The next tick tries again.",
                cursor=write_state({**known, "busy": known["busy"] + 1}),
            )
        return dg.SensorResult(
            skip_reason=f"Alerts: {len(alerts)}." if alerts else "There is nothing to report.",
            cursor=write_state({**state, "missed": attempts, "busy": 0}),
            asset_events=[describe_alerts(alerts, warehouse.tables)] if alerts else [],
        )

    return alert


def _read_runs(
    context: dg.SensorEvaluationContext, state: State, watched: Watched, advance: Advance
) -> tuple[State, list[Alert]]:
    """Read our runs that ended since, as many as fit: the new state, and what is worth an alert."""
    origin = context.code_location_origin
    ours = replace(watched.owned, location=origin.location_name if origin else None)
    alerts: list[Alert] = []
    deadline = Deadline.after(_READ_SECONDS)
    for record in _ended_since(context.instance, state["until"]):
        run = record.dagster_run
        if ours.includes(run):
            ended = describe_run(context.instance, run, watched.watchlist, watched.marked)
            state, found = advance(state, ended)
            alerts += found
        state = {**state, "until": record.update_timestamp.timestamp()}
        if not deadline.left:
            break
    return forget_others(state, watched.watchlist), alerts


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
