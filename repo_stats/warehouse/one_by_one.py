"""Working through repositories one by one, so that an error in one does not stop the others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from repo_stats.safe_text import make_safe
from repo_stats.warehouse.files import WarehouseError

_Result = TypeVar("_Result")


def try_each(
    repos: Iterable[str],
    work: Callable[[str], _Result],
    catch: type[Exception] = WarehouseError,
) -> tuple[dict[str, _Result], dict[str, str]]:
    """Call a function for each repository, and go on if it fails.

    Args:
        repos: the repositories.
        work: the function.
        catch: the errors to go on after.

    Returns:
        The results by repository, and the messages of the errors by repository.
    """
    results: dict[str, _Result] = {}
    errors: dict[str, str] = {}
    for repo in repos:
        try:
            results[repo] = work(repo)
        except catch as error:  # noqa: PERF203 - each repository may fail on its own
            errors[repo] = make_safe(str(error)) or type(error).__name__
    return results, errors
