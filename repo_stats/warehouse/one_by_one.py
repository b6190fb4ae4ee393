"""Working through repositories one by one, so that an error in one does not stop the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from repo_stats.github.errors import (
    GitHubError,
    PermanentError,
    describe_cause,
    to_github_error,
)

_Result = TypeVar("_Result")

_LOG = logging.getLogger(__name__)


def work_on_each(
    repos: Iterable[str],
    work: Callable[[str], _Result],
    foreseen: tuple[type[Exception], ...] = (),
) -> tuple[dict[str, _Result], dict[str, GitHubError]]:
    """Call a function for each repository, and go on if it fails, whatever the error is.

    Args:
        repos: the repositories.
        work: the function.
        foreseen: errors whose messages are for people, beside those of GitHub and the warehouse.

    Returns:
        The results and the errors, by repository.
    """
    results: dict[str, _Result] = {}
    errors: dict[str, GitHubError] = {}
    for repo in repos:
        try:
            results[repo] = work(repo)
        except MemoryError:  # noqa: PERF203 - each repository may fail on its own
            raise
        except foreseen as error:
            errors[repo] = PermanentError(str(error))
        except Exception as error:  # noqa: BLE001 - one repository must not stop the others
            errors[repo] = to_github_error(error, repo)
    return results, errors


def try_each(
    repos: Iterable[str],
    work: Callable[[str], _Result],
    log: logging.Logger = _LOG,
    foreseen: tuple[type[Exception], ...] = (),
) -> tuple[dict[str, _Result], dict[str, str]]:
    """The same as `work_on_each`, with the messages of the errors instead of the errors.

    Args:
        repos: the repositories.
        work: the function.
        log: gets the traceback of an unforeseen error, at the level of debugging.
        foreseen: errors whose messages are for people, beside those of GitHub and the warehouse.
    """
    results, errors = work_on_each(repos, work, foreseen)
    for cause in filter(None, map(describe_cause, errors.values())):
        log.debug(cause)
    return results, {repo: str(error) for repo, error in errors.items()}
