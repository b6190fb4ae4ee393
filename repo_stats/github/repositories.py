"""Reads GitHub's object of each repository, always unconditionally.

A conditional request would not help: the object's ETag does not cover its counters.
"""

from collections.abc import Callable, Mapping

from repo_stats.github.client import GitHubClient
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import (
    AccessError,
    GitHubError,
    PermanentError,
    TakenOverError,
    TransientError,
)
from repo_stats.github.parsing import RepoMetadataRow, parse_repository


def repository_url(api_url: str, repo: str) -> str:
    """The API's address of a repository."""
    return f"{api_url}/repos/{repo}"


async def read_repositories(
    client: GitHubClient,
    known_ids: Mapping[str, int | None],
    on_row: Callable[[RepoMetadataRow], None] = lambda row: None,
) -> tuple[list[RepoMetadataRow], dict[str, GitHubError]]:
    """Read one row of `repo_metadata` for each repository, in order.

    Args:
        client: the API.
        known_ids: the repositories, `owner/name` each, and the number that GitHub must give each;
            None if its number is not known yet.
        on_row: called with each row when it has been read.

    Returns:
        The rows, and the errors of the repositories that cannot be read.

    Raises:
        RateLimitedError: a rate limit lasts longer than the client may wait.
        AccessError: GitHub accepts no token, or cannot be reached.
    """

    async def read(repo: str) -> RepoMetadataRow:
        url = repository_url(client.api_url, repo)
        response = await client.get(url, repo=repo, shape=dict)
        row: RepoMetadataRow = {
            **parse_repository(response.body, repo),
            "repo": repo,
            "url": url,
            "etag": response.etag,
            "validated_at": response.asked_at,
        }
        known_id = known_ids[repo]
        if known_id not in (None, row["repo_id"]):
            raise TakenOverError(await _describe_takeover(client, repo, row, known_id))
        on_row(row)
        return row

    return await run_bounded(client.in_flight, list(known_ids), read, lambda repo: repo)


async def _describe_takeover(
    client: GitHubClient, repo: str, row: RepoMetadataRow, known_id: int | None
) -> str:
    """Describe what happened to the known repository, whose name belongs to another one now."""
    try:
        url = f"{client.api_url}/repositories/{known_id}"
        response = await client.get(url, repo=repo, shape=dict)
        whereabouts = f"is called {parse_repository(response.body, repo)['full_name']} now"
    except AccessError:
        raise
    except (PermanentError, TransientError):
        whereabouts = "cannot be found"
    return (
        f"The name {repo} belongs to another repository now (number {row['repo_id']}); the one "
        f"watched so far (number {known_id}) {whereabouts}. Change the name in the watchlist, or "
        f"refresh {repo} with force to watch the new repository instead."
    )
