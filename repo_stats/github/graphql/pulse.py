"""The pulse of a repository: what shows at one look whether its open items may have changed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from repo_stats.github.fields import FieldError, read_choice, read_number, read_time
from repo_stats.json_codec import UtcTime

_STATES = frozenset({"OPEN", "CLOSED", "MERGED"})


@dataclass(frozen=True, slots=True)
class NewestItem:
    """The issue, or the pull request, of a repository that was updated last.

    Attributes:
        number: its number within the repository.
        updated_at: when it was updated (UTC).
        is_open: whether it is open.
        is_alone: whether no other one was updated in the same second.
    """

    number: int
    updated_at: UtcTime
    is_open: bool
    is_alone: bool = True


@dataclass(frozen=True, slots=True)
class Pulse:
    """What GitHub tells of a repository's items in one moment.

    Attributes:
        repo_id: GitHub's number of the repository.
        open_issues: how many issues are open.
        open_pull_requests: how many pull requests are open.
        issues: how many issues there are, open or not, at the moment of the newest one.
        pull_requests: the same of pull requests.
        newest_issue: the issue that was updated last, open or not; None if there is none.
        newest_pull_request: the same of pull requests.
        asked_at: this machine's time just before the request left (UTC).
        served_at: the server's time of the response (UTC).
    """

    repo_id: int
    open_issues: int
    open_pull_requests: int
    issues: int
    pull_requests: int
    newest_issue: NewestItem | None
    newest_pull_request: NewestItem | None
    asked_at: UtcTime
    served_at: UtcTime

    @property
    def newest(self) -> list[NewestItem]:
        """The newest issue and the newest pull request, as far as there are any."""
        found = (self.newest_issue, self.newest_pull_request)
        return [item for item in found if item is not None]

    def shows_the_same(self, other: "Pulse") -> bool:
        """Whether two pulses differ in nothing but when they were taken."""
        return _shown(self) == _shown(other)


def read_pulse(node: Mapping[str, Any], asked_at: datetime, served_at: datetime) -> Pulse:
    """The pulse in a repository's answer.

    Args:
        node: the object that the query's fragment gives.
        asked_at: this machine's time just before the request left (UTC).
        served_at: the server's time of the response (UTC).

    Raises:
        FieldError: a field is missing or has no possible value.
    """
    return Pulse(
        repo_id=read_number(node, "databaseId", least=1),
        open_issues=read_total(node, "openIssues"),
        open_pull_requests=read_total(node, "openPullRequests"),
        issues=read_total(node, "newestIssue"),
        pull_requests=read_total(node, "newestPullRequest"),
        newest_issue=_read_newest(node, "newestIssue"),
        newest_pull_request=_read_newest(node, "newestPullRequest"),
        asked_at=asked_at,
        served_at=served_at,
    )


def read_total(node: Mapping[str, Any], key: str) -> int:
    """How many members a connection has.

    Raises:
        FieldError: there is no connection, or no number.
    """
    return read_number(_connection(node, key), "totalCount")


def _read_newest(node: Mapping[str, Any], key: str) -> NewestItem | None:
    nodes = _connection(node, key).get("nodes")
    if not isinstance(nodes, list) or len(nodes) > 2:
        raise FieldError(f"{key!r} is not one item and the next")
    items = [_read_item(node, key) for node in nodes]
    if len(items) == 2 and items[0].updated_at <= items[1].updated_at:
        return replace(items[0], is_alone=False)
    return items[0] if items else None


def _read_item(node: Any, key: str) -> NewestItem:
    if not isinstance(node, Mapping):
        raise FieldError(f"{key!r} has no object")
    return NewestItem(
        number=read_number(node, "number", least=1),
        updated_at=read_time(node, "updatedAt"),
        is_open=read_choice(node, "state", _STATES) == "OPEN",
    )


def _connection(node: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    connection = node.get(key)
    if not isinstance(connection, Mapping):
        raise FieldError(f"{key!r} is no object")
    return connection


def _shown(pulse: Pulse) -> tuple[object, ...]:
    counts = (pulse.open_issues, pulse.open_pull_requests, pulse.issues, pulse.pull_requests)
    return (pulse.repo_id, *counts, pulse.newest_issue, pulse.newest_pull_request)
