"""Working through repositories one by one, so that an error in one does not stop the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from repo_stats.github.errors import describe_cause, to_github_error

_Result = TypeVar("_Result")

_LOG = logging.getLogger(__name__)


def try_each(
    repos: Iterable[str],
    work: Callable[[str], _Result],
    log: logging.Logger = _LOG,
    foreseen: tuple[type[Exception], ...] = (),
) -> tuple[dict[str, _Result], dict[str, str]]:
    """Call a function for each repository, and go on if it fails, whatever the error is.

    Args:
        repos: the repositories.
        work: the function.
        log: gets the traceback of an unforeseen error, at the level of debugging.
        foreseen: errors whose messages are for people, beside those of GitHub and the warehouse.

    Returns:
        The results by repository, and the messages of the errors by repository.
    """
    results: dict[str, _Result] = {}
    errors: dict[str, str] = {}
    for repo in repos:
        try:
            results[repo] = work(repo)
        except MemoryError:  # noqa: PERF203 - each repository may fail on its own
            raise
        except foreseen as error:
            errors[repo] = str(error)
        except Exception as error:  # noqa: BLE001 - one repository must not stop the others
            known = to_github_error(error, repo)
            errors[repo] = str(known)
            if cause := describe_cause(known):
                log.debug(cause)
    return results, errors
