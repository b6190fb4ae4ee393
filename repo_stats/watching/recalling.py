"""What is watched as far as it is known without a request: when definitions are loaded."""

from collections.abc import Sequence
from datetime import datetime

from repo_stats.config.errors import WatchlistError
from repo_stats.config.watchlist import Watchlist
from repo_stats.watching.resolving import WatchedRepository, resolve


def recall(
    watchlist: Watchlist, stored: Sequence[WatchedRepository], now: datetime
) -> tuple[WatchedRepository, ...]:
    """What is watched, by the watchlist as it is now and by what its lists brought in last.

    So a repository that was just written out counts at once, and so does an entry that was
    removed. A list that was never read brings in nothing.

    Args:
        watchlist: the watchlist.
        stored: the rows of the last time that it was resolved.
        now: the current time (UTC), for repositories that are new.
    """
    try:
        return resolve(watchlist, {}, stored, now, {}).watched
    except WatchlistError:
        return ()
