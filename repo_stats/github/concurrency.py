"""Runs many requests at once; a failure stops only the work on the same repository.

That holds for any exception, also for one that nobody has thought of: a response that breaks some
code breaks it for one repository only.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from repo_stats.github.errors import (
    AccessError,
    GitHubError,
    RateLimitedError,
    TransientError,
    to_github_error,
)

_Item = TypeVar("_Item")

_Result = TypeVar("_Result")


async def run_bounded(
    width: int,
    items: Iterable[_Item],
    work: Callable[[_Item], Awaitable[_Result]],
    group: Callable[[_Item], str],
) -> tuple[list[_Result], dict[str, GitHubError]]:
    """Await `work` on each item, `width` items at once, started in order.

    `group` names the group of an item, such as its repository. After an error that a retry cannot
    fix, the remaining items of its group are skipped. After a transient error they are not, so that
    a retry has less to do. An exception that is no `GitHubError` becomes one of the group.

    Returns:
        The results in the order of the items, and one error for each group that has any: the last
        one that is not transient, otherwise the first one.

    Raises:
        RateLimitedError: no more requests may be sent for a long time.
        AccessError: GitHub accepts no token, or cannot be reached.
    """
    queue = iter(enumerate(items))
    results: dict[int, _Result] = {}
    errors: dict[str, GitHubError] = {}
    fatal: list[GitHubError] = []

    async def work_through_queue() -> None:
        for index, item in queue:
            name = group(item)
            if fatal or _is_final(errors.get(name)):
                continue
            try:
                results[index] = await work(item)
            except (RateLimitedError, AccessError) as error:
                fatal.append(error)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - one repository must not stop the others
                found = to_github_error(error, name)
                if name not in errors or _is_final(found):
                    errors[name] = found

    await asyncio.gather(*(work_through_queue() for _ in range(width)))
    for error in fatal:
        raise error
    return [results[index] for index in sorted(results)], errors


def _is_final(error: GitHubError | None) -> bool:
    return error is not None and not isinstance(error, TransientError)
