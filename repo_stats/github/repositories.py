"""Reading repositories: GitHub's object of each, always fetched outright.

A conditional request would be no use: the object's ETag does not cover its counters.
"""

from collections.abc import Callable, Sequence

from repo_stats.github.client import GitHubClient
from repo_stats.github.rows import Row, parse_repository
from repo_stats.github.scan import run_bounded


def repository_url(api_url: str, repo: str) -> str:
    """The address of a repository's object."""
    return f"{api_url}/repos/{repo}"


async def read_repositories(
    client: GitHubClient,
    repos: Sequence[str],
    on_row: Callable[[Row], None] = lambda row: None,
) -> list[Row]:
    """One row for each repository, in order, as columns of `repo_metadata`.

    Args:
        client: the API.
        repos: the repositories, `owner/name` each.
        on_row: told of each row as it is there.

    Raises:
        GitHubError: one of them cannot be had.
    """

    async def read(repo: str) -> Row:
        url = repository_url(client.api_url, repo)
        answer = await client.get(url, repo=repo, shape=dict)
        row = {
            **parse_repository(answer.body, repo),
            "repo": repo,
            "url": url,
            "etag": answer.etag,
            "validated_at": answer.asked_at,
        }
        on_row(row)
        return row

    return await run_bounded(client.in_flight, repos, read)
