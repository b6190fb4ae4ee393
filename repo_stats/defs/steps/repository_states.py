"""What a step knows of repositories after it has read them: pure functions over states and rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from repo_stats.github.graphql.answers import Reading
from repo_stats.github.graphql.reader import KnownRepository
from repo_stats.github.issues.vouching import is_unchanged
from repo_stats.github.parsing import RepoMetadataRow
from repo_stats.github.repositories import repository_url
from repo_stats.json_codec import hash_json
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.states.repo_state import RepoState

FULL_AGE = timedelta(days=1)
"""How often GitHub is asked for what a pulse leaves out: the number of subscribers."""

_CONTENT = [name for name in REPO_METADATA.names if name not in REPO_METADATA.volatile]


@dataclass(frozen=True)
class Before:
    """What is known of a repository before it is read.

    Attributes:
        repo_id: GitHub's number of it.
        read_at: when it was last read (UTC).
        state: its state, if its stored row is the one that the state knows.
    """

    repo_id: int
    read_at: datetime
    state: RepoState | None = None

    @classmethod
    def by_state(cls, state: RepoState) -> "Before":
        """What a state tells."""
        return cls(state.repo_id, state.read_at, state)


def hash_row(row: Mapping[str, Any]) -> str:
    """SHA-256 of what a row of `repo_metadata` tells, apart from when and how it was read."""
    values = [_plain(row[name]) for name in _CONTENT]
    return hash_json(values)


def needs_full(before: Before | None, now: datetime) -> bool:
    """Whether the next query for a repository has to ask for what a pulse leaves out."""
    state = None if before is None else before.state
    if state is None or state.subscribers_at is None:
        return True
    return not timedelta() <= now - state.subscribers_at < FULL_AGE


def to_ask(repo: str, before: Before | None) -> KnownRepository:
    """How to ask for a repository: by GitHub's id of it, or by its name if that is not known."""
    if before is None:
        return KnownRepository(repo)
    state = before.state
    return KnownRepository(repo, before.repo_id, None if state is None else state.node_id)


def row_of_reading(
    repo: str, reading: Reading, before: Before | None, api_url: str
) -> RepoMetadataRow:
    """The row of `repo_metadata` that a pulse gives; what it leaves out is kept from before."""
    row = cast("RepoMetadataRow", dict(reading.row))
    state = None if before is None else before.state
    if row["subscribers"] is None and state is not None and state.repo_id == row["repo_id"]:
        row["subscribers"] = state.subscribers
    row |= {
        "repo": repo,
        "url": repository_url(api_url, repo),
        "etag": None,
        "validated_at": reading.pulse.asked_at,
    }
    return row


def state_of_row(
    row: RepoMetadataRow,
    before: RepoState | None,
    reading: Reading | None,
    *,
    vouches: bool,
    is_limited: bool = True,
) -> RepoState:
    """What is known of a repository after its row was read.

    Args:
        row: the row of `repo_metadata`.
        before: the state before; None if there was none.
        reading: the pulse that the row is from; None if it is from the REST API.
        vouches: whether a pulse may show that the list needs no request.
        is_limited: whether the server that told the row has rate limits.
    """
    if before is not None and before.repo_id != row["repo_id"]:
        before = None
    pulse = None if reading is None else reading.pulse
    seen_at = None if before is None else before.seen_at
    if vouches and pulse is not None and before is not None:
        seen_at = pulse.asked_at if is_unchanged(before.voucher, pulse) else seen_at
    is_full = reading is None or reading.row["subscribers"] is not None
    known = RepoState("", 0, "", row["validated_at"], 0, "") if before is None else before
    return replace(
        known,
        repo=row["repo"],
        repo_id=row["repo_id"],
        url=row["url"],
        read_at=row["validated_at"],
        counter=row["open_issues_count"],
        content_hash=hash_row(row),
        node_id=_find_node_id(row) if reading is None else reading.node_id,
        subscribers=row["subscribers"],
        subscribers_at=row["validated_at"] if is_full else known.subscribers_at,
        pulse=pulse,
        is_limited=is_limited,
        seen_at=seen_at,
    )


def _find_node_id(row: RepoMetadataRow) -> str | None:
    """GitHub's global id in the object that the REST API sent."""
    found = json.loads(row["raw"]).get("node_id")
    return found if isinstance(found, str) and found else None


def _plain(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value
