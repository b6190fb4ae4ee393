"""Reads the repositories of a run: many in a query where GraphQL answers, the others one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import dagster as dg

from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.failures import ask
from repo_stats.defs.steps.github_requests import Progress
from repo_stats.defs.steps.repository_states import Before, needs_full, row_of_reading, to_ask
from repo_stats.github.errors import GitHubError
from repo_stats.github.graphql.answers import Reading
from repo_stats.github.graphql.reader import PulseResult, read_pulses
from repo_stats.github.http.usage import Usage
from repo_stats.github.parsing import RepoMetadataRow
from repo_stats.github.repositories import read_repositories
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import REPO_METADATA

UNAUTHORIZED = "GraphQL needs a token, and none is set"
"""Why all repositories are read one by one without one."""


@dataclass
class RepositoryReadings:
    """What was read of the repositories of a run.

    Attributes:
        rows: the rows of `repo_metadata`, by repository.
        pulses: what GraphQL told, by repository; the other rows are from the REST API.
        errors: why others cannot be read.
        usage: what the requests to the REST API cost.
        query_usage: what the queries cost; None if none was sent.
        points: what they cost in GitHub's points.
    """

    rows: dict[str, RepoMetadataRow] = field(default_factory=dict)
    pulses: dict[str, Reading] = field(default_factory=dict)
    errors: dict[str, GitHubError] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    query_usage: Usage | None = None
    points: int = 0


def read_of_run(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    repos: Sequence[str],
    known: Mapping[str, Before],
) -> RepositoryReadings:
    """Read repositories, in order.

    A forced refresh asks the REST API: it is to find out everything anew.

    Raises:
        StepError: a rate limit lasts too long, GitHub accepts no token, or cannot be reached.
    """
    readings = RepositoryReadings()
    progress = Progress(context.log, "repositories read", len(repos))
    if repos and github.uses_pulse and not refresh.force:
        if github.is_authorized:
            _read_pulses(context, github, repos, known, readings, progress)
        else:
            _log_unread(context, dict.fromkeys(repos, UNAUTHORIZED))
    left = [repo for repo in repos if repo not in readings.rows]
    _read_one_by_one(context, github, refresh, left, known, readings, progress)
    return readings


def _read_pulses(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    repos: Sequence[str],
    known: Mapping[str, Before],
    readings: RepositoryReadings,
    progress: Progress,
) -> None:
    client, now = github.pulse_client(context.log), datetime.now(timezone.utc)
    by_kind: dict[bool, list[str]] = {False: [], True: []}
    for repo in repos:
        by_kind[needs_full(known.get(repo), now)].append(repo)

    def advance(count: int) -> None:
        for _ in range(count):
            progress.advance()

    async def read() -> list[PulseResult]:
        async with client:
            return [
                await read_pulses(
                    client,
                    [to_ask(repo, known.get(repo)) for repo in of_kind],
                    full=full,
                    readers=max(1, github.runs_at_once),
                    on_answer=advance,
                )
                for full, of_kind in by_kind.items()
            ]

    for result in ask(context, read()):
        readings.points += result.points
        for repo, reading in result.readings.items():
            readings.pulses[repo] = reading
            row = row_of_reading(repo, reading, known.get(repo), github.api_url)
            readings.rows[repo] = row
        _log_unread(context, result.unread)
    readings.query_usage = client.usage


def _log_unread(context: dg.AssetExecutionContext, unread: Mapping[str, str]) -> None:
    """Log one line for each reason why repositories are read one by one."""
    by_reason: dict[str, list[str]] = {}
    for repo, reason in unread.items():
        by_reason.setdefault(reason, []).append(repo)
    for reason, repos in by_reason.items():
        named = repos[0] if len(repos) == 1 else f"{repos[0]} and {len(repos) - 1} more"
        context.log.info(f"Read one by one, not by a query: {named} ({reason})")


def _read_one_by_one(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    repos: Sequence[str],
    known: Mapping[str, Before],
    readings: RepositoryReadings,
    progress: Progress,
) -> None:
    client = github.client(context.log, repos=context.partition_keys)
    ids = {
        repo: known[repo].repo_id if repo in known and not refresh.force else None for repo in repos
    }

    def check(row: RepoMetadataRow) -> None:
        to_frame(REPO_METADATA, [row])  # a row that cannot be stored fails alone, not with others
        progress.advance()

    async def read() -> tuple[list[RepoMetadataRow], dict[str, GitHubError]]:
        async with client:
            return await read_repositories(client, ids, check)

    if repos:
        rows, readings.errors = ask(context, read())
        readings.rows |= {row["repo"]: row for row in rows}
    readings.usage = client.usage


def query_metadata(readings: RepositoryReadings) -> dict[str, Any]:
    """What the queries of a run cost, in numbers that Dagster plots; empty if none was sent."""
    usage = readings.query_usage
    if usage is None:
        return {}
    metadata: dict[str, Any] = {
        "run_queries": usage.requests,
        "run_points": readings.points,
        "run_repositories_by_query": len(readings.pulses),
    }
    if usage.quota is not None:
        metadata["remaining_points"] = usage.quota.remaining
        metadata["points_limit"] = usage.quota.limit
        metadata["points_reset"] = dg.MetadataValue.timestamp(usage.quota.resets_at.timestamp())
    return metadata
