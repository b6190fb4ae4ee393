"""What a refresh did, in few lines however many repositories there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

MOST_LINES = 10
"""The largest number of lines about changes, and about failures."""

_NUMBERS = {
    "stars": "stars",
    "forks": "forks",
    "subscribers": "subscribers",
    "open_issues": "open issues",
    "open_pull_requests": "open pull requests",
    "users": "users",
}
"""The numbers whose changes are told, and what they are called."""

Row = Mapping[Any, Any]


class Fate(Enum):
    """What became of a repository in a refresh; the value is the word for it."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    FRESH = "fresh"
    FAILED = "failed"


def find_fate(before: Row | None, now: Row | None, *, failed: bool) -> Fate:
    """What became of a repository.

    Args:
        before: its row of `repo_statistics` before the refresh; None if there was none.
        now: its row afterwards.
        failed: whether it could not be refreshed.
    """
    if failed or now is None:
        return Fate.FAILED
    if before is None:
        return Fate.NEW
    if before["snapshot_at"] == now["snapshot_at"]:
        return Fate.FRESH
    return Fate.CHANGED if describe_change(before, now) else Fate.UNCHANGED


def describe_change(before: Row, now: Row) -> str:
    """How the numbers of a repository changed; empty if none did."""
    return ", ".join(
        f"{name} {now[column]:,} ({now[column] - before[column]:+,})"
        for column, name in _NUMBERS.items()
        if now[column] != before[column]
    )


def describe_changes(before: Mapping[str, Row], now: Mapping[str, Row]) -> list[str]:
    """A line for each repository whose numbers changed, and how many more there are."""
    changes = {
        repo: describe_change(before[repo], row) for repo, row in now.items() if repo in before
    }
    lines = [f"{repo}: {change}" for repo, change in changes.items() if change]
    return cut_off(lines, "changed")


def cut_off(lines: Sequence[str], what: str) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - MOST_LINES
    return [*lines[:MOST_LINES], *([f"... and {more} more {what}."] if more > 0 else [])]


def count_fates(fates: Sequence[Fate]) -> str:
    """How many repositories became what."""
    counts = Counter(fates)
    parts = [f"{counts[fate]} {fate.value}" for fate in Fate if counts[fate]]
    return f"{len(fates)} repositories: {', '.join(parts)}."
