"""The sensor `repo_activity`: refreshes repositories in which something happened."""

import asyncio
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, replace
from numbers import Real
from typing import Any

import dagster as dg

from repo_stats.defs.jobs import name_repositories
from repo_stats.defs.refresh_runs import find_running_repos, request_refreshes, wait_after
from repo_stats.defs.resources import GitHubResource, WarehouseResource
from repo_stats.github.activity import ActivityState, PollResult, poll_repositories
from repo_stats.github.errors import GitHubError
from repo_stats.github.parsing import parse_time
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA
from repo_stats.warehouse.tables import Tables

MOST_LOOKS = 100
"""Repositories that a tick looks at: though free of charge, looks count towards GitHub's 900
requests a minute, which refreshes need. The others are first at the next tick."""


LOOK_SECONDS = 30
"""How long a tick goes on to look at further repositories: Dagster ends it after 60."""


ActivityStates = Mapping[str, ActivityState]


def build_repo_activity(
    watchlist: Sequence[str],
    jobs: Sequence[Any],
    min_refresh: int,
    clock: Callable[[], float] = time.time,
) -> dg.SensorDefinition:
    """The sensor.

    Args:
        jobs: those that it may run.
        watchlist: the repositories.
        min_refresh: the least seconds between two refreshes of a repository.
        clock: tells the time, in seconds since the epoch.
    """

    @dg.sensor(
        name="repo_activity",
        jobs=jobs,
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Asks GitHub every minute for the newest issue or pull request of each repository, "
            "which is free with a token if nothing happened, and refreshes those in which "
            "something did. Without a token it does nothing, since each look would be charged."
        ),
    )
    def repo_activity(
        context: dg.SensorEvaluationContext, github: GitHubResource, warehouse: WarehouseResource
    ) -> dg.SensorResult | dg.SkipReason:
        if not github.is_authorized:
            return dg.SkipReason(
                "Without a token GitHub charges every look: set GITHUB_TOKEN to have changes "
                "noticed. The hourly schedule refreshes all the same."
            )
        now = clock()
        known = read_cursor(context.cursor)
        try:
            ids = _find_ids(warehouse.tables, watchlist)
            order = choose_order(ids, known, now)[:MOST_LOOKS]
            survey = _look(github, context, {repo: ids[repo] for repo in order}, known, clock)
            seen = {repo: s for repo, s in {**known, **survey.states}.items() if repo in ids}
            changed = [repo for repo, s in seen.items() if s.changed_at is not None]
            refreshed = _find_refreshes(warehouse.tables, changed)
        except WarehouseError as error:
            return dg.SkipReason(str(error))
        settled = settle(seen, known, refreshed)
        if survey.refusal is not None:
            return dg.SensorResult(skip_reason=str(survey.refusal), cursor=write_cursor(settled))
        running = find_running_repos(context.instance, watchlist)
        due = choose_due(settled, refreshed, running, now, min_refresh)
        requests = request_refreshes(due, watchlist, "activity", f"activity {int(now)}")
        after = {**settled, **{repo: _requested(settled[repo], now) for repo in due}}
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else _say(after, survey.errors, now),
            cursor=write_cursor(after),
        )

    return repo_activity


def choose_order(repos: Collection[str], known: ActivityStates, now: float) -> list[str]:
    """The repositories to look at: those that wait longest first, without those at rest."""
    fresh = [repo for repo in repos if repo not in known]
    waiting = [repo for repo in repos if repo in known and known[repo].rests_until <= now]
    return [*fresh, *sorted(waiting, key=lambda repo: known[repo].polled_at)]


def _look(
    github: GitHubResource,
    context: dg.SensorEvaluationContext,
    repos: Mapping[str, int],
    known: ActivityStates,
    clock: Callable[[], float],
) -> PollResult:
    async def look() -> PollResult:
        async with github.client(context.log, max_wait=0) as client:
            return await poll_repositories(client, repos, known, clock, clock() + LOOK_SECONDS)

    return asyncio.run(look())


def _requested(sighting: ActivityState, now: float) -> ActivityState:
    """A sighting whose refresh is asked for now; its change stands until a refresh has it."""
    return replace(sighting, requested_at=now, requests=sighting.requests + 1)


def settle(
    seen: ActivityStates, known: ActivityStates, refreshed: Mapping[str, float]
) -> ActivityStates:
    """What was seen, without changes that a refresh has brought in since.

    Of a repository that is seen for the first time only what is newer than its last refresh counts.

    Args:
        seen: what was seen, by repository.
        known: what had been seen before.
        refreshed: when each repository was last read, in seconds since the epoch.
    """
    settled = {}
    for repo, sighting in seen.items():
        read_at = refreshed.get(repo, 0.0)
        changed_at = sighting.changed_at if repo in known else _updated_at(sighting)
        is_news = changed_at is not None and changed_at >= read_at
        settled[repo] = replace(
            sighting,
            changed_at=sighting.changed_at if is_news else None,
            requests=sighting.requests if is_news and sighting.requested_at > read_at else 0,
        )
    return settled


def choose_due(
    sightings: ActivityStates,
    refreshed: Mapping[str, float],
    running: Collection[str],
    now: float,
    min_refresh: int,
) -> list[str]:
    """The repositories to refresh: those that changed, no sooner than they may be again."""
    due = []
    for repo, sighting in sightings.items():
        since = now - max(sighting.requested_at, refreshed.get(repo, 0.0))
        wait = max(min_refresh, wait_after(sighting.requests))
        if sighting.changed_at is not None and repo not in running and since >= wait:
            due.append(repo)
    return due


def read_cursor(cursor: str | None) -> ActivityStates:
    """What a cursor tells was seen; nothing if it is damaged or of another version."""
    try:
        return {repo: _parse(values) for repo, values in json.loads(cursor or "{}").items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def _parse(values: Sequence[Any]) -> ActivityState:
    kinds: tuple[Any, ...] = (str, str | None, str | None, Real, Real | None, Real, int, Real)
    if [isinstance(v, kind) for v, kind in zip(values, kinds, strict=True)] != [True] * len(kinds):
        raise ValueError("not what was seen of a repository")
    return ActivityState(*values)


def write_cursor(sightings: ActivityStates) -> str:
    """A cursor that keeps what was seen: a short list for each repository."""
    lists = {repo: astuple(sighting) for repo, sighting in sightings.items()}
    return json.dumps(lists, separators=(",", ":"))


def _updated_at(sighting: ActivityState) -> float | None:
    """When the newest item was updated, in seconds since the epoch; None if there is none."""
    stamp = sighting.newest.rpartition(" ")[2]
    try:
        return parse_time(stamp).timestamp()
    except ValueError:
        return None


def _find_ids(tables: Tables, watchlist: Sequence[str]) -> dict[str, int]:
    """GitHub's numbers of the repositories that were refreshed before; others are new."""
    stored = {r: tables.find(REPO_METADATA, r, ["repo_id"]) for r in watchlist}
    return {r: int(f["repo_id"].item()) for r, f in stored.items() if f is not None and len(f) == 1}


def _find_refreshes(tables: Tables, repos: Collection[str]) -> dict[str, float]:
    scans = {repo: tables.find_scan(OPEN_ISSUES, repo) for repo in repos}
    return {repo: s.validated_at.timestamp() for repo, s in scans.items() if s is not None}


def _say(after: ActivityStates, errors: Mapping[str, GitHubError], now: float) -> str:
    """Why nothing is to be done."""
    if errors:
        return f"{name_repositories(list(errors))}: {next(iter(errors.values()))}"
    waiting = [repo for repo, sighting in after.items() if sighting.changed_at is not None]
    if waiting:
        return f"{name_repositories(waiting)} changed, and was refreshed or is running just now."
    resting = [repo for repo, sighting in after.items() if sighting.rests_until > now]
    if resting:
        return (
            f"{name_repositories(resting)} cannot be looked at, and is asked for again within the "
            f"hour. Nothing happened in {len(after) - len(resting)} repositories."
        )
    return f"Nothing happened in {len(after)} repositories."
