"""The settings with all that is watched: what is written out, and what lists have brought in.

No request is sent. The lists were read before, or else they bring in nothing yet.
"""

from datetime import datetime, timezone

from repo_stats.config.errors import WatchlistError
from repo_stats.config.settings import Settings, load_settings, load_watchlist
from repo_stats.config.watchlist import Watchlist
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.resolving import WatchedRepository, resolve
from repo_stats.watching.stored_lists import StoredLists


def load_watched() -> Settings:
    """The settings of the environment, with all that is watched.

    Raises:
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
        WarehouseError: what its lists have brought in cannot be read.
    """
    return add_listed(load_settings(), load_watchlist())


def add_listed(settings: Settings, watchlist: Watchlist) -> Settings:
    """Add to the settings what the lists of a watchlist have brought in.

    Args:
        settings: with the repositories that the watchlist writes out.
        watchlist: the watchlist.

    Raises:
        WarehouseError: what they have brought in cannot be read.
    """
    if not watchlist.sources:
        return settings
    try:
        watched = find_watched(settings, watchlist)
    except WatchlistError:
        watched = ()  # definitions have to be there, so that the lists can be read by them
    return settings.model_copy(
        update={
            "repos": tuple(row.repo for row in watched),
            "history_repos": tuple(row.repo for row in watched if row.has_history),
        }
    )


def find_watched(settings: Settings, watchlist: Watchlist) -> tuple[WatchedRepository, ...]:
    """What is watched, by the watchlist as it is now and by its lists as they were last read.

    So a repository that was just written out counts at once, and so does a changed filter, or an
    entry that was removed. A list that was never read brings in nothing.

    Args:
        settings: with the place of the warehouse.
        watchlist: the watchlist.

    Raises:
        WatchlistError: nothing is watched; the message says why.
        WarehouseError: what its lists have brought in cannot be read.
    """
    stored = StoredLists(Tables(Files(settings.warehouse)))
    lists = {key: kept.listing for key, kept in stored.find_lists().items()}
    now = datetime.now(timezone.utc)
    return resolve(watchlist, lists, stored.find_watched(), now, known_ids={}).watched
