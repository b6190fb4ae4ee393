"""The sensor `repo_activity`: refreshes repositories in which something happened."""

import asyncio
import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import astuple, replace
from datetime import datetime
from typing import Any

import dagster as dg

from repo_stats.github.activity import Sighting, look_at
from repo_stats.github.errors import CredentialsError, GitHubError, RateLimitedError
from repo_stats.jobs import name_repositories
from repo_stats.resources import GitHubResource, WarehouseResource
from repo_stats.run_requests import request_refreshes
from repo_stats.running import find_running_repos
from repo_stats.settings import load_credentials
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA
from repo_stats.warehouse.tables import Tables

MOST_LOOKS = 100
"""Repositories that a tick looks at: though free of charge, looks count towards GitHub's 900
requests a minute, which refreshes need. The others are first at the next tick."""

LOOK_SECONDS = 30
"""How long a tick goes on to look at further repositories: Dagster ends it after 60."""

Sightings = Mapping[str, Sighting]


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
            "something did."
        ),
    )
    def repo_activity(
        context: dg.SensorEvaluationContext, github: GitHubResource, warehouse: WarehouseResource
    ) -> dg.SensorResult | dg.SkipReason:
        if not load_credentials().names:
            return dg.SkipReason(
                "Without a token GitHub charges every look: set GITHUB_TOKEN to have changes "
                "noticed. The hourly schedule refreshes all the same."
            )
        now = clock()
        known = read_cursor(context.cursor)
        try:
            ids = _find_ids(warehouse.tables, watchlist)
            order = sorted(ids, key=lambda repo: known[repo].looked_at if repo in known else 0.0)
            client = github.client(context.log, max_wait=0)
            until = now + LOOK_SECONDS

            async def look() -> tuple[dict[str, Sighting], dict[str, GitHubError]]:
                async with client:
                    repos = {repo: ids[repo] for repo in order[:MOST_LOOKS]}
                    return await look_at(client, repos, known, clock, until)

            seen, errors = asyncio.run(look())
            refreshed = _find_refreshes(warehouse.tables, ids)
        except (RateLimitedError, CredentialsError, WarehouseError) as error:
            return dg.SkipReason(str(error))
        settled = settle({**known, **seen}, known, refreshed)
        running = find_running_repos(context.instance, watchlist)
        due = choose_due(settled, refreshed, running, now, min_refresh)
        requests = request_refreshes(due, watchlist, "activity", f"activity {int(now)}")
        after = {
            r: replace(s, changed_at=None, requested_at=now) if r in due else s
            for r, s in settled.items()
            if r in ids
        }
        return dg.SensorResult(
            run_requests=requests,
            skip_reason=None if requests else _say(ids, after, errors),
            cursor=write_cursor(after),
        )

    return repo_activity


def settle(seen: Sightings, known: Sightings, refreshed: Mapping[str, float]) -> Sightings:
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
        settled[repo] = replace(sighting, changed_at=sighting.changed_at if is_news else None)
    return settled


def choose_due(
    sightings: Sightings,
    refreshed: Mapping[str, float],
    running: Collection[str],
    now: float,
    min_refresh: int,
) -> list[str]:
    """The repositories to refresh: those that changed, no sooner than they may be again."""
    return [
        repo
        for repo, sighting in sightings.items()
        if sighting.changed_at is not None
        and repo not in running
        and now - max(sighting.requested_at, refreshed.get(repo, 0.0)) >= min_refresh
    ]


def read_cursor(cursor: str | None) -> Sightings:
    """What a cursor tells was seen; nothing if it is damaged or of another version."""
    try:
        return {repo: Sighting(*values) for repo, values in json.loads(cursor or "{}").items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def write_cursor(sightings: Sightings) -> str:
    """A cursor that keeps what was seen: a short list for each repository."""
    lists = {repo: astuple(sighting) for repo, sighting in sightings.items()}
    return json.dumps(lists, separators=(",", ":"))


def _updated_at(sighting: Sighting) -> float | None:
    """When the newest item was updated, in seconds since the epoch; None if there is none."""
    stamp = sighting.newest.rpartition(" ")[2]
    try:
        return datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return None


def _find_ids(tables: Tables, watchlist: Sequence[str]) -> dict[str, int]:
    """GitHub's numbers of the repositories that were refreshed before; others are new."""
    stored = {r: tables.find(REPO_METADATA, r, ["repo_id"]) for r in watchlist}
    return {r: int(f["repo_id"].item()) for r, f in stored.items() if f is not None and len(f) == 1}


def _find_refreshes(tables: Tables, repos: Collection[str]) -> dict[str, float]:
    scans = {repo: tables.find_scan(OPEN_ISSUES, repo) for repo in repos}
    return {repo: s.validated_at.timestamp() for repo, s in scans.items() if s is not None}


def _say(ids: Collection[str], after: Sightings, errors: Mapping[str, GitHubError]) -> str:
    """Why nothing is to be done."""
    if errors:
        return f"{name_repositories(list(errors))}: {next(iter(errors.values()))}"
    waiting = [repo for repo, sighting in after.items() if sighting.changed_at is not None]
    if waiting:
        return f"{name_repositories(waiting)} changed, and was refreshed or is running just now."
    return f"Nothing happened in {len(ids)} repositories."
