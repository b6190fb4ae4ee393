"""Repositories that a run cannot refresh. They keep what is stored; the others are refreshed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import dagster as dg

from repo_stats.defs.failing import StepError
from repo_stats.defs.refresh_runs import is_automatic
from repo_stats.defs.steps.checks import REFRESHED, check_repositories
from repo_stats.defs.steps.failures import plain_failures
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.warehouse.schemas import REPO_STATISTICS, TableSchema
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables

LEFT_AS_IT_WAS = "is left as it was"
"""What the warning about a stale repository says."""


class StaleRepositories:
    """The repositories that a run cannot refresh, including those that its earlier steps found.

    Args:
        context: of the step.
        failures: the failures that the warehouse keeps.
        read: the table that a repository has a file of once it could be read.
    """

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        failures: RefreshFailures,
        read: TableSchema = REPO_STATISTICS,
    ) -> None:
        self._context = context
        self._read = read
        self._stored = failures
        self.repos = find_repos(context)
        with plain_failures(context):
            self._known = failures.find_all(self.repos)
        self._failed = {r: f for r, f in self._known.items() if f.run_id == context.run.run_id}

    @property
    def healthy(self) -> list[str]:
        """The repositories of the run that have not failed so far."""
        return [repo for repo in self.repos if repo not in self._failed]

    def record(self, reasons: Mapping[str, str]) -> None:
        """Record why repositories cannot be refreshed.

        A run that a schedule or sensor started does not fail because of repositories that could
        never be read: it is tried again and again, and an alert has told of them once.

        Raises:
            StepError: no repository of the run can be refreshed.
        """
        now, run_id = datetime.now(timezone.utc), self._context.run.run_id
        for repo, reason in reasons.items():
            self._failed[repo] = self._stored.record(repo, reason, run_id, now)
            self._context.log.warning(f"{repo} {LEFT_AS_IT_WAS}: {reason}")
        if reasons and not self.healthy and not self._is_one_more_try():
            sentences = dict.fromkeys(failed.reason for failed in self._failed.values())
            raise StepError("\n".join(sentences))

    def _is_one_more_try(self) -> bool:
        """Whether a schedule or sensor tries repositories of which nothing was ever read."""
        tables = Tables(self._stored.files)
        return is_automatic(self._context.run) and not tables.list_stored(self._read, self.repos)

    def clear(self, repos: Iterable[str]) -> None:
        """Forget the failures of repositories that are refreshed now."""
        for repo in self._known.keys() & set(repos):
            self._stored.clear(repo)

    def facts(self) -> dict[str, dict[str, Any]]:
        """What the UI shows of each stale repository: the reason, and since when."""
        return {
            repo: {
                "stale": failed.reason,
                "stale_since": dg.MetadataValue.timestamp(failed.since.timestamp()),
            }
            for repo, failed in self._failed.items()
        }

    def check(self, table: str) -> dg.AssetCheckResult:
        """The result of `refreshed_check`, also of what could not be stored."""
        with plain_failures(self._context):
            self._failed |= self._stored.of_run(self.repos, self._context.run.run_id)
        reasons = {repo: failed.reason for repo, failed in self._failed.items()}
        return check_repositories(table, REFRESHED, reasons)


def healthy_repos(
    context: dg.AssetExecutionContext, failures: RefreshFailures, held: Sequence[str]
) -> list[str]:
    """The repositories of an input that have not failed in this run so far."""
    with plain_failures(context):
        failed = failures.of_run(held, context.run.run_id)
    return [repo for repo in held if repo not in failed]
