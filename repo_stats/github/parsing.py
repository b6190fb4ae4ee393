"""From GitHub's objects to typed rows: one dictionary a row, columns as in `warehouse.schemas`.

Objects are other people's data: anything the schema lets be null may be null, texts may hold any
character, and only what a row cannot do without is required.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from repo_stats.github.errors import TransientError

Row = dict[str, Any]
IssueRow = Row


GHOST_ID = 10137
"""GitHub's account for the deeds of deleted users (https://github.com/ghost)."""


GHOST: Mapping[str, Any] = {"id": GHOST_ID, "login": "ghost", "type": "User"}


def parse_repository(body: Mapping[str, Any], repo: str) -> Row:
    """The row of a repository object, without the columns that are not GitHub's.

    Args:
        body: an answer of `GET /repos/{owner}/{repo}`.
        repo: the name it was asked for, for the error's sentence.

    Raises:
        TransientError: the object lacks what a row needs, as a garbled answer does.
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
            f"GitHub's answer for {repo} is not a repository ({_describe(error)}); the request is "
            "worth retrying."
        ) from error


def parse_issues(items: Iterable[Any], repo: str, repo_id: int) -> list[Row]:
    """The rows of one page of an issues list, pull requests among them, in the page's order.

    Args:
        items: the decoded JSON of the page, a list.
        repo: the watchlist's name of the repository.
        repo_id: GitHub's number of it.

    Raises:
        TransientError: an item lacks what a row needs, as a garbled answer does.
    """
    try:
        return [_parse_issue(item, repo, repo_id) for item in items]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TransientError(
            f"A page of {repo}'s issues holds something that is no issue ({_describe(error)}); the "
            "request is worth retrying."
        ) from error


def _parse_issue(item: Mapping[str, Any], repo: str, repo_id: int) -> Row:
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
        "created_at": _time(item["created_at"]),
        "updated_at": _time(item["updated_at"]),
        "closed_at": _optional_time(item.get("closed_at")),
        "raw": json.dumps(item),
    }


def _name(value: object, key: str) -> str:
    """The name of a label or person, which GitHub sends as an object or as the bare text."""
    return _text(value.get(key) if isinstance(value, Mapping) else value) or ""


def _text(value: object) -> str | None:
    """A text that every store can hold: half a surrogate pair is replaced, all else is kept."""
    if value is None:
        return None
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value.replace("Z", "+00:00"))


def _optional_time(value: str | None) -> datetime | None:
    return None if value is None else _time(value)


def _optional_int(value: Any) -> int | None:
    return None if value is None else int(value)


def _describe(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error)
