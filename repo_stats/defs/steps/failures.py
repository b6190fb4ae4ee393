"""What a step does when something fails: retry, leave a repository out, or fail in plain words."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import dagster as dg

from repo_stats.defs.failing import StepError, may_retry, retry_or_fail
from repo_stats.github.errors import (
    GitHubError,
    PermanentError,
    RateLimitedError,
    TransientError,
    describe_cause,
)
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.pages import LostPageError

Context = dg.AssetExecutionContext | dg.OpExecutionContext

_Read = TypeVar("_Read")


@contextmanager
def plain_failures(context: Context) -> Iterator[None]:
    """Turn an error of GitHub or the warehouse into a failure of the step.

    Raises:
        StepError: one plain sentence.
        PassingStepError: another one, and Dagster should retry the step.
    """
    try:
        yield
    except (TransientError, LostPageError) as error:
        retry_or_fail(str(error), context.retry_number)
    except (PermanentError, RateLimitedError, WarehouseError) as error:
        raise StepError(str(error)) from None


def is_repeated(context: Context) -> bool:
    """Whether the step was tried before, in this run or in the one that this run re-executes.

    Other runs may have changed the warehouse since the steps before it have ended.
    """
    return context.retry_number > 0 or context.run.parent_run_id is not None


def ask(context: Context, requests: Coroutine[Any, Any, _Read]) -> _Read:
    """Send requests to GitHub, and wait for the result.

    Raises:
        StepError, PassingStepError: see `plain_failures`.
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
        PassingStepError: one of the errors may pass, so Dagster should retry the step.
    """
    for cause in filter(None, map(describe_cause, errors.values())):
        context.log.debug(cause)
    passing = [error for error in errors.values() if isinstance(error, TransientError)]
    if passing and may_retry(context.retry_number):
        retry_or_fail(str(passing[0]), context.retry_number)
    return {repo: str(error) for repo, error in errors.items()}


def fail_on(errors: Mapping[str, str]) -> None:
    """Fail a step that did all that it could, if there were errors.

    Args:
        errors: the messages, by repository.

    Raises:
        StepError: the errors, a sentence each.
    """
    if errors:
        raise StepError("\n".join(errors.values()))
