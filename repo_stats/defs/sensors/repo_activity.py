"""The sensor `repo_activity`: refreshes repositories in which something happened."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from repo_stats.clock import is_ahead
from repo_stats.defs.jobs import name_repositories
from repo_stats.defs.refresh_runs import find_running_repos, request_refreshes
from repo_stats.defs.resources import GitHubResource, WarehouseResource
from repo_stats.defs.sensors.activity_states import (
    ActivityStates,
    choose_due,
    choose_order,
    forget_future,
    read_cursor,
    settle,
    with_request,
    write_cursor,
)
from repo_stats.github.activity import PollResult, poll_repositories
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import describe_cause
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA
from repo_stats.warehouse.tables import Tables

MOST_POLLS = 100
"""The most repositories that a tick polls. Polls are free, but count towards GitHub's limit of 900
requests a minute, which refreshes need. The next tick polls the others first."""

POLL_SECONDS = 30
"""For how long a tick starts further polls. Dagster ends a tick after 60 seconds."""

_DESCRIPTION = (
    "Asks GitHub every minute for the newest issue or pull request of each repository, and "
    "refreshes the repositories in which something happened. With a token this is free as long as "
    "nothing happens. Without a token each request would be charged, so the sensor does nothing."
)

_UNAUTHORIZED = (
    "Without a token GitHub charges every poll, so nothing is polled: set GITHUB_TOKEN. The hourly "
    "schedule works without it."
)


def build_repo_activity(
    watchlist: Sequence[str],
    jobs: Sequence[Any],
    min_refresh: int,
    clock: Callable[[], float] = time.time,
) -> dg.SensorDefinition:
    """The sensor.

    Args:
        jobs: the jobs that it may run.
        watchlist: the repositories.
        min_refresh: the least seconds between two refreshes of a repository.
        clock: gives the time, in seconds since the epoch.
    """

    @dg.sensor(
        name="repo_activity",
        jobs=jobs,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=_DESCRIPTION,
    )
    def repo_activity(
        context: dg.SensorEvaluationContext, github: GitHubResource, warehouse: WarehouseResource
    ) -> dg.SensorResult | dg.SkipReason:
        if not github.is_authorized:
            return dg.SkipReason(_UNAUTHORIZED)
        now = clock()
        known = forget_future(read_cursor(context.cursor), now)
        try:
            ids = find_ids(warehouse.tables, watchlist)
            poll = _poll(context.log, github.client(context.log, max_wait=0), ids, known, clock)
            polled = {repo: s for repo, s in {**known, **poll.states}.items() if repo in ids}
            refreshed = find_refreshes(warehouse.tables, polled, now)
        except WarehouseError as error:
            return dg.SkipReason(str(error))
        states = settle(polled, known, refreshed)
        running = find_running_repos(context.instance, watchlist)
        due = [] if poll.refusal else choose_due(states, refreshed, running, now, min_refresh)
        requests = request_refreshes(due, watchlist, "activity", f"activity {int(now)}")
        states = {**states, **{repo: with_request(states[repo], now) for repo in due}}
        reason = None if requests else describe_waiting(states, poll, now)
        return dg.SensorResult(requests, reason, write_cursor(states))

    return repo_activity


def find_ids(tables: Tables, watchlist: Sequence[str]) -> dict[str, int]:
    """GitHub's ids of the repositories that have been refreshed before."""
    stored = {r: tables.find(REPO_METADATA, r, ["repo_id"]) for r in watchlist}
    return {r: int(f["repo_id"].item()) for r, f in stored.items() if f is not None and len(f) == 1}


def _poll(
    log: logging.Logger,
    client: GitHubClient,
    ids: Mapping[str, int],
    known: ActivityStates,
    clock: Callable[[], float],
) -> PollResult:
    now = clock()
    repos = {repo: ids[repo] for repo in choose_order(ids, known, now)[:MOST_POLLS]}

    async def poll() -> PollResult:
        async with client:
            return await poll_repositories(client, repos, known, clock, now + POLL_SECONDS)

    result = asyncio.run(poll())
    for cause in filter(None, map(describe_cause, result.errors.values())):
        log.debug(cause)
    return result


def find_refreshes(tables: Tables, states: ActivityStates, now: float) -> dict[str, float]:
    """When each changed repository was last refreshed, in seconds since the epoch.

    A time from the future, which a clock that was ahead has left, says nothing.
    """
    changed = [repo for repo, state in states.items() if state.changed_at is not None]
    scans = {repo: tables.find_scan(OPEN_ISSUES, repo) for repo in changed}
    times = {repo: s.validated_at.timestamp() for repo, s in scans.items() if s is not None}
    return {repo: moment for repo, moment in times.items() if not is_ahead(moment, now)}


def describe_waiting(states: ActivityStates, poll: PollResult, now: float) -> str:
    """Why no repository is refreshed now."""
    if poll.refusal is not None:
        return str(poll.refusal)
    if poll.errors:
        return f"{name_repositories(list(poll.errors))}: {next(iter(poll.errors.values()))}"
    waiting = [repo for repo, state in states.items() if state.changed_at is not None]
    if waiting:
        return (
            f"{name_repositories(waiting)} changed, but was just refreshed or is being refreshed."
        )
    resting = [repo for repo, state in states.items() if state.rests_until > now]
    if resting:
        return (
            f"{name_repositories(resting)} cannot be read, and will be polled again within the "
            f"hour. Nothing happened in {len(states) - len(resting)} repositories."
        )
    return f"Nothing happened in {len(states)} repositories."
