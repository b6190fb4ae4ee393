"""Reading repositories: GitHub's object of each, always fetched outright.

A conditional request would be no use: the object's ETag does not cover its counters.
"""

from collections.abc import Callable, Mapping

from repo_stats.github.client import GitHubClient
from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import GitHubError, PermanentError, TakenOverError, TransientError
from repo_stats.github.parsing import RepoMetadataRow, parse_repository


def repository_url(api_url: str, repo: str) -> str:
    """The address of a repository's object."""
    return f"{api_url}/repos/{repo}"


async def read_repositories(
    client: GitHubClient,
    known_ids: Mapping[str, int | None],
    on_row: Callable[[RepoMetadataRow], None] = lambda row: None,
) -> tuple[list[RepoMetadataRow], dict[str, GitHubError]]:
    """One row for each repository, in order, as columns of `repo_metadata`.

    Args:
        client: the API.
        known_ids: the repositories, `owner/name` each, with GitHub's number that each has to have;
            None for one that is not known yet.
        on_row: told of each row as it is there.

    Returns:
        The rows, and why those of some repositories cannot be had.

    Raises:
        RateLimitedError: a rate limit that lasts longer than may be waited.
        CredentialsError: GitHub accepts no token.
    """

    async def read(repo: str) -> RepoMetadataRow:
        url = repository_url(client.api_url, repo)
        answer = await client.get(url, repo=repo, shape=dict)
        row: RepoMetadataRow = {
            **parse_repository(answer.body, repo),
            "repo": repo,
            "url": url,
            "etag": answer.etag,
            "validated_at": answer.asked_at,
        }
        known_id = known_ids[repo]
        if known_id not in (None, row["repo_id"]):
            raise TakenOverError(await _tell_of_takeover(client, repo, row, known_id))
        on_row(row)
        return row

    return await run_bounded(client.in_flight, list(known_ids), read, lambda repo: repo)


async def _tell_of_takeover(
    client: GitHubClient, repo: str, row: RepoMetadataRow, known_id: int | None
) -> str:
    """What happened to a repository whose name another one has by now."""
    try:
        url = f"{client.api_url}/repositories/{known_id}"
        answer = await client.get(url, repo=repo, shape=dict)
        whereabouts = f"is called {parse_repository(answer.body, repo)['full_name']} now"
    except (PermanentError, TransientError):
        whereabouts = "cannot be found any more"
    return (
        f"The name {repo} belongs to another repository now (number {row['repo_id']}); the one "
        f"watched so far (number {known_id}) {whereabouts}. Change the name in the watchlist, or "
        f"refresh {repo} with force to go on with the new repository."
    )
