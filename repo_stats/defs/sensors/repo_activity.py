"""The sensor `repo_activity`: refreshes repositories in which something happened."""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import dagster as dg

from repo_stats.clock import is_ahead
from repo_stats.defs.cuts import Cut
from repo_stats.defs.refresh_runs import find_running_repos, request_refreshes
from repo_stats.defs.resources import GitHubResource
from repo_stats.defs.sensors.activity_states import (
    ActivityStates,
    choose_due,
    choose_order,
    describe_waiting,
    forget_future,
    read_cursor,
    settle,
    with_request,
    write_cursor,
)
from repo_stats.defs.sensors.looks import (
    LOOK_SECONDS,
    Looks,
    choose_looks,
    look,
    refreshed_at,
    remember,
    store,
)
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.activity import ActivityState, PollResult, poll_repositories
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import GitHubError, describe_cause
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables

MOST_POLLS = 100
"""The most repositories that a tick polls. Polls are free, but count towards GitHub's limit of 900
requests a minute, which refreshes need. The next tick polls the others first."""

POLL_SECONDS = 30
"""For how long a tick starts further polls. Dagster ends a tick after 60 seconds."""

_DESCRIPTION = (
    "Asks GitHub every minute for the newest issue and pull request of each repository, and "
    "refreshes the repositories in which something happened. One GraphQL query tells of many; "
    "where it does not, a free conditional request tells of each. Without a token each request "
    "would be charged, so the sensor does nothing."
)

_UNAUTHORIZED = (
    "Without a token GitHub charges every poll, so nothing is polled: set GITHUB_TOKEN. The hourly "
    "schedule works without it."
)


def build_repo_activity(
    watchlist: Sequence[str],
    jobs: Sequence[Any],
    min_refresh: int,
    cut: Cut,
    clock: Callable[[], float] = time.time,
) -> dg.SensorDefinition:
    """The sensor.

    Args:
        jobs: the jobs that it may run.
        watchlist: the repositories.
        min_refresh: the least seconds between two refreshes of a repository.
        cut: how large a run may be.
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
        running = find_running_repos(context.instance, watchlist)
        try:
            tick = Tick(context.log, github, warehouse.tables, watchlist, clock, now)
            poll, found = tick.poll(tick.look(read_cursor(context.cursor), running))
            refreshed = tick.find_refreshes(found.states)
        except WarehouseError as error:
            return dg.SkipReason(str(error))
        states = settle(found.states, found.known, refreshed)
        due = [] if poll.refusal else choose_due(states, refreshed, running, now, min_refresh)
        requests = request_refreshes(due, watchlist, "activity", f"activity {int(now)}", cut=cut)
        states = {**states, **{repo: with_request(states[repo], now) for repo in due}}
        reason = None if requests else describe_waiting(states, poll, now, found.quiet)
        return dg.SensorResult(requests, reason, write_cursor(states))

    return repo_activity


@dataclass(frozen=True)
class Found:
    """What a tick has found so far.

    Attributes:
        states: what the cursor holds.
        known: the repositories whose changes it knows, or knew before the tick.
        read: the repositories that need no poll.
        quiet: how many show no change, beside those in `states`.
        refusal: why no more can be asked.
    """

    states: ActivityStates
    known: ActivityStates
    read: Collection[str] = frozenset()
    quiet: int = 0
    refusal: GitHubError | None = None


@dataclass(frozen=True)
class Tick:
    """One evaluation of the sensor.

    Attributes:
        log: gets the traceback of an unforeseen error.
        github: the API.
        tables: of the warehouse.
        watchlist: the repositories.
        clock: gives the time, in seconds since the epoch.
        now: when it began, likewise.
    """

    log: logging.Logger
    github: GitHubResource
    tables: Tables
    watchlist: Sequence[str]
    clock: Callable[[], float]
    now: float

    def look(self, known: ActivityStates, running: Collection[str]) -> Found:
        """Look at many repositories by their pulses, except at those that a run looks at."""
        known = forget_future(known, self.now)
        if not self.github.uses_pulse:
            return self._look_at_none(known)
        states = StateIndex(self.tables.files).read()
        free = [repo for repo in self.watchlist if repo not in running]
        chosen = choose_looks(free, states, known, self.now)
        looks = Looks()
        if chosen:
            client = self.github.client(self.log, max_wait=0)
            looks = look(client, chosen, states, self.clock, self.now + LOOK_SECONDS)
            store(StateIndex(self.tables.files), looks, states)
        polled = {r for r in self.watchlist if r not in states or states[r].pulse is None}
        polled |= set(looks.unread)
        kept = remember(looks, known, self.now)
        watched = set(self.watchlist)
        kept = {r: s for r, s in kept.items() if r in watched and _is_kept(s, r in polled)}
        return Found(kept, kept, watched - polled, len(looks.unchanged), looks.refusal)

    def _look_at_none(self, known: ActivityStates) -> Found:
        """Leave all repositories to be polled."""
        watched = set(self.watchlist)
        kept = {repo: state for repo, state in known.items() if repo in watched}
        return Found(kept, kept)

    def poll(self, found: Found) -> tuple[PollResult, Found]:
        """Poll the repositories that need it one by one."""
        if found.refusal is not None:
            return PollResult({}, {}, found.refusal), found
        left = [repo for repo in self.watchlist if repo not in found.read]
        order = choose_order(self._only_stored(left), found.states, self.now)
        ids = find_ids(self.tables, order[:MOST_POLLS])
        polled = PollResult({}, {})
        if ids:
            client = self.github.client(self.log, max_wait=0)
            polled = _poll(self.log, client, ids, found.states, self.clock, self.now)
        states = {**found.states, **polled.states}
        return polled, replace(found, states=states, known=found.states)

    def _only_stored(self, repos: Sequence[str]) -> list[str]:
        """The repositories that have been refreshed before."""
        if not repos:
            return []
        stored = set(self.tables.repos(REPO_METADATA))
        return [repo for repo in repos if repo in stored]

    def find_refreshes(self, states: ActivityStates) -> dict[str, float]:
        """When each changed repository was last refreshed, in seconds since the epoch."""
        changed = {repo: s for repo, s in states.items() if s.changed_at is not None}
        known = self.tables.states if changed else {}
        by_pulse = {r: refreshed_at(known[r]) for r in changed if r in known and known[r].pulse}
        others = {repo: s for repo, s in changed.items() if repo not in by_pulse}
        found = {r: at for r, at in by_pulse.items() if at and not is_ahead(at, self.now)}
        return {**found, **find_refreshes(self.tables, others, self.now)}


def _is_kept(state: ActivityState, is_polled: bool) -> bool:
    """Whether the cursor has to hold a state: of a quiet repository, only if it is polled."""
    return is_polled or state.changed_at is not None or state.rests_until > 0.0 or not state.newest


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
    now: float,
) -> PollResult:
    async def poll() -> PollResult:
        async with client:
            return await poll_repositories(client, ids, known, clock, now + POLL_SECONDS)

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
