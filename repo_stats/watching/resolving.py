"""Makes the list of what is watched, of the entries of the watchlist and of GitHub's lists.

Pure functions. Nobody may lose a repository because GitHub could not be asked: a list that could
not be read, or not as a whole, leaves what it brought in before as it is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from repo_stats.config.errors import WatchlistError
from repo_stats.config.list_sources import ListSource
from repo_stats.config.marks import MARKS, Mark
from repo_stats.config.watchlist import Watchlist
from repo_stats.github.listings import ListedRepository, Listing
from repo_stats.watching.entry_warnings import warn_of
from repo_stats.watching.filters import find_obstacle
from repo_stats.watching.watched_repository import WatchedRepository

WRITTEN_OUT = "watchlist"
"""The source of a repository that the watchlist writes out."""


@dataclass(frozen=True)
class Resolution:
    """What is watched, as a new list of it.

    Attributes:
        rows: what is watched, in the order of the watchlist and then by name; after that what has
            left, in the order of leaving.
        warnings: what is odd about the entries, a sentence with file and line each.
    """

    rows: tuple[WatchedRepository, ...]
    warnings: tuple[str, ...] = ()

    @property
    def watched(self) -> tuple[WatchedRepository, ...]:
        """The repositories that are watched."""
        return tuple(row for row in self.rows if row.is_watched)


Lists = Mapping[tuple[str, str], Listing | str]
"""What was read, by `ListSource.key`; or why it could not be read, in a sentence."""


def resolve(
    watchlist: Watchlist,
    lists: Lists,
    before: Sequence[WatchedRepository],
    now: datetime,
    known_ids: Mapping[str, int],
) -> Resolution:
    """Resolve a watchlist.

    What is written out is watched under the name that it has there, whatever GitHub says of it. A
    repository of lists is one row, however many entries bring it in, by GitHub's number or by its
    name in any case: the entry that writes it out counts, or else the first one that brings it in.

    Args:
        watchlist: the watchlist.
        lists: what GitHub's lists have.
        before: the rows of the last time.
        now: the current time (UTC).
        known_ids: the numbers of repositories that are known otherwise, by name.

    Raises:
        WatchlistError: nothing would be watched; the message says why.
    """
    past = _Past(before)
    marked = {mark: {name.lower() for name in watchlist.marked(mark)} for mark in MARKS}
    found = _Found(past, now, marked)
    ids = _find_ids(lists, known_ids)
    for repo in watchlist.repos:
        found.add(repo, ids.get(repo.lower()), WRITTEN_OUT)
    warnings: list[str] = []
    listed_now = _find_listed(watchlist, lists)
    for entry in watchlist.sources:
        listing = lists.get(entry.key, f"The list of {entry.written} was not read.")
        kept = past.brought_in_by(entry)
        warnings += warn_of(entry, listing, len(kept))
        _bring_in(found, entry, listing, [row for row in kept if row.repo_id not in listed_now])
    if not found.rows:
        raise WatchlistError(" ".join(warnings))
    left = _list_left(found, watchlist, lists)
    return Resolution((*found.rows, *left), tuple(warnings))


@dataclass
class _Past:
    """The rows of the last time."""

    rows: Sequence[WatchedRepository]

    def __post_init__(self) -> None:
        self._rows: dict[int | str, list[WatchedRepository]] = {}
        for row in self.rows:
            for key in _keys(row.repo, row.repo_id):
                self._rows.setdefault(key, []).append(row)

    def find(self, repo: str, repo_id: int | None) -> list[WatchedRepository]:
        """The rows of a repository: those of its number, and one of its name without a number."""
        named = self._rows.get(repo.lower(), [])
        if repo_id is None:
            # A name can have been that of several repositories: the one that has it is watched.
            return [row for row in named if row.is_watched] or named[-1:]
        return [*self._rows.get(repo_id, ()), *(row for row in named if row.repo_id is None)]

    def brought_in_by(self, entry: ListSource) -> list[WatchedRepository]:
        """The rows that an entry has brought in, if they are still watched."""
        source = entry.written.lower()
        return [row for row in self.rows if row.is_watched and row.source.lower() == source]


@dataclass
class _Found:
    """What is watched now, each repository once."""

    past: _Past
    now: datetime
    marked: Mapping[Mark, Collection[str]]
    rows: list[WatchedRepository] = field(default_factory=list)
    _taken: set[int | str] = field(default_factory=set)

    def add(
        self, repo: str, repo_id: int | None, source: str, marks: Collection[Mark] = ()
    ) -> None:
        """Add a repository, unless it comes from a list and an earlier entry has brought it in."""
        known = self.past.find(repo, repo_id)
        if repo_id is None:
            repo_id = next((row.repo_id for row in known if row.repo_id is not None), None)
        keys = _keys(repo, repo_id)
        if source != WRITTEN_OUT and not self._taken.isdisjoint(keys):
            return
        self._taken |= keys
        since = min((row.since for row in known if row.is_watched), default=self.now)
        told: dict[str, Any] = {
            f"has_{m}": m in marks or repo.lower() in self.marked[m] for m in MARKS
        }
        self.rows.append(WatchedRepository(repo, repo_id, source, since=since, **told))

    def has_name(self, repo: str) -> bool:
        """Whether a repository of that name is watched now."""
        return repo.lower() in self._taken

    def has(self, row: WatchedRepository) -> bool:
        """Whether the repository of an earlier row is watched now."""
        return self.has_name(row.repo) if row.repo_id is None else row.repo_id in self._taken


def _keys(repo: str, repo_id: int | None) -> set[int | str]:
    """What tells a repository from others: its name, and its number if it is known."""
    return {repo.lower()} if repo_id is None else {repo.lower(), repo_id}


def _find_ids(lists: Lists, known_ids: Mapping[str, int]) -> dict[str, int]:
    """The numbers of repositories by their names in lower case, as far as they are known."""
    listed = (row for listing in lists.values() for row in _rows_of(listing))
    ids = {row.repo.lower(): row.repo_id for row in listed}
    return ids | {name.lower(): number for name, number in known_ids.items()}


def _rows_of(listing: Listing | str) -> tuple[ListedRepository, ...]:
    return () if isinstance(listing, str) else listing.rows


def _find_listed(watchlist: Watchlist, lists: Lists) -> set[int]:
    """The numbers of repositories that entries bring in by their lists, and so by their names."""
    return {
        row.repo_id
        for entry in watchlist.sources
        for row in _rows_of(lists.get(entry.key, ""))
        if find_obstacle(entry, row) is None
    }


def _bring_in(
    found: _Found, entry: ListSource, listing: Listing | str, kept: Sequence[WatchedRepository]
) -> None:
    """Add what an entry brings in, and what it has brought in before if its list is not known."""
    listed = _rows_of(listing)
    brought = {
        row.repo_id: (row.repo, row.repo_id, entry.marks)
        for row in listed
        if find_obstacle(entry, row) is None
    }
    if isinstance(listing, str) or not listing.is_settled or not listed:
        numbers = {row.repo_id for row in listed}
        brought |= {
            row.repo_id: (row.repo, row.repo_id, row.marks)
            for row in kept
            if row.repo_id is not None and row.repo_id not in numbers
        }
    for repo, repo_id, marks in sorted(brought.values(), key=lambda row: row[0].lower()):
        found.add(repo, repo_id, entry.written, marks)


def _list_left(found: _Found, watchlist: Watchlist, lists: Lists) -> list[WatchedRepository]:
    """What is watched no longer, in the order of leaving."""
    left = [
        replace(row, left_at=found.now, left_because=_explain(row, found, watchlist, lists))
        if row.is_watched
        else row
        for row in found.past.rows
        if not found.has(row)
    ]
    return sorted(left, key=lambda row: (row.left_at or found.now, row.repo.lower()))


def _explain(row: WatchedRepository, found: _Found, watchlist: Watchlist, lists: Lists) -> str:
    """Why a repository is watched no longer, in a few words."""
    if found.has_name(row.repo):
        return "its name belongs to another repository now"
    if row.source == WRITTEN_OUT:
        return "removed from the watchlist"
    source = row.source.lower()
    entries = [entry for entry in watchlist.sources if entry.written.lower() == source]
    if not entries:
        return f"{row.source} was removed from the watchlist"
    listed = [r for r in _rows_of(lists.get(entries[0].key, "")) if r.repo_id == row.repo_id]
    obstacles = (find_obstacle(entry, r) for entry in entries for r in listed)
    told = dict.fromkeys(filter(None, obstacles))
    return " and ".join(told) or f"gone from {row.source}"
