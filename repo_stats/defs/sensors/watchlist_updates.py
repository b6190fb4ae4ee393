"""The sensor `watchlist_updates`: keeps what is watched up to date without a hand."""

import json
import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg

from repo_stats.config.errors import SettingsError, WatchlistError
from repo_stats.config.marks import MARKS
from repo_stats.config.settings import Settings, load_watchlist
from repo_stats.config.watchlist import Watchlist
from repo_stats.defs.jobs import RESOLVE_WATCHLIST, name_repositories
from repo_stats.defs.refresh_runs import REASON_TAG, is_reading_lists
from repo_stats.defs.reloading import reload_definitions
from repo_stats.defs.sensors.new_repositories import (
    Attempts,
    count_attempts,
    is_due,
    read_attempts,
)
from repo_stats.defs.steps.watchlist_lists import find_due
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.warehouse.files import WarehouseError
from repo_stats.watching.loading import load_watched
from repo_stats.watching.stored_lists import Key, StoredLists

_LISTS = "lists"
"""What the cursor counts attempts of."""


def build_watchlist_updates(
    loaded: Settings, jobs: Sequence[Any], clock: Callable[[], float] = time.time
) -> dg.SensorDefinition:
    """The sensor.

    Args:
        loaded: the settings that the definitions were loaded with.
        jobs: the jobs that it may run.
        clock: gives the time, in seconds since the epoch.
    """
    max_age = timedelta(seconds=max(loaded.max_age, loaded.min_refresh))

    @dg.sensor(
        name="watchlist_updates",
        jobs=jobs,
        minimum_interval_seconds=30,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Reads the lists that the watchlist names, such as those of organisations, every hour. "
            "Reloads the definitions when these lists, or the watchlist itself, have changed, so "
            "that new repositories enter and others leave by themselves."
        ),
    )
    def watchlist_updates(
        context: dg.SensorEvaluationContext, warehouse: WarehouseResource
    ) -> dg.SensorResult | dg.SkipReason:
        now = clock()
        try:
            watchlist = load_watchlist()
            changes = describe_changes(loaded, load_watched())
            read_at = _find_times(watchlist, warehouse)
        except (SettingsError, WatchlistError, WarehouseError) as error:
            return dg.SkipReason(str(error))
        if changes:
            return dg.SkipReason(_reload(context, changes))
        moment = datetime.fromtimestamp(now, timezone.utc)
        due = find_due(watchlist, read_at, moment, max_age)
        attempts = find_failed(read_attempts(context.cursor), [read_at.get(key) for key in due])
        if not due or is_reading_lists(context.instance):
            return _wait(_describe_waiting(watchlist), attempts)
        if not is_due(attempts.get(_LISTS), now):
            return _wait("A list could not be read, and will be tried again.", attempts)
        return _request(count_attempts(attempts, [_LISTS], now), now)

    return watchlist_updates


def _wait(reason: str, attempts: Attempts) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=reason, cursor=json.dumps(attempts))


def _request(attempts: Attempts, now: float) -> dg.SensorResult:
    """Request a run that reads the lists."""
    request = dg.RunRequest(
        run_key=f"lists {int(now)}",
        job_name=RESOLVE_WATCHLIST,
        tags={REASON_TAG: "lists of the watchlist"},
    )
    return dg.SensorResult([request], cursor=json.dumps(attempts))


def describe_changes(loaded: Settings, current: Settings) -> str | None:
    """How what is watched differs from what definitions were loaded with; None if it does not."""
    before, after = loaded.repos, current.repos
    marks = ((settings.marked(mark) for mark in MARKS) for settings in (loaded, current))
    if before == after and len(set(map(tuple, marks))) == 1:
        return None if loaded.bots == current.bots else "its bots"
    known, listed = frozenset(before), frozenset(after)
    added = [repo for repo in after if repo not in known]
    removed = [repo for repo in before if repo not in listed]
    parts = [
        *([f"{name_repositories(added)} added"] if added else []),
        *([f"{name_repositories(removed)} removed"] if removed else []),
    ]
    return ", ".join(parts) or "its order or its marks"


def _reload(context: dg.SensorEvaluationContext, changes: str) -> str:
    """Reload the definitions; gives what happened."""
    if reload_definitions(context):
        return f"The watchlist has changed ({changes}): the definitions were loaded anew."
    return (
        f"The watchlist has changed ({changes}): the daemon takes it over within a minute. Where "
        "the UI does not show it, reload the definitions with the button on the page Deployment."
    )


def _find_times(watchlist: Watchlist, warehouse: WarehouseResource) -> dict[Key, datetime]:
    """When each list of the watchlist was last read.

    Raises:
        WarehouseError: it is not known.
    """
    return StoredLists(warehouse.tables).find_times() if watchlist.sources else {}


def find_failed(attempts: Attempts, read_at: Collection[datetime | None]) -> Attempts:
    """The attempts after which a list was still not read.

    Args:
        attempts: those so far.
        read_at: when each list that has to be read was last read; None if it never was.
    """
    if _LISTS not in attempts:
        return {}
    _, last = attempts[_LISTS]
    has_failed = any(time is None or time.timestamp() < last for time in read_at)
    return attempts if has_failed else {}


def _describe_waiting(watchlist: Watchlist) -> str:
    """Why no list is read now."""
    if not watchlist.sources:
        return "The watchlist has not changed, and names no list."
    return "The watchlist has not changed, and its lists are being read, or were within the hour."
