"""Reads the answers to queries for the pulse: a repository's row, or why it has none.

GraphQL answers with the status 200 also where it refuses: `data` and `errors` stand side by side
(https://spec.graphql.org/October2021/#sec-Response).
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from repo_stats.github.fields import (
    FieldError,
    read_flag,
    read_name,
    read_number,
    read_object,
    read_optional_text,
    read_optional_time,
    read_text,
)
from repo_stats.github.graphql.pulse import Pulse, read_pulse, read_total
from repo_stats.github.http.responses import ApiResponse
from repo_stats.github.parsing import RepositoryRow, write_raw
from repo_stats.safe_text import make_safe


class RefusedQueryError(Exception):
    """GraphQL does not answer at all; the message is a part of a sentence and says why."""


class OverloadedError(Exception):
    """GraphQL had no time for the query: a smaller one may be answered."""


@dataclass(frozen=True)
class Reading:
    """What one answer tells of a repository.

    Attributes:
        node_id: GitHub's global id of it, to ask by the next time.
        row: the columns of `repo_metadata` that come from the object. The subscribers are null if
            they were not asked for.
        pulse: of its items.
    """

    node_id: str
    row: RepositoryRow
    pulse: Pulse


@dataclass(frozen=True)
class Answer:
    """What a query tells of the repositories it asked for, by their position in it.

    Attributes:
        readings: of the repositories that it tells of.
        problems: why it tells nothing of others.
        unanswered: positions of those that GitHub had no time for.
        points: what it cost; 0 if the server has no limits.
    """

    readings: Mapping[int, Reading]
    problems: Mapping[int, str]
    unanswered: Set[int]
    points: int


def read_answer(response: ApiResponse, asked: int) -> Answer:
    """Read the answer to a query by ids or by names.

    Args:
        response: the response.
        asked: how many repositories the query was for.

    Raises:
        OverloadedError: GitHub had no time for the query.
        RefusedQueryError: it is refused as a whole.
    """
    body = response.body
    errors = [error for error in _list(body.get("errors")) if isinstance(error, Mapping)]
    data = body.get("data")
    nodes = _find_nodes(data, asked) if isinstance(data, Mapping) else None
    if nodes is None:
        raise _explain([_message(error) for error in errors])
    problems = _find_problems(errors)
    unanswered = {position for position, message in problems.items() if _is_overload(message)}
    readings: dict[int, Reading] = {}
    for position, node in enumerate(nodes):
        if position in problems:
            continue
        try:
            readings[position] = _read_node(node, response)
        except FieldError as error:
            problems[position] = f"the answer is not a repository ({error})"
    problems = {at: problem for at, problem in problems.items() if at not in unanswered}
    return Answer(readings, problems, unanswered, _read_points(data))


def _find_nodes(data: Mapping[str, Any], asked: int) -> Sequence[Any] | None:
    """The repositories in an answer, in the order of the query; None if they are not there."""
    if "nodes" in data:
        nodes = data["nodes"]
        return nodes if isinstance(nodes, list) and len(nodes) == asked else None
    names = [f"r{index}" for index in range(asked)]
    return [data.get(name) for name in names] if any(name in data for name in names) else None


def _read_node(node: Any, response: ApiResponse) -> Reading:
    if not isinstance(node, Mapping):
        raise FieldError("it is empty")
    pulse = read_pulse(node, response.asked_at, response.server_date)
    language, license_ = (read_object(node, key) for key in ("primaryLanguage", "licenseInfo"))
    row: RepositoryRow = {
        "repo_id": pulse.repo_id,
        "full_name": read_name(node, "nameWithOwner"),
        "description": read_optional_text(node, "description"),
        "stars": read_number(node, "stargazerCount"),
        "forks": read_number(node, "forkCount"),
        "subscribers": read_total(node, "watchers") if "watchers" in node else None,
        "open_issues_count": pulse.open_issues + pulse.open_pull_requests,
        "has_issues": read_flag(node, "hasIssuesEnabled", default=True),
        "is_archived": read_flag(node, "isArchived"),
        "is_fork": read_flag(node, "isFork"),
        "is_private": read_flag(node, "isPrivate"),
        "language": read_optional_text(language or {}, "name"),
        "license": read_optional_text(license_ or {}, "spdxId"),
        "default_branch": read_optional_text(read_object(node, "defaultBranchRef") or {}, "name"),
        "html_url": read_optional_text(node, "url") or "",
        "created_at": read_optional_time(node, "createdAt"),
        "updated_at": read_optional_time(node, "updatedAt"),
        "pushed_at": read_optional_time(node, "pushedAt"),
        "api": "graphql",
        "raw": write_raw(node),
    }
    return Reading(read_text(node, "id"), row, pulse)


def _find_problems(errors: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """What GraphQL says of single repositories, by their position in the query."""
    problems: dict[int, str] = {}
    for error in errors:
        path = _list(error.get("path"))
        position = _position_of(path)
        if position is not None:
            problems.setdefault(position, _message(error))
    return problems


def _position_of(path: Sequence[Any]) -> int | None:
    if path[:1] == ["nodes"] and len(path) > 1 and isinstance(path[1], int):
        return path[1]
    name = path[0] if path else None
    if isinstance(name, str) and name[:1] == "r" and name[1:].isdecimal():
        return int(name[1:])
    return None


_OVERLOADED = ("something went wrong", "timeout", "timed out", "resource limits")
"""How GitHub says that a query took too long; it names no type then."""


def _is_overload(message: str) -> bool:
    return any(sign in message.lower() for sign in _OVERLOADED)


def _explain(messages: Sequence[str]) -> Exception:
    for message in filter(_is_overload, messages):
        return OverloadedError(message)
    return RefusedQueryError(messages[0] if messages else "the answer has no data")


def _message(error: Mapping[str, Any]) -> str:
    message = error.get("message")
    text = " ".join(make_safe(message).split())[:200] if isinstance(message, str) else ""
    return text or "an error without a message"


def _read_points(data: Mapping[str, Any]) -> int:
    limit = data.get("rateLimit")
    try:
        return read_number(limit, "cost") if isinstance(limit, Mapping) else 0
    except FieldError:
        return 0


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
