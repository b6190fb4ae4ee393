"""Resolves the watchlist: reads GitHub's lists that it names, and stores what is watched.

It needs no context of a step, so that an asset and a command may call it.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
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
from repo_stats.watching.resolving import Lists, Resolution, WatchedRepository, resolve
from repo_stats.watching.stored_lists import Key, StoredList, StoredLists

ALWAYS = timedelta(0)
"""The age at which a list is too old if it is to be read in any case."""


@dataclass(frozen=True)
class ResolvedWatchlist:
    """What is watched now.

    Attributes:
        resolution: the stored rows, and warnings about entries.
        has_changed: whether other rows are stored than before.
        errors: why lists could not be read.
        usage: what the requests cost.
    """

    resolution: Resolution
    has_changed: bool
    errors: Mapping[Key, GitHubError]
    usage: Usage


def resolve_watchlist(
    log: logging.Logger,
    github: GitHubResource,
    tables: Tables,
    watchlist: Watchlist,
    max_age: timedelta = ALWAYS,
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

    Raises:
        WatchlistError: nothing would be watched; what is stored stays.
        TransientError: the same, and another attempt may help.
        WarehouseError: what is watched cannot be stored.
    """
    stored = StoredLists(tables)
    now = datetime.now(timezone.utc)
    known = stored.find_lists()
    entries = {entry.key: entry for entry in watchlist.sources}
    fresh = {key: kept for key, kept in known.items() if ALWAYS <= now - kept.read_at < max_age}
    due = [entry for key, entry in entries.items() if key not in fresh]
    reading = asyncio.run(_read_lists(log, github, due, known))
    resolution, has_changed = _store(stored, watchlist, reading.tell(known, fresh), reading, now)
    if reading.lists:
        kept = {key: found for key, found in (known | reading.lists).items() if key in entries}
        stored.write_lists(kept)
    for warning in resolution.warnings:
        log.warning(warning)
    return ResolvedWatchlist(resolution, has_changed, reading.errors, reading.usage)


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

    def tell(self, known: Mapping[Key, StoredList], fresh: Mapping[Key, StoredList]) -> Lists:
        """What is known of each list now."""
        told: dict[Key, Listing | str] = {
            key: kept.listing for key, kept in {**fresh, **self.lists}.items()
        }
        for key, error in self.errors.items():
            told[key] = _describe_failure(error, known.get(key))
        return told


def _store(
    stored: StoredLists, watchlist: Watchlist, lists: Lists, reading: _Reading, now: datetime
) -> tuple[Resolution, bool]:
    """Resolve the watchlist, and store the rows; gives whether they are other ones than before."""
    states = stored.tables.states
    known_ids = {repo: state.repo_id for repo, state in states.items()}
    resolution = Resolution(())

    def resolve_rows(before: Sequence[WatchedRepository]) -> Sequence[WatchedRepository]:
        nonlocal resolution
        resolution = resolve(watchlist, lists, before, now, known_ids)
        return resolution.rows

    try:
        has_changed = stored.update_watched(resolve_rows)
    except WatchlistError as error:
        if reading.may_pass:
            raise TransientError(str(error)) from error
        raise
    return resolution, has_changed


async def _read_lists(
    log: logging.Logger,
    github: GitHubResource,
    entries: Sequence[ListSource],
    known: Mapping[Key, StoredList],
) -> _Reading:
    """Read lists, those of organisations and users at once."""
    reading = _Reading()

    async def read_one(client: GitHubClient, entry: ListSource) -> None:
        pages = known[entry.key].listing.pages if entry.key in known else ()
        asked_at = datetime.now(timezone.utc)
        try:
            _require_app(github, entry)
            listing = await read_list(client, entry.kind, entry.name, pages)
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001 - one list must not stop the others
            what = describe_list(entry.kind, entry.name)
            reading.errors[entry.key] = to_github_error(error, what)
        else:
            reading.lists[entry.key] = StoredList(listing, asked_at)

    for app_only in (False, True):
        alike = [entry for entry in entries if (entry.kind == "installation") is app_only]
        if alike:
            async with github.client(log, app_only=app_only) as client:
                await asyncio.gather(*(read_one(client, entry) for entry in alike))
                reading.usage = Usage.total([reading.usage, client.usage])
    return reading


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
