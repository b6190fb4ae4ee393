"""Whether the items on a page are those of the repository that was asked for.

A proxy may give the response to another request. What an item says of its repository is an address,
with its number or with its name. A number is certain. A name is not, because a repository can be
renamed at any time; then GitHub is asked for its present name.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import TransientError
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.parsing import parse_repository

_BY_NAME = re.compile(r".*/repos/([^/]+/[^/]+)(?:/issues/\d+)?")

_BY_NUMBER = re.compile(r".*/repositories/(\d+)(?:/issues/\d+)?")


async def require_own_items(
    client: GitHubClient, issue_list: IssueList, items: Iterable[Mapping[str, Any]]
) -> None:
    """Check that the items on a page belong to the repository of a list.

    Args:
        client: the API, which is asked only if the items have a name that is not known.
        issue_list: the list.
        items: the objects on the page.

    Raises:
        TransientError: an item belongs to another repository.
        GitHubError: GitHub could not be asked.
    """
    numbers, names = _read_origins(items)
    names -= {issue_list.repo.lower(), issue_list.full_name.lower()}
    if numbers - {str(issue_list.repo_id)} or len(names) > 1:
        raise _foreign(issue_list)
    if names:
        url = f"{issue_list.api_url}/repositories/{issue_list.repo_id}"
        response = await client.get(url, repo=issue_list.repo, shape=dict)
        repository = parse_repository(response.body, issue_list.repo)
        if names != {repository["full_name"].lower()}:
            raise _foreign(issue_list)


def _read_origins(items: Iterable[Mapping[str, Any]]) -> tuple[set[str], set[str]]:
    """The numbers and the names, in lower case, of the repositories that items are from."""
    numbers: set[str] = set()
    names: set[str] = set()
    for item in items:
        for address in (item.get("repository_url"), item.get("url")):
            if not isinstance(address, str):
                continue
            if match := _BY_NUMBER.fullmatch(address):
                numbers.add(match[1])
            elif match := _BY_NAME.fullmatch(address):
                names.add(match[1].lower())
    return numbers, names


def _foreign(issue_list: IssueList) -> TransientError:
    return TransientError(
        f"A page of {issue_list.repo}'s issues holds items of another repository; try again later."
    )
