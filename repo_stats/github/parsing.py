"""Parses GitHub's objects into typed rows, dictionaries with the columns of `warehouse.schemas`.

Other people fill these objects. Every field that GitHub's schema allows to be null may be null, and
texts may hold any character. Only the fields that every row needs are required. A field of a type
that GitHub never sends is no field that can be believed: `fields` refuses it.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from typing_extensions import TypedDict

from repo_stats.github.errors import TransientError
from repo_stats.github.fields import (
    FieldError,
    read_choice,
    read_flag,
    read_name,
    read_names,
    read_number,
    read_object,
    read_optional_number,
    read_optional_text,
    read_optional_time,
    read_time,
)
from repo_stats.json_codec import UtcTime

GHOST_ID = 10137
"""The account that GitHub shows as the author in place of a deleted user (https://github.com/ghost)."""

GHOST: Mapping[str, Any] = {"id": GHOST_ID, "login": "ghost", "type": "User"}

STATES = frozenset({"open", "closed"})


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
    api: str | None
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
    issue_type: str | None
    title: str
    state: str
    state_reason: str | None
    user_id: int
    user: str
    user_type: str
    is_bot: bool | None
    author_association: str | None
    labels: list[str]
    assignees: list[str]
    milestone: str | None
    comments: int
    reactions: int | None
    is_locked: bool
    locked_reason: str | None
    html_url: str
    created_at: UtcTime
    updated_at: UtcTime
    closed_at: UtcTime | None
    merged_at: UtcTime | None


class IssueRow(ItemRow):
    """An issue or pull request, and its object as received: the columns of `issue_pages`."""

    raw: str


def parse_repository(body: Mapping[str, Any], repo: str) -> RepositoryRow:
    """Parse a repository object.

    Args:
        body: a response body of `GET /repos/{owner}/{repo}`.
        repo: the requested name, for the error message.

    Raises:
        TransientError: a field is missing or has no possible value, as in a garbled response.
    """
    try:
        license_ = read_object(body, "license") or {}
        return {
            "repo_id": read_number(body, "id", least=1),
            "full_name": read_name(body, "full_name"),
            "description": read_optional_text(body, "description"),
            "stars": read_number(body, "stargazers_count"),
            "forks": read_number(body, "forks_count"),
            "subscribers": read_optional_number(body, "subscribers_count"),
            "open_issues_count": read_number(body, "open_issues_count"),
            "has_issues": read_flag(body, "has_issues", default=True),
            "is_archived": read_flag(body, "archived"),
            "is_fork": read_flag(body, "fork"),
            "is_private": read_flag(body, "private"),
            "language": read_optional_text(body, "language"),
            "license": read_optional_text(license_, "spdx_id"),
            "default_branch": read_optional_text(body, "default_branch"),
            "html_url": read_optional_text(body, "html_url") or "",
            "created_at": read_optional_time(body, "created_at"),
            "updated_at": read_optional_time(body, "updated_at"),
            "pushed_at": read_optional_time(body, "pushed_at"),
            "api": "rest",
            "raw": write_raw(body),
        }
    except FieldError as error:
        raise TransientError(
            f"GitHub's response for {repo} is not a repository ({error}); try again later."
        ) from error


def parse_issues(items: Iterable[Any], repo: str, repo_id: int) -> list[IssueRow]:
    """Parse one page of an issues list, which includes pull requests, and keep its order.

    Args:
        items: the decoded JSON of the page, a list.
        repo: the watchlist's name of the repository.
        repo_id: GitHub's number of the repository.

    Raises:
        TransientError: a field of an item is missing or has no possible value, or an item is there
            twice, as in a garbled response.
    """
    try:
        rows = [_parse_issue(item, repo, repo_id) for item in items]
        for column in ("id", "number"):
            for value, times in Counter(row[column] for row in rows).items():
                if times > 1:
                    raise FieldError(f"{times} items have the {column} {value}")
    except FieldError as error:
        raise TransientError(
            f"A page of {repo}'s issues holds something that is not an issue ({error}); "
            "try again later."
        ) from error
    return rows


def without_raw(row: IssueRow) -> ItemRow:
    """The row without its object as received, which takes most of its memory."""
    return cast("ItemRow", {name: value for name, value in row.items() if name != "raw"})


def _parse_issue(item: Any, repo: str, repo_id: int) -> IssueRow:
    if not isinstance(item, Mapping):
        raise FieldError("no object")
    user, pull_request = read_object(item, "user"), read_object(item, "pull_request")
    user = GHOST if user is None else user
    state = read_choice(item, "state", STATES)
    login, kind = (read_optional_text(user, field) or "" for field in ("login", "type"))
    closed_at = read_optional_time(item, "closed_at")
    merged_at = read_optional_time(pull_request or {}, "merged_at")
    return {
        "repo": repo,
        "repo_id": repo_id,
        "id": read_number(item, "id", least=1),
        "number": read_number(item, "number", least=1),
        "is_pull_request": pull_request is not None,
        "is_draft": read_flag(item, "draft"),
        "issue_type": read_optional_text(read_object(item, "type") or {}, "name"),
        "title": read_optional_text(item, "title") or "",
        "state": state,
        "state_reason": read_optional_text(item, "state_reason"),
        "user_id": read_number(user, "id", least=1),
        "user": login,
        "user_type": kind,
        "is_bot": is_bot_account(login, kind),
        "author_association": read_optional_text(item, "author_association"),
        "labels": read_names(item, "labels", "name"),
        "assignees": read_names(item, "assignees", "login"),
        "milestone": read_optional_text(read_object(item, "milestone") or {}, "title"),
        "comments": read_optional_number(item, "comments") or 0,
        "reactions": read_optional_number(read_object(item, "reactions") or {}, "total_count"),
        "is_locked": read_flag(item, "locked"),
        "locked_reason": read_optional_text(item, "active_lock_reason"),
        "html_url": read_optional_text(item, "html_url") or "",
        "created_at": read_time(item, "created_at"),
        "updated_at": read_time(item, "updated_at"),
        "closed_at": closed_at if state == "closed" else None,  # a reopened item may keep it
        "merged_at": merged_at if state == "closed" else None,
        "raw": write_raw(item),
    }


def is_bot_account(login: str, kind: str) -> bool:
    """Whether GitHub itself tells that an account is a bot: by its type or by its login."""
    return kind == "Bot" or login.lower().endswith("[bot]")


def write_raw(body: Mapping[str, Any]) -> str:
    """An object as JSON text, which anything can read again.

    Raises:
        FieldError: it holds a number that JSON does not have, or is nested too deep.
    """
    try:
        return json.dumps(body, allow_nan=False)
    except ValueError as error:
        raise FieldError("it holds a number that is not JSON") from error
    except RecursionError as error:
        raise FieldError("it is nested too deep") from error
