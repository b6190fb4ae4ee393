"""What `repo-stats watch` lists: what is watched and why, and what has left."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from repo_stats.cli.stored_numbers import find_numbers
from repo_stats.config.errors import WatchlistError
from repo_stats.config.marks import MARKS
from repo_stats.config.watchlist import Watchlist
from repo_stats.warehouse.columns import TIME
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.loading import resolve_stored
from repo_stats.watching.stored_lists import StoredLists
from repo_stats.watching.watched_repository import WatchedRepository

_COLUMNS = pa.schema(
    [
        ("repo", pa.string()),
        ("source", pa.string()),
        ("since", TIME),
        *((f"has_{mark}", pa.bool_()) for mark in MARKS),
        ("refreshed_at", TIME),
        ("failure", pa.string()),
        ("left_at", TIME),
        ("left_because", pa.string()),
    ]
)


@dataclass(frozen=True)
class ListedRepository:
    """A repository that is watched, or was.

    Attributes:
        row: what is known of how it came in and left.
        since: since when it is watched (UTC); None if no refresh has noticed it yet.
        refreshed_at: until when its numbers are known to hold (UTC); None if it has none.
        failure: why it could not be refreshed since then; None if it could.
    """

    row: WatchedRepository
    since: datetime | None
    refreshed_at: datetime | None
    failure: str | None


def list_repositories(
    tables: Tables, watchlist: Watchlist, now: datetime, warn: Callable[[str], None]
) -> list[ListedRepository]:
    """What is watched, in the order of the watchlist, and after it what has left.

    Args:
        tables: the warehouse's tables.
        watchlist: the watchlist as it is now.
        now: the current time (UTC).
        warn: is called with a sentence for whatever is odd about the watchlist's entries.

    Raises:
        WarehouseError: what is stored cannot be read.
    """
    rows = _resolve(watchlist, StoredLists(tables), now, warn)
    names = [row.repo for row in rows]
    times = find_numbers(tables.files, names).times
    failures = RefreshFailures(tables.files).find_all(row.repo for row in rows if row.is_watched)
    return [
        ListedRepository(
            row,
            None if row.since == now else row.since,
            times.get(row.repo),
            failures[row.repo].reason if row.repo in failures else None,
        )
        for row in rows
    ]


def _resolve(
    watchlist: Watchlist, stored: StoredLists, now: datetime, warn: Callable[[str], None]
) -> tuple[WatchedRepository, ...]:
    """What is watched by the watchlist as it is now and by its lists as they were last read."""
    try:
        resolution = resolve_stored(stored, watchlist, now)
    except WatchlistError as error:  # nothing is watched
        warn(str(error))
        return tuple(row for row in stored.find_watched() if not row.is_watched)
    for warning in resolution.warnings:
        warn(warning)
    return resolution.rows


def to_arrow(listed: Sequence[ListedRepository]) -> pa.Table:
    """The rows for other programs."""
    rows = [
        {
            "repo": each.row.repo,
            "source": each.row.source,
            "since": each.since,
            **{f"has_{mark}": mark in each.row.marks for mark in MARKS},
            "refreshed_at": each.refreshed_at,
            "failure": each.failure,
            "left_at": each.row.left_at,
            "left_because": each.row.left_because,
        }
        for each in listed
    ]
    return pa.Table.from_pylist(rows, _COLUMNS)
