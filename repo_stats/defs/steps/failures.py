"""How a step asks GitHub: how fresh is fresh, what errors mean, how far it is, what it cost."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import dagster as dg

from repo_stats.github.errors import GitHubError, PermanentError, RateLimitedError, TransientError
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


def fail_on(errors: Mapping[str, str]) -> None:
    """End a step that went as far as it could, if something went wrong on its way.

    Raises:
        dg.Failure: with the errors, a sentence each.
    """
    if errors:
        raise dg.Failure("\n".join(errors.values()), allow_retries=False)
