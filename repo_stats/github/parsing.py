"""Parses GitHub's objects into typed rows, dictionaries with the columns of `warehouse.schemas`.

Other people fill these objects. Every field that GitHub's schema allows to be null may be null, and
texts may hold any character. Only the fields that every row needs are required.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypedDict, cast

from repo_stats.github.errors import TransientError

GHOST_ID = 10137
"""The account that GitHub shows as the author in place of a deleted user (https://github.com/ghost)."""

GHOST: Mapping[str, Any] = {"id": GHOST_ID, "login": "ghost", "type": "User"}


class RepositoryRow(TypedDict):
    """The columns of `repo_metadata` that come from a repository's object."""

    repo_id: int
    full_name: str
    description: str | None
    stars: int
    forks: int
    subscribers: int | None
    open_issues_count: int
    has_issues: bool
    is_archived: bool
    is_fork: bool
    is_private: bool
    language: str | None
    license: str | None
    default_branch: str | None
    html_url: str
    created_at: datetime | None
    updated_at: datetime | None
    pushed_at: datetime | None
    raw: str


class RepoMetadataRow(RepositoryRow):
    """A complete row of `repo_metadata`: the object, and how it was read."""

    repo: str
    url: str
    etag: str | None
    validated_at: datetime


class ItemRow(TypedDict):
    """An issue or pull request: the columns of `issues` and `open_issues`."""

    repo: str
    repo_id: int
    id: int
    number: int
    is_pull_request: bool
    is_draft: bool
    title: str
    state: str
    state_reason: str | None
    user_id: int
    user: str
    user_type: str
    author_association: str | None
    labels: list[str]
    assignees: list[str]
    milestone: str | None
    comments: int
    is_locked: bool
    html_url: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class IssueRow(ItemRow):
    """An issue or pull request, and its object as received: the columns of `issue_pages`."""

    raw: str


def parse_repository(body: Mapping[str, Any], repo: str) -> RepositoryRow:
    """Parse a repository object.

    Args:
        body: a response body of `GET /repos/{owner}/{repo}`.
        repo: the requested name, for the error message.

    Raises:
        TransientError: the object lacks a required field, as a garbled response does.
    """
    try:
        return {
            "repo_id": int(body["id"]),
            "full_name": str(body["full_name"]),
            "description": _text(body.get("description")),
            "stars": int(body["stargazers_count"]),
            "forks": int(body["forks_count"]),
            "subscribers": _optional_int(body.get("subscribers_count")),
            "open_issues_count": int(body["open_issues_count"]),
            "has_issues": bool(body.get("has_issues", True)),
            "is_archived": bool(body.get("archived")),
            "is_fork": bool(body.get("fork")),
            "is_private": bool(body.get("private")),
            "language": _text(body.get("language")),
            "license": _text((body.get("license") or {}).get("spdx_id")),
            "default_branch": _text(body.get("default_branch")),
            "html_url": _text(body.get("html_url")) or "",
            "created_at": _optional_time(body.get("created_at")),
            "updated_at": _optional_time(body.get("updated_at")),
            "pushed_at": _optional_time(body.get("pushed_at")),
            "raw": json.dumps(body),
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TransientError(
            f"GitHub's response for {repo} is not a repository ({_describe(error)}); "
            "try again later."
        ) from error


def parse_issues(items: Iterable[Any], repo: str, repo_id: int) -> list[IssueRow]:
    """Parse one page of an issues list, which includes pull requests, and keep its order.

    Args:
        items: the decoded JSON of the page, a list.
        repo: the watchlist's name of the repository.
        repo_id: GitHub's number of the repository.

    Raises:
        TransientError: an item lacks a required field, as a garbled response does.
    """
    try:
        return [_parse_issue(item, repo, repo_id) for item in items]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TransientError(
            f"A page of {repo}'s issues holds something that is not an issue ({_describe(error)}); "
            "try again later."
        ) from error


def without_raw(row: IssueRow) -> ItemRow:
    """The row without its object as received, which takes most of its memory."""
    return cast("ItemRow", {name: value for name, value in row.items() if name != "raw"})


def storable_text(text: str) -> str:
    """A text that every store accepts: half a surrogate pair is replaced, all else is kept."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse_time(text: str) -> datetime:
    """Parse a time as GitHub writes it, such as `2026-11-23T12:00:00Z` (UTC).

    Raises:
        ValueError: the text is not such a time.
    """
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _parse_issue(item: Mapping[str, Any], repo: str, repo_id: int) -> IssueRow:
    user = item.get("user") or GHOST
    return {
        "repo": repo,
        "repo_id": repo_id,
        "id": int(item["id"]),
        "number": int(item["number"]),
        "is_pull_request": item.get("pull_request") is not None,
        "is_draft": bool(item.get("draft")),
        "title": _text(item.get("title")) or "",
        "state": str(item["state"]),
        "state_reason": _text(item.get("state_reason")),
        "user_id": int(user["id"]),
        "user": _text(user.get("login")) or "",
        "user_type": _text(user.get("type")) or "",
        "author_association": _text(item.get("author_association")),
        "labels": [_name(label, "name") for label in item.get("labels") or []],
        "assignees": [_name(person, "login") for person in item.get("assignees") or []],
        "milestone": _text((item.get("milestone") or {}).get("title")),
        "comments": int(item.get("comments") or 0),
        "is_locked": bool(item.get("locked")),
        "html_url": _text(item.get("html_url")) or "",
        "created_at": parse_time(item["created_at"]),
        "updated_at": parse_time(item["updated_at"]),
        "closed_at": _optional_time(item.get("closed_at")),
        "raw": json.dumps(item),
    }


def _name(value: object, key: str) -> str:
    """The name of a label or user, which GitHub sends as an object or as bare text."""
    return _text(value.get(key) if isinstance(value, Mapping) else value) or ""


def _text(value: object) -> str | None:
    return None if value is None else storable_text(str(value))


def _optional_time(value: str | None) -> datetime | None:
    return None if value is None else parse_time(value)


def _optional_int(value: Any) -> int | None:
    return None if value is None else int(value)


def _describe(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)
