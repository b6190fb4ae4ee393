"""Resolves the watchlist: reads GitHub's lists that it names, and stores what is watched.

It needs no context of a step, so that an asset and a command may call it.
"""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from repo_stats.config.errors import WatchlistError
from repo_stats.config.list_sources import ListSource
from repo_stats.config.watchlist import Watchlist
from repo_stats.defs.resources import GitHubResource
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import (
    CredentialsError,
    GitHubError,
    TransientError,
    to_github_error,
)
from repo_stats.github.http.usage import Usage
from repo_stats.github.listings import Listing, describe_list, read_list
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.resolving import Lists, Resolution, resolve
from repo_stats.watching.stored_lists import Key, StoredList, StoredLists
from repo_stats.watching.watched_repository import WatchedRepository

ALWAYS = timedelta(0)
"""The age at which a list is too old if it is to be read in any case."""


@dataclass(frozen=True)
class ResolvedWatchlist:
    """What is watched now.

    Attributes:
        before: the rows that were stored before.
        resolution: the stored rows, and warnings about entries.
        errors: why lists could not be read.
        usage: what the requests cost.
    """

    before: Sequence[WatchedRepository]
    resolution: Resolution
    errors: Mapping[Key, GitHubError]
    usage: Usage

    @property
    def has_changed(self) -> bool:
        """Whether other rows are stored than before."""
        return tuple(self.before) != self.resolution.rows


def resolve_watchlist(
    log: logging.Logger,
    github: GitHubResource,
    tables: Tables,
    watchlist: Watchlist,
    max_age: timedelta = ALWAYS,
    max_seconds: float | None = None,
) -> ResolvedWatchlist:
    """Read the lists that a watchlist names, and store what is watched.

    A list that cannot be read hides no other, and keeps what it has brought in. Entries that are
    odd are warned of in the log.

    Args:
        log: gets a line for each warning, and for each wait.
        github: the API.
        tables: of the warehouse.
        watchlist: the watchlist.
        max_age: lists that were read within this time are not read again.
        max_seconds: how long a list may take, and no rate limit is waited for; None for as long as
            it takes.

    Raises:
        WatchlistError: nothing would be watched; what is stored stays.
        TransientError: the same, and another attempt may help.
        WarehouseError: what is watched cannot be stored.
    """
    stored = StoredLists(tables)
    now = datetime.now(timezone.utc)
    known = stored.find_lists()
    entries = {entry.key: entry for entry in watchlist.sources}
    due = find_due(watchlist, {key: kept.read_at for key, kept in known.items()}, now, max_age)
    reader = _Reader(log, github, known, max_seconds)
    reading = asyncio.run(reader.read([entry for key, entry in entries.items() if key in due]))
    if reading.lists:  # what brings in nothing was read, too
        lists = {**known, **reading.lists}
        stored.write_lists({key: found for key, found in lists.items() if key in entries})
    before, resolution = _store(stored, watchlist, reading.tell(known, due), reading, now)
    for warning in resolution.warnings:
        log.warning(warning)
    return ResolvedWatchlist(before, resolution, reading.errors, reading.usage)


def find_due(
    watchlist: Watchlist, read_at: Mapping[Key, datetime], now: datetime, max_age: timedelta
) -> set[Key]:
    """The lists of a watchlist that were never read, or too long ago.

    Args:
        watchlist: the watchlist.
        read_at: when each list was last read.
        now: the current time (UTC).
        max_age: how old a list may be. One from the future, by a clock that was ahead, is too old.
    """
    keys = {entry.key for entry in watchlist.sources}
    return {k for k in keys if k not in read_at or not ALWAYS <= now - read_at[k] < max_age}


@dataclass
class _Reading:
    """The lists that were read, why others could not be, and what the requests cost."""

    lists: dict[Key, StoredList] = field(default_factory=dict)
    errors: dict[Key, GitHubError] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    @property
    def may_pass(self) -> bool:
        """Whether another attempt may read more."""
        return any(isinstance(error, TransientError) for error in self.errors.values())

    def tell(self, known: Mapping[Key, StoredList], due: Collection[Key]) -> Lists:
        """What is known of each list now: by this reading, or an earlier one if it is not due."""
        fresh = {key: kept for key, kept in known.items() if key not in due}
        told: dict[Key, Listing | str] = {
            key: kept.listing for key, kept in {**fresh, **self.lists}.items()
        }
        for key, error in self.errors.items():
            told[key] = _describe_failure(error, known.get(key))
        return told


def _store(
    stored: StoredLists, watchlist: Watchlist, lists: Lists, reading: _Reading, now: datetime
) -> tuple[Sequence[WatchedRepository], Resolution]:
    """Resolve the watchlist, and store the rows; gives the earlier ones, too."""
    states = stored.tables.states
    known_ids = {repo: state.repo_id for repo, state in states.items()}
    rows_before: Sequence[WatchedRepository] = ()
    resolution = Resolution(())

    def resolve_rows(before: Sequence[WatchedRepository]) -> Sequence[WatchedRepository]:
        nonlocal rows_before, resolution
        rows_before, resolution = before, resolve(watchlist, lists, before, now, known_ids)
        return resolution.rows

    try:
        stored.update_watched(resolve_rows)
    except WatchlistError as error:
        if reading.may_pass:
            raise TransientError(str(error)) from error
        raise
    return rows_before, resolution


@dataclass(frozen=True)
class _Reader:
    """Reads lists.

    Attributes:
        log: gets a line for each wait.
        github: the API.
        known: the lists as they were last read.
        max_seconds: see `resolve_watchlist`.
    """

    log: logging.Logger
    github: GitHubResource
    known: Mapping[Key, StoredList]
    max_seconds: float | None

    async def read(self, entries: Sequence[ListSource]) -> _Reading:
        """Read lists, those of organisations and users at once."""
        reading = _Reading()
        max_wait = None if self.max_seconds is None else 0
        for app_only in (False, True):
            alike = [entry for entry in entries if (entry.kind == "installation") is app_only]
            if alike:
                client = self.github.client(self.log, max_wait=max_wait, app_only=app_only)
                async with client:
                    reads = (self._read_one(client, entry, reading) for entry in alike)
                    await asyncio.gather(*reads)
                    reading.usage = Usage.total([reading.usage, client.usage])
        return reading

    async def _read_one(self, client: GitHubClient, entry: ListSource, reading: _Reading) -> None:
        pages = self.known[entry.key].listing.pages if entry.key in self.known else ()
        what = describe_list(entry.kind, entry.name)
        asked_at = datetime.now(timezone.utc)
        try:
            _require_app(self.github, entry)
            read = read_list(client, entry.kind, entry.name, pages)
            listing = await asyncio.wait_for(read, self.max_seconds)
        except MemoryError:
            raise
        except asyncio.TimeoutError:
            text = f"{what} could not be read within {self.max_seconds:.0f} s."
            reading.errors[entry.key] = TransientError(f"{text[0].upper()}{text[1:]}")
        except Exception as error:  # noqa: BLE001 - one list must not stop the others
            reading.errors[entry.key] = to_github_error(error, what)
        else:
            reading.lists[entry.key] = StoredList(listing, asked_at)


def _require_app(github: GitHubResource, entry: ListSource) -> None:
    """Refuse to read the list of an installation as somebody else."""
    if entry.kind == "installation" and not github.has_app:
        raise CredentialsError(
            "There is no GitHub App whose installation has repositories; set REPO_STATS_APP_ID "
            "and the settings beside it, or remove the entry."
        )


def _describe_failure(error: GitHubError, known: StoredList | None) -> str:
    """Why a list could not be read, and how old the last one is, in one sentence."""
    reason = str(error).rstrip(".")
    if known is None:
        return f"{reason}; it was never read before"
    return f"{reason}; it was last read at {known.read_at:%Y-%m-%d %H:%M} UTC"
