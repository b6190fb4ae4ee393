"""Reading repositories: GitHub's object of each, always fetched outright.

A conditional request would be no use: the object's ETag does not cover its counters.
"""

from collections.abc import Sequence

from repo_stats.github.client import GitHubClient
from repo_stats.github.rows import Row, parse_repository
from repo_stats.github.scan import run_bounded


def repository_url(api_url: str, repo: str) -> str:
    """The address of a repository's object."""
    return f"{api_url}/repos/{repo}"


async def read_repositories(client: GitHubClient, repos: Sequence[str]) -> list[Row]:
    """One row for each repository, in order, as columns of `repo_metadata`.

    Raises:
        GitHubError: one of them cannot be had.
    """

    async def read(repo: str) -> Row:
        url = repository_url(client.api_url, repo)
        answer = await client.get(url, repo=repo, shape=dict)
        return {
            **parse_repository(answer.body, repo),
            "repo": repo,
            "url": url,
            "etag": answer.etag,
            "validated_at": answer.asked_at,
        }

    return await run_bounded(client.in_flight, repos, read)
