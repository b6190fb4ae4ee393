"""Reads the lists that the watchlist names when a command begins, before definitions are loaded.

Partitions are fixed when definitions are loaded. So a command that finds a list too old reads it
first, and then refreshes what is on it now.
"""

import logging
from datetime import datetime, timedelta, timezone

from repo_stats.config.errors import WatchlistError
from repo_stats.config.settings import Settings, load_settings, load_watchlist
from repo_stats.config.watchlist import Watchlist
from repo_stats.github.errors import GitHubError
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.loading import add_listed
from repo_stats.watching.stored_lists import StoredLists

MOST_SECONDS = 60.0
"""For how long a command waits for a list. Then it goes on with what the list had last."""


def has_old_lists(settings: Settings, watchlist: Watchlist) -> bool:
    """Whether a list of the watchlist was never read, or longer ago than the settings allow.

    Raises:
        WarehouseError: it is not known.
    """
    if not watchlist.sources:
        return False
    from repo_stats.defs.steps.watchlist_lists import find_due

    read_at = StoredLists(Tables(Files(settings.warehouse))).find_times()
    max_age = timedelta(seconds=settings.max_age)
    return bool(find_due(watchlist, read_at, datetime.now(timezone.utc), max_age))


def read_old_lists(
    settings: Settings, watchlist: Watchlist, log: logging.Logger, *, force: bool = False
) -> None:
    """Read the lists that are too old, and store what is watched.

    If that does not work, the log says why, and what is stored counts.

    Args:
        settings: the settings.
        watchlist: the watchlist.
        log: gets a sentence for each list that could not be read, and for each odd entry.
        force: read all lists, however fresh they are.
    """
    from repo_stats.defs.resources import github_resource
    from repo_stats.defs.steps.watchlist_lists import resolve_watchlist

    max_age = timedelta(seconds=0 if force else settings.max_age)
    tables = Tables(Files(settings.warehouse))
    github = github_resource(settings)
    try:
        resolve_watchlist(log, github, tables, watchlist, max_age, MOST_SECONDS)
    except (GitHubError, WatchlistError, WarehouseError) as error:
        log.warning(str(error))


def load_current(log: logging.Logger) -> Settings:
    """The settings of the environment with all that is watched now, by lists that are not too old.

    Args:
        log: see `read_old_lists`.

    Raises:
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
        WarehouseError: what its lists have brought in cannot be read.
    """
    settings, watchlist = load_settings(), load_watchlist()
    if settings.reads_lists and has_old_lists(settings, watchlist):
        read_old_lists(settings, watchlist, log)
    return add_listed(settings, watchlist)
