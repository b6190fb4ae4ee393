"""What a command watches: it reads the lists that the watchlist names, or takes them as stored."""

import logging
import os

from repo_stats.cli.errors import JobError
from repo_stats.config.errors import WatchlistError
from repo_stats.config.settings import Settings, load_settings, load_watchlist


def read_lists(*, force: bool, unread: list[str] | None = None) -> Settings:
    """Read the lists that are too old; gives the settings with all that is watched now.

    Args:
        force: read them however fresh they are.
        unread: gets the warnings, if a list is still too old because it could not be read.

    Raises:
        JobError: nothing is watched.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
        WarehouseError: what the lists have brought in cannot be read.
    """
    from repo_stats.watching.loading import require_listed

    settings, watchlist = load_settings(), load_watchlist()
    if not watchlist.sources:
        return settings
    from repo_stats.defs.current_lists import has_old_lists, read_old_lists

    if settings.reads_lists and (force or has_old_lists(settings, watchlist)):
        telling = _Telling()
        with telling as log:
            read_old_lists(settings, watchlist, log, force=force)
        if unread is not None and telling.said and has_old_lists(settings, watchlist):
            unread += telling.said
    take_lists_as_stored()
    try:
        return require_listed(settings, watchlist)
    except WatchlistError as error:
        raise JobError(f"Nothing is watched: {error}") from None


def take_lists_as_stored() -> None:
    """Send no request for lists when this process, or a child of it, loads definitions."""
    os.environ["REPO_STATS_READ_LISTS"] = "off"


class _Telling(logging.Handler):
    """A log whose warnings are printed beside the progress, and kept."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def __enter__(self) -> logging.Logger:
        from repo_stats.cli.progress import make_display

        self._display = make_display("Reading the lists of the watchlist")
        log = logging.Logger("repo_stats.lists", logging.WARNING)
        log.addHandler(self)
        return log

    def __exit__(self, *_: object) -> None:
        self._display.close()

    def emit(self, record: logging.LogRecord) -> None:
        """Print a warning."""
        self.said.append(record.getMessage())
        self._display.say(f"Warning: {self.said[-1]}")
