"""How a step asks GitHub: how fresh is fresh, what errors mean, how far it is, what it cost."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any, TypeVar

import dagster as dg

from repo_stats.github.errors import (
    GitHubError,
    PermanentError,
    RateLimitedError,
    TransientError,
)
from repo_stats.github.pages import Freshness
from repo_stats.github.usage import Usage
from repo_stats.resources import GitHubResource, RefreshOptions
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.pages import LostPageError

MAX_RETRIES = 3
RETRY_POLICY = dg.RetryPolicy(
    max_retries=MAX_RETRIES,
    delay=5,
    backoff=dg.Backoff.EXPONENTIAL,
    jitter=dg.Jitter.PLUS_MINUS,
)
"""Of every step that talks to GitHub; the client's own quick retries come before."""

Context = dg.AssetExecutionContext | dg.OpExecutionContext

_Answer = TypeVar("_Answer")


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


@contextmanager
def plain_failures(context: Context) -> Iterator[None]:
    """Turn what may go wrong with GitHub or the warehouse into Dagster's terms.

    Raises:
        dg.Failure: one plain sentence; to be retried if that may help and was not done enough.
    """
    try:
        yield
    except (TransientError, LostPageError) as error:
        raise dg.Failure(str(error), allow_retries=may_retry(context)) from None
    except (PermanentError, RateLimitedError, WarehouseError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def may_retry(context: Context) -> bool:
    """Whether the step may be tried once more."""
    return context.retry_number < MAX_RETRIES


def ask(context: Context, questions: Coroutine[Any, Any, _Answer]) -> _Answer:
    """Run questions to GitHub to their end.

    Raises:
        dg.Failure: see `plain_failures`.
    """
    with plain_failures(context):
        return asyncio.run(questions)


def give_reasons(context: Context, errors: Mapping[str, GitHubError]) -> dict[str, str]:
    """Why repositories cannot be refreshed in this run, in a sentence each.

    Args:
        context: of the step.
        errors: what happened, by repository.

    Raises:
        dg.Failure: the step is worth being retried for one of them.
    """
    passing = [error for error in errors.values() if isinstance(error, TransientError)]
    if passing and may_retry(context):
        raise dg.Failure(str(passing[0]))
    return {repo: str(error) for repo, error in errors.items()}


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
