"""What a step does when something fails: retry, leave a repository out, or fail in plain words."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import dagster as dg

from repo_stats.github.errors import (
    GitHubError,
    PermanentError,
    RateLimitedError,
    TransientError,
    describe_cause,
)
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.pages import LostPageError

MAX_RETRIES = 3

RETRY_POLICY = dg.RetryPolicy(
    max_retries=MAX_RETRIES,
    delay=5,
    backoff=dg.Backoff.EXPONENTIAL,
    jitter=dg.Jitter.PLUS_MINUS,
)
"""Of every step. In a step that sends requests, the client's own quick retries come first."""

Context = dg.AssetExecutionContext | dg.OpExecutionContext

_Read = TypeVar("_Read")


@contextmanager
def plain_failures(context: Context) -> Iterator[None]:
    """Turn an error of GitHub or the warehouse into a failure of the step.

    Raises:
        dg.Failure: one plain sentence. Dagster retries the step if that may help, at most
            `MAX_RETRIES` times.
    """
    try:
        yield
    except (TransientError, LostPageError) as error:
        raise dg.Failure(str(error), allow_retries=may_retry(context)) from None
    except (PermanentError, RateLimitedError, WarehouseError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def may_retry(context: Context) -> bool:
    """Whether Dagster may retry the step once more."""
    return context.retry_number < MAX_RETRIES


def is_repeated(context: Context) -> bool:
    """Whether the step was tried before, in this run or in the one that this run re-executes.

    Other runs may have changed the warehouse since the steps before it have ended.
    """
    return context.retry_number > 0 or context.run.parent_run_id is not None


def ask(context: Context, requests: Coroutine[Any, Any, _Read]) -> _Read:
    """Send requests to GitHub, and wait for the result.

    Raises:
        dg.Failure: see `plain_failures`.
    """
    with plain_failures(context):
        return asyncio.run(requests)


def give_reasons(context: Context, errors: Mapping[str, GitHubError]) -> dict[str, str]:
    """Why repositories cannot be refreshed in this run, in a sentence each.

    What was not foreseen is logged with its traceback, at the level of debugging.

    Args:
        context: of the step.
        errors: what happened, by repository.

    Raises:
        dg.Failure: one of the errors may pass, so Dagster should retry the step.
    """
    for cause in filter(None, map(describe_cause, errors.values())):
        context.log.debug(cause)
    passing = [error for error in errors.values() if isinstance(error, TransientError)]
    if passing and may_retry(context):
        raise dg.Failure(str(passing[0]))
    return {repo: str(error) for repo, error in errors.items()}


def fail_on(errors: Mapping[str, str]) -> None:
    """Fail a step that did all that it could, if there were errors.

    Args:
        errors: the messages, by repository.

    Raises:
        dg.Failure: the errors, a sentence each.
    """
    if errors:
        raise dg.Failure("\n".join(errors.values()), allow_retries=False)
