"""The settings with all that is watched: what is written out, and what lists have brought in.

No request is sent. The lists were read before, or else they bring in nothing yet.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timezone

from repo_stats.config.errors import WatchlistError
from repo_stats.config.marks import MARKS
from repo_stats.config.settings import Settings, load_settings, load_watchlist
from repo_stats.config.watchlist import Watchlist
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.resolving import Resolution, resolve
from repo_stats.watching.stored_lists import StoredLists
from repo_stats.watching.watched_repository import WatchedRepository


def load_watched() -> Settings:
    """The settings of the environment, with all that is watched.

    Raises:
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
        WarehouseError: what its lists have brought in cannot be read.
    """
    return add_listed(load_settings(), load_watchlist())


def add_listed(settings: Settings, watchlist: Watchlist) -> Settings:
    """Add to the settings what the lists of a watchlist have brought in, which may be nothing yet.

    Args:
        settings: with the repositories that the watchlist writes out.
        watchlist: the watchlist.

    Raises:
        WarehouseError: what they have brought in cannot be read.
    """
    with suppress(WatchlistError):
        return require_listed(settings, watchlist)
    # Definitions have to be there, so that the lists can be read by them.
    return _take(settings, ())


def require_listed(settings: Settings, watchlist: Watchlist) -> Settings:
    """Add to the settings what the lists of a watchlist have brought in.

    Args:
        settings: with the repositories that the watchlist writes out.
        watchlist: the watchlist.

    Raises:
        WatchlistError: nothing is watched; the message says why.
        WarehouseError: what they have brought in cannot be read.
    """
    if not watchlist.sources:
        return settings
    stored = StoredLists(Tables(Files(settings.warehouse)))
    return _take(settings, resolve_stored(stored, watchlist, datetime.now(timezone.utc)).watched)


def resolve_stored(stored: StoredLists, watchlist: Watchlist, now: datetime) -> Resolution:
    """What is watched, by the watchlist as it is now and by its lists as they were last read.

    So a repository that was just written out counts at once, and so does a changed filter, or an
    entry that was removed. A list that was never read brings in nothing.

    Args:
        stored: what is stored of lists, and of what they have brought in.
        watchlist: the watchlist.
        now: the current time (UTC), for repositories that are new.

    Raises:
        WatchlistError: nothing is watched; the message says why.
        WarehouseError: what is stored cannot be read.
    """
    lists = {key: kept.listing for key, kept in stored.find_lists().items()}
    return resolve(watchlist, lists, stored.find_watched(), now, known_ids={})


def _take(settings: Settings, watched: Sequence[WatchedRepository]) -> Settings:
    return settings.model_copy(
        update={
            "repos": tuple(row.repo for row in watched),
            **{
                f"{mark}_repos": tuple(row.repo for row in watched if mark in row.marks)
                for mark in MARKS
            },
        }
    )
