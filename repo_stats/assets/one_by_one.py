"""Doing something to repositories one by one: one whose files cannot be used holds up no other."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import dagster as dg

from repo_stats.warehouse.files import WarehouseError

_Result = TypeVar("_Result")


def try_each(
    repos: Iterable[str], act: Callable[[str], _Result]
) -> tuple[dict[str, _Result], list[str]]:
    """What came of each repository, and what went wrong with others, in a sentence each."""
    attempts = {repo: _attempt(act, repo) for repo in repos}
    done = {r: result for r, result in attempts.items() if not isinstance(result, WarehouseError)}
    return done, [str(error) for error in attempts.values() if isinstance(error, WarehouseError)]


def _attempt(act: Callable[[str], _Result], repo: str) -> _Result | WarehouseError:
    try:
        return act(repo)
    except WarehouseError as error:
        return error


def fail_on(errors: list[str]) -> None:
    """End a step that went as far as it could, if something went wrong on its way.

    Raises:
        dg.Failure: with the errors, a sentence each.
    """
    if errors:
        raise dg.Failure("\n".join(errors), allow_retries=False)
