"""Reading the files of many repositories, several at once; one that is damaged is left out.

On object storage most of the time is waiting. On a disk most of it is Arrow's work, which lets
other threads go on.
"""

import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.tables import Tables

_Result = TypeVar("_Result")

_LOG = logging.getLogger(__name__)

_AT_ONCE = 8
"""How many files are read at the same time."""


def read_each(
    tables: Tables,
    repos: Iterable[str],
    read: Callable[[str], _Result],
    log: logging.Logger = _LOG,
) -> tuple[dict[str, _Result], dict[str, str]]:
    """Call a function that reads a file for each repository, as `try_each` does.

    Args:
        tables: what the function reads.
        repos: the repositories.
        read: the function; it is called by several threads.
        log: see `try_each`.

    Returns:
        The results and the messages of the errors, by repository, in the order given.
    """
    repos = list(repos)
    if len(repos) <= 1:
        return try_each(repos, read, log)
    tables.states  # noqa: B018 - loaded once, not by each thread
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="read")
    try:
        futures: dict[str, Future[_Result]] = {repo: pool.submit(read, repo) for repo in repos}
        return try_each(repos, lambda repo: futures[repo].result(), log)
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C, the others are not read
