"""The sensor `new_histories`: begins to keep all items of a repository as soon as it can."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from repo_stats.defs.cuts import Cut
from repo_stats.defs.jobs import REFRESH_HISTORY, name_repositories
from repo_stats.defs.refresh_runs import find_running_marked, request_refreshes
from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.sensors.new_repositories import count_attempts, is_due, read_attempts
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.schemas import ISSUES, REPO_METADATA


def build_new_histories(
    histories: Sequence[str], jobs: Sequence[Any], cut: Cut, clock: Callable[[], float] = time.time
) -> dg.SensorDefinition:
    """The sensor.

    Args:
        jobs: the jobs that it may run.
        histories: the repositories of which all items are kept.
        cut: how large a run may be.
        clock: gives the time, in seconds since the epoch.
    """

    @dg.sensor(
        name="new_histories",
        jobs=jobs,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Reads all items of a repository with `history: true` for the first time, after its "
            "first refresh. If that fails, the sensor tries again, less and less often, down to "
            "once an hour. Later changes are those of `hourly_history_refresh`."
        ),
    )
    def new_histories(
        context: dg.SensorEvaluationContext, warehouse: WarehouseResource
    ) -> dg.SensorResult | dg.SkipReason:
        now = clock()
        try:
            stored = set(warehouse.tables.list_stored(ISSUES, histories))
            missing = [repo for repo in histories if repo not in stored]
            ready = warehouse.tables.list_stored(REPO_METADATA, missing)
        except WarehouseError as error:
            return dg.SkipReason(str(error))
        running = find_running_marked(context.instance, "history", histories) if ready else set()
        waiting = [repo for repo in ready if repo not in running]
        attempts = {r: a for r, a in read_attempts(context.cursor).items() if r in missing}
        due = [repo for repo in waiting if is_due(attempts.get(repo), now)]
        requests = _request(due, histories, now, cut)
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else describe_waiting(missing, ready, waiting),
            cursor=json.dumps(count_attempts(attempts, due, now)),
        )

    return new_histories


def _request(
    due: Sequence[str], histories: Sequence[str], now: float, cut: Cut
) -> list[dg.RunRequest]:
    reason, key = "no items are stored", f"all {int(now)}"
    return request_refreshes(
        due, histories, reason, key, cut=cut, job=REFRESH_HISTORY, config=dg.RunConfig()
    )


def describe_waiting(missing: Sequence[str], ready: Sequence[str], waiting: Sequence[str]) -> str:
    """Why nothing is read now."""
    if not missing:
        return "All items of every repository with a history have been read."
    if not ready:
        return f"{name_repositories(missing)} had no first refresh yet."
    if not waiting:
        return f"All items of {name_repositories(ready)} are being read."
    return f"{name_repositories(waiting)} could not be read yet, and will be tried again."
