"""Repositories that a run cannot refresh: what is stored of them stays, the others go on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import dagster as dg

from repo_stats.defs.steps.checks import REFRESHED, check_repositories
from repo_stats.warehouse.stale import RefreshFailures


class StaleRepositories:
    """The repositories of a run that cannot be refreshed, those of its earlier steps among them.

    Args:
        context: of the step.
        problems: where the warehouse keeps them.
    """

    def __init__(self, context: dg.AssetExecutionContext, problems: RefreshFailures) -> None:
        self._context = context
        self._problems = problems
        self._known = problems.of_run(context.partition_keys, context.run.run_id)

    @property
    def sound(self) -> list[str]:
        """The repositories of the run that are in no trouble."""
        return [repo for repo in self._context.partition_keys if repo not in self._known]

    def record(self, reasons: Mapping[str, str]) -> None:
        """Record why repositories cannot be refreshed.

        Raises:
            dg.Failure: none of the run can.
        """
        now, run_id = datetime.now(timezone.utc), self._context.run.run_id
        for repo, reason in reasons.items():
            self._known[repo] = self._problems.record(repo, reason, run_id, now)
            self._context.log.warning(f"{repo} is left as it was: {reason}")
        if reasons and not self.sound:
            sentences = dict.fromkeys(problem.reason for problem in self._known.values())
            raise dg.Failure("\n".join(sentences), allow_retries=False)

    def clear(self, repos: Iterable[str]) -> None:
        """Forget the problems of repositories that are refreshed."""
        for repo in repos:
            self._problems.clear(repo)

    def facts(self) -> dict[str, dict[str, Any]]:
        """What the UI shows of each repository in trouble: why it is stale, and since when."""
        return {
            repo: {
                "stale": problem.reason,
                "stale_since": dg.MetadataValue.timestamp(problem.since.timestamp()),
            }
            for repo, problem in self._known.items()
        }

    def check(self, table: str) -> dg.AssetCheckResult:
        """The result of `refreshed_check`."""
        return check_repositories(
            table, REFRESHED, {r: problem.reason for r, problem in self._known.items()}
        )


def healthy_repos(
    context: dg.AssetExecutionContext, problems: RefreshFailures, held: Sequence[str]
) -> list[str]:
    """The repositories that an input holds and that are in no trouble in this run."""
    troubled = problems.of_run(held, context.run.run_id)
    return [repo for repo in held if repo not in troubled]
