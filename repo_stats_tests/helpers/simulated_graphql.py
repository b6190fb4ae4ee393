"""Queries of GraphQL to a simulator in this process, without the package's client."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator

SHAPES = [Shape(f"acme/{name}", 6, 3, closed_items=4) for name in ("a", "b", "c", "d")]
"""Four small repositories."""

NAMES = [shape.full_name for shape in SHAPES]

FRAGMENT = """
fragment Pulse on Repository {
  id databaseId nameWithOwner description stargazerCount forkCount url
  isArchived isFork isPrivate isDisabled hasIssuesEnabled
  primaryLanguage { name } licenseInfo { spdxId } defaultBranchRef { name }
  createdAt updatedAt pushedAt
  watchers { totalCount }
  openIssues: issues(states: OPEN) { totalCount }
  openPullRequests: pullRequests(states: OPEN) { totalCount }
  newestIssue: issues(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
    nodes { number updatedAt state }
  }
  newestPullRequest: pullRequests(first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
    nodes { number updatedAt state }
  }
}
"""
"""All that a refresh needs to know of a repository."""

PULSE = (
    "query ($ids: [ID!]!) { nodes(ids: $ids) { ...Pulse } "
    "rateLimit { limit cost remaining used resetAt } }" + FRAGMENT
)


def ask(
    simulator: Simulator,
    query: str,
    variables: dict[str, Any] | None = None,
    *,
    path: str = "/graphql",
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """Send one query, with a token unless `headers` give one, or `content` in its place."""

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(app=simulator.app)
        sent = {"authorization": "Bearer mine", **(headers or {})}
        async with httpx.AsyncClient(transport=transport, base_url="http://github") as client:
            body = json.dumps({"query": query, "variables": variables}).encode()
            return await client.post(path, content=content or body, headers=sent)

    return asyncio.run(run())


def pulse(
    simulator: Simulator,
    ids: Sequence[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """The body of the response to a pulse of some repositories, or of all."""
    chosen = node_ids(simulator) if ids is None else list(ids)
    return ask(simulator, PULSE, {"ids": chosen}, headers=headers).json()


def node_ids(simulator: Simulator) -> list[str]:
    """The ids of all repositories, as REST tells them."""
    return [r.object["node_id"] for r in simulator.world.repositories.values()]
