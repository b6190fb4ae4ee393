"""The queries for the pulse, and where GraphQL is served.

The fields are documented at https://docs.github.com/graphql/reference/objects#repository. A test
validates each query against GitHub's own schema.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from repo_stats.json_codec import to_json

CONNECTIONS = 4
"""How many connections the fragment opens for each repository; GitHub's points count them."""

FULL_CONNECTIONS = CONNECTIONS + 1
"""The same with the number of subscribers, which is asked for once a day."""

_FRAGMENT = """
fragment Pulse on Repository {
  id databaseId nameWithOwner description url
  stargazerCount forkCount
  isArchived isFork isPrivate hasIssuesEnabled
  primaryLanguage { name } licenseInfo { spdxId } defaultBranchRef { name }
  createdAt updatedAt pushedAt
  watchers @include(if: $full) { totalCount }
  openIssues: issues(states: OPEN) { totalCount }
  openPullRequests: pullRequests(states: OPEN) { totalCount }
  newestIssue: issues(first: 2, orderBy: {field: UPDATED_AT, direction: DESC}) {
    totalCount nodes { number updatedAt state }
  }
  newestPullRequest: pullRequests(first: 2, orderBy: {field: UPDATED_AT, direction: DESC}) {
    totalCount nodes { number updatedAt state }
  }
}
"""

_LIMIT = "rateLimit { limit cost remaining used resetAt }"

_BY_ID = f"""
query Pulse($ids: [ID!]!, $full: Boolean!) {{
  nodes(ids: $ids) {{ ...Pulse }}
  {_LIMIT}
}}
{_FRAGMENT}"""


def graphql_url(api_url: str) -> str:
    """The address of GraphQL: `/graphql`, or `/api/graphql` on Enterprise Server.

    Args:
        api_url: base URL of the REST API, such as `https://HOST/api/v3`.
    """
    parts = urlsplit(api_url)
    path = parts.path.rstrip("/").removesuffix("/v3")
    return parts._replace(path=f"{path}/graphql").geturl()


def ask_by_id(node_ids: Sequence[str], *, full: bool) -> bytes:
    """The query for repositories whose node ids are known, at most 100.

    Args:
        node_ids: GitHub's global ids of the repositories.
        full: whether to ask for the subscribers too.
    """
    return _encode(_BY_ID, {"ids": list(node_ids), "full": full})


def ask_by_name(repos: Sequence[str], *, full: bool) -> bytes:
    """The query for repositories by `owner/name`; the answers are called `r0`, `r1`, ..."""
    variables: dict[str, Any] = {"full": full}
    declared, asked = ["$full: Boolean!"], []
    for index, repo in enumerate(repos):
        owner, _, name = repo.partition("/")
        variables |= {f"o{index}": owner, f"n{index}": name}
        declared.append(f"$o{index}: String!, $n{index}: String!")
        asked.append(f"r{index}: repository(owner: $o{index}, name: $n{index}) {{ ...Pulse }}")
    text = f"query Pulse({', '.join(declared)}) {{\n" + "\n".join([*asked, _LIMIT]) + "\n}"
    return _encode(text + _FRAGMENT, variables)


def _encode(text: str, variables: Mapping[str, Any]) -> bytes:
    return to_json({"query": text, "variables": dict(variables)})
