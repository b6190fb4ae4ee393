"""Changes the watchlist file: which file it is, and how its content is replaced."""

import codecs
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from repo_stats.atomic_files import replace_file
from repo_stats.config.addresses import expand_home
from repo_stats.config.errors import shorten
from repo_stats.config.settings import DEFAULT_WATCHLIST
from repo_stats.config.watchlist import MOST_BYTES, read_text
from repo_stats.config.watchlist_nodes import refuse


def find_watchlist_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The watchlist file, which may not exist yet.

    Raises:
        SettingsError: its path cannot be used.
        WatchlistError: a variable holds the watchlist instead.
    """
    if environ.get("REPO_STATS_REPOS", "").strip():
        refuse(
            "REPO_STATS_REPOS holds the watchlist, so no file counts; change that variable, or "
            "unset it."
        )
    path = environ.get("REPO_STATS_WATCHLIST", "").strip()
    return expand_home(path, "REPO_STATS_WATCHLIST") if path else Path(DEFAULT_WATCHLIST)


def edit_file(path: Path, edit: Callable[[str, str], str]) -> None:
    """Replace the text of a watchlist file, or create the file.

    A link keeps leading to the file, which keeps its permissions and the mark at its beginning
    that some editors write.

    Args:
        path: the file.
        edit: takes the text, empty if there is no file, and the name of the file for messages;
            gives the new text.

    Raises:
        WatchlistError: the file cannot be read or written, or the edit is refused; it stays.
    """
    source = shorten(str(path))
    exists = path.exists()
    edited = edit(read_text(path) if exists else "", source).encode()
    if len(edited) > MOST_BYTES:
        refuse(f"{source}: it would be larger than {MOST_BYTES >> 20} MiB.")
    try:
        mode = path.stat().st_mode & 0o7777 if exists else None
        if exists and path.read_bytes().startswith(codecs.BOM_UTF8):
            edited = codecs.BOM_UTF8 + edited
        replace_file(path.resolve(), edited, mode=mode)
    except OSError as error:
        refuse(f"{source}: the watchlist cannot be written ({error.strerror}).")
