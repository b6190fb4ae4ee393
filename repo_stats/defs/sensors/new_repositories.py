"""The sensor `new_repositories`: gives each repository of the watchlist its first refresh."""

import json
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

import dagster as dg

from repo_stats.clock import is_ahead
from repo_stats.defs.cuts import Cut
from repo_stats.defs.jobs import name_repositories
from repo_stats.defs.refresh_runs import find_running_repos, request_refreshes, wait_after
from repo_stats.defs.resources import WarehouseResource
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.schemas import REPO_STATISTICS

Attempts: TypeAlias = dict[str, tuple[int, float]]
"""How often a first refresh was requested, and when last in epoch seconds, by repository."""


def build_new_repositories(
    watchlist: Sequence[str], jobs: Sequence[Any], cut: Cut, clock: Callable[[], float] = time.time
) -> dg.SensorDefinition:
    """The sensor.

    Args:
        jobs: the jobs that it may run.
        watchlist: the repositories as they were loaded.
        cut: how large a run may be.
        clock: gives the time, in seconds since the epoch.
    """

    @dg.sensor(
        name="new_repositories",
        jobs=jobs,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Gives each repository of the watchlist its first refresh. A repository that cannot be "
            "read is tried again, less and less often, down to once an hour."
        ),
    )
    def new_repositories(
        context: dg.SensorEvaluationContext, warehouse: WarehouseResource
    ) -> dg.SensorResult | dg.SkipReason:
        now = clock()
        try:
            stored = set(warehouse.tables.list_stored(REPO_STATISTICS, watchlist))
        except WarehouseError as error:
            return dg.SkipReason(str(error))
        missing = [repo for repo in watchlist if repo not in stored]
        attempts = {r: a for r, a in read_attempts(context.cursor).items() if r in missing}
        running = find_running_repos(context.instance, watchlist)
        due = [r for r in missing if r not in running and is_due(attempts.get(r), now)]
        attempts = count_attempts(attempts, due, now)
        key = f"new {int(now)}"
        requests = request_refreshes(due, watchlist, "new in the watchlist", key, cut=cut)
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else describe_waiting(missing, running),
            cursor=json.dumps(attempts),
        )

    return new_repositories


def is_due(attempts: tuple[int, float] | None, now: float) -> bool:
    """Whether a repository may be tried, after so many attempts without success.

    An attempt from the future, which a clock that was ahead has left, holds nothing back.
    """
    if attempts is None:
        return True
    count, last = attempts
    return now - last >= wait_after(count) or is_ahead(last, now)


def count_attempts(attempts: Attempts, due: Collection[str], now: float) -> Attempts:
    """The attempts with one more for each of the repositories that are requested now."""
    again = {repo: attempts[repo][0] + 1 if repo in attempts else 1 for repo in due}
    return {**attempts, **{repo: (count, now) for repo, count in again.items()}}


def read_attempts(cursor: str | None) -> Attempts:
    """The attempts that a cursor holds; none if it is damaged."""
    try:
        lists = json.loads(cursor or "{}")
        return {repo: (int(count), float(at)) for repo, (count, at) in lists.items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def describe_waiting(missing: Sequence[str], running: Collection[str]) -> str:
    """Why no repository is refreshed now."""
    if waiting := [repo for repo in missing if repo not in running]:
        return f"{name_repositories(waiting)} could not be read yet, and will be tried again."
    if missing:
        return f"The first refresh of {name_repositories(missing)} is running."
    return "Every repository of the watchlist has been refreshed."
