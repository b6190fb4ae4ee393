"""Answers to queries for pulses, and pulses, with values that a test can name."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from repo_stats.github.graphql.pulse import NewestItem, Pulse
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.rows import NOW

LONG_AGO = NOW - timedelta(days=1)


def node_of(repo: str = "a/b", number: int = 1, **changes: Any) -> dict[str, Any]:
    """What GraphQL tells of a repository with two open issues and one open pull request."""
    newest = {"updatedAt": "2026-11-22T12:00:00Z", "state": "OPEN"}
    node = {
        "id": f"R_{number}",
        "databaseId": number,
        "nameWithOwner": repo,
        "description": "What it is.",
        "url": f"https://github.com/{repo}",
        "stargazerCount": 5,
        "forkCount": 4,
        **dict.fromkeys(["isArchived", "isFork", "isPrivate"], False),
        "hasIssuesEnabled": True,
        "primaryLanguage": {"name": "Python"},
        "licenseInfo": {"spdxId": "MIT"},
        "defaultBranchRef": {"name": "main"},
        "createdAt": "2020-01-01T00:00:00Z",
        "updatedAt": "2026-11-22T12:00:00Z",
        "pushedAt": None,
        "openIssues": {"totalCount": 2},
        "openPullRequests": {"totalCount": 1},
        "newestIssue": {"totalCount": 7, "nodes": [{"number": 9, **newest}]},
        "newestPullRequest": {"totalCount": 3, "nodes": [{"number": 8, **newest}]},
    }
    return {**node, **changes}


def body_of(*nodes: Any, errors: Sequence[Any] = (), cost: int = 1) -> dict[str, Any]:
    """The body of an answer to a query by ids."""
    body: dict[str, Any] = {"data": {"nodes": list(nodes), "rateLimit": {"cost": cost}}}
    return {**body, "errors": list(errors)} if errors else body


def response_of(body: Any, asked_at: datetime = NOW) -> ApiResponse:
    """A response, five seconds after the request."""
    later = asked_at + timedelta(seconds=5)
    return ApiResponse(asked_at, later, later, None, None, None, None, body)


def pulse_of(**changes: Any) -> Pulse:
    """A pulse of two open issues and an open pull request, of which nothing is new."""
    asked_at: datetime = changes.get("asked_at", NOW)
    values: dict[str, Any] = {
        "repo_id": 1,
        "open_issues": 2,
        "open_pull_requests": 1,
        "issues": 7,
        "pull_requests": 3,
        "newest_issue": NewestItem(9, LONG_AGO, is_open=True),
        "newest_pull_request": NewestItem(8, LONG_AGO, is_open=False),
        "asked_at": asked_at,
        "served_at": asked_at + timedelta(seconds=1),
    }
    return Pulse(**{**values, **changes})
