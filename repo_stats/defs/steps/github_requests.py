"""What a step needs to ask GitHub: freshness, progress, the lists to read, and what it cost."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timezone
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.failures import Context
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.requests import IssueList


def freshness_of_run(
    context: Context, github: GitHubResource, refresh: RefreshOptions
) -> Freshness:
    """The run's freshness, counted from its start: the same in all its steps and retries."""
    record = context.instance.get_run_record_by_id(context.run.run_id)
    start = record.start_time if record else None
    started_at = (
        datetime.now(timezone.utc) if start is None else datetime.fromtimestamp(start, timezone.utc)
    )
    max_age = 0 if refresh.revalidate else github.max_age
    return Freshness.of_run(started_at, max_age, force=refresh.force)


class Progress:
    """Says in the log how far a step has come, every few seconds, so that nobody waits blindly.

    Args:
        log: the step's log.
        what: what is being done, in the plural.
        planned: how many there are to do, as far as is known before.
        clock: tells seconds.
    """

    INTERVAL = 5.0

    def __init__(
        self,
        log: dg.DagsterLogManager,
        what: str,
        planned: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._what = what
        self._of = "" if planned is None else f" of {planned}"
        self._clock = clock
        self._done = 0
        self._said_at = clock()

    def advance(self, _: object = None) -> None:
        """Count one more as done."""
        self._done += 1
        now = self._clock()
        if now - self._said_at >= self.INTERVAL:
            self._said_at = now
            self._log.info(f"{self._done}{self._of} {self._what}")


def usage_metadata(usage: Usage) -> dict[str, Any]:
    """What a run's requests for an asset cost, in numbers that plot.

    The remaining quota is there only where GitHub tells it.
    """
    metadata: dict[str, Any] = {
        "run_requests": usage.requests,
        "run_charged": usage.charged,
        "run_waited_seconds": usage.waited,
        "run_paced_seconds": usage.paced,
        "run_statuses": usage.status_counts,
    }
    if usage.quota is not None:
        metadata["remaining_quota"] = usage.quota.remaining
        metadata["quota_limit"] = usage.quota.limit
        metadata["quota_resets"] = dg.MetadataValue.timestamp(usage.quota.resets_at.timestamp())
    return metadata


def count_outcomes(results: Iterable[PageResult]) -> str:
    """How many pages came to be up to date in which way, for the log."""
    counts = Counter(result.outcome for result in results)
    parts = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    return f"{counts.total()} pages, {parts}"


def list_sources(
    github: GitHubResource, metadata: pd.DataFrame, repos: Collection[str]
) -> list[IssueList]:
    """The lists of open issues of those of some repositories that `metadata` has a row of."""
    columns = metadata[["repo", "repo_id", "has_issues", "open_issues_count"]]
    return [
        IssueList(
            repo=repo,
            repo_id=int(repo_id),
            api_url=github.api_url,
            per_page=github.per_page,
            has_issues=bool(has_issues),
            counter=int(count),
        )
        for repo, repo_id, has_issues, count in columns.itertuples(index=False)
        if repo in repos
    ]


def recent_requests(metadata: pd.DataFrame) -> list[float]:
    """When the rows of `repo_metadata` were asked for, in epoch seconds: a request each.

    The steps after it count those of the last minute, so that the run as a whole keeps its pace.
    """
    return [time.timestamp() for time in metadata["validated_at"]]
