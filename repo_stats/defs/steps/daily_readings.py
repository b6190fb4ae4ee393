"""What steps share that ask GitHub once a day about the repositories with a mark.

A repository that cannot be read fails neither the others nor the run: a missing permission, which
GitHub repeats each day, is told once, and so is its end.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, TypeVar

import dagster as dg

from repo_stats.defs.resources import RefreshOptions
from repo_stats.defs.steps.checks import REFRESHED, check_repositories
from repo_stats.defs.steps.failures import give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import Progress, started_at
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.stale_repositories import LEFT_AS_IT_WAS
from repo_stats.github.client import GitHubClient
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError
from repo_stats.warehouse.daily_reads import DailyReads
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import REPO_METADATA, TableSchema
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables

_MOST_HASHED = 1_000
"""Rows at the end of a table that tell its versions apart: it only changes there."""

_Stored = TypeVar("_Stored")


@dataclass(frozen=True)
class NamedRepository:
    """A repository to ask about.

    Attributes:
        repo: its owner/name as it is watched.
        repo_id: GitHub's number of it.
        full_name: the owner/name that it has at GitHub.
    """

    repo: str
    repo_id: int
    full_name: str


class DailyReading:
    """What a run reads of its repositories, unless they were asked on this day.

    Args:
        context: of the step.
        reads: when they were asked.
        failures: why they could not be read.
    """

    def __init__(
        self, context: dg.AssetExecutionContext, reads: DailyReads, failures: RefreshFailures
    ) -> None:
        self._context = context
        self._reads = reads
        self._failures = failures
        self.repos = find_repos(context)

    def find_due(self, tables: Tables, refresh: RefreshOptions) -> list[NamedRepository]:
        """The repositories to ask now, as far as their first refresh has told what they are."""
        log, now = self._context.log, datetime.now(timezone.utc)
        with plain_failures(self._context):
            if refresh.force:
                due = self._reads.find_older(self.repos, started_at(self._context))
            else:
                due = self._reads.find_due(self.repos, now)
        known, unread = try_each(due, lambda repo: _name(tables, repo), log)
        for repo, reason in unread.items():
            log.warning(f"{repo} {LEFT_AS_IT_WAS}: {reason}")
        named = [repository for repository in known.values() if repository is not None]
        log.info(
            f"Repositories: {len(named)} to ask, {len(self.repos) - len(due)} asked today, "
            f"{len(due) - len(named)} without a first refresh"
        )
        return named

    def record(
        self, asked: Iterable[NamedRepository], done: Collection[str], errors: Mapping[str, Any]
    ) -> None:
        """Record which repositories were read, and why others were not.

        Args:
            asked: those that were asked.
            done: those of which everything is stored.
            errors: why others could not be read.

        Raises:
            PassingStepError: an error may pass, so Dagster should retry the step.
        """
        context, now = self._context, datetime.now(timezone.utc)
        with plain_failures(context):
            if done:
                self._reads.record(done, now)
            for repo in self._failures.find_all(done):
                self._failures.clear(repo)
            reasons = give_reasons(context, errors)
            for repo, reason in reasons.items():
                self._failures.record(repo, reason, context.run.run_id, now)
                context.log.warning(f"{repo} {LEFT_AS_IT_WAS}: {reason}")
            if reasons:
                self._reads.record([each.repo for each in asked if each.repo in reasons], now)

    def check(self, table: str) -> dg.AssetCheckResult:
        """The result of `refreshed_check`: what could not be read when it was last asked."""
        with plain_failures(self._context):
            failures = self._failures.find_all(self.repos)
        reasons = {repo: failure.reason for repo, failure in failures.items()}
        return check_repositories(table, REFRESHED, reasons)


async def read_each(
    client: GitHubClient,
    repositories: Iterable[NamedRepository],
    read: Callable[[NamedRepository], Awaitable[_Stored]],
    progress: Progress,
) -> tuple[dict[str, _Stored], dict[str, GitHubError]]:
    """Read repositories, several at once, and store what each has.

    Args:
        client: the API.
        repositories: those to ask.
        read: reads and stores a repository.
        progress: counts those that are done.

    Returns:
        What is stored of each, and why others cannot be read, by repository.

    Raises:
        GitHubError: no repository can be read now; see `run_bounded`.
    """

    async def read_one(repository: NamedRepository) -> tuple[str, _Stored]:
        stored = await read(repository)
        progress.advance()
        return repository.repo, stored

    async with client:
        done, errors = await run_bounded(
            client.in_flight, repositories, read_one, lambda repository: repository.repo
        )
    return dict(done), errors


def _name(tables: Tables, repo: str) -> NamedRepository | None:
    rows = tables.find_stored_rows(REPO_METADATA, repo, ("repo_id", "full_name"))
    if rows is None or len(rows) != 1:
        return None
    [row] = rows.to_pylist()
    return NamedRepository(repo, row["repo_id"], row["full_name"])


def describe_kept(tables: Tables, schema: TableSchema, repo: str, rows: Any) -> dict[str, Any]:
    """What the UI shows of a table that only changes at its end."""
    return {
        "dagster/uri": tables.uri(schema, repo),
        "dagster/partition_row_count": len(rows),
        "content_hash": hash_content(schema, rows.tail(_MOST_HASHED)),
    }
