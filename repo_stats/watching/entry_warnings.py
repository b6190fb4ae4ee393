"""What is odd about an entry of the watchlist and its list, in sentences with file and line."""

from collections.abc import Iterator

from repo_stats.config.errors import quote
from repo_stats.config.list_sources import ListSource
from repo_stats.config.repository_names import is_repository_name
from repo_stats.github.listings import Listing
from repo_stats.watching.filters import count_obstacles, find_obstacle


def warn_of(entry: ListSource, listing: Listing | str, kept: int) -> Iterator[str]:
    """Describe what somebody should look at.

    Args:
        entry: the entry.
        listing: its list, or why it could not be read, in a sentence.
        kept: how many repositories it has brought in before.
    """
    where, written, stay = entry.where, entry.written, _describe_kept(kept)
    if isinstance(listing, str):
        yield f"{where}: {listing.rstrip('.')}; {stay}."
        return
    rows = listing.rows
    if not rows:
        yield f"{where}: GitHub lists no repository of {quote(written)}; {stay}."
    elif all(find_obstacle(entry, row) for row in rows):
        yield (
            f"{where}: {quote(written)} brings in none of its repositories "
            f"({count_obstacles(entry, rows)}); change what it leaves out, or remove it."
        )
    if not listing.is_settled:
        yield (
            f"{where}: the list of {quote(written)} changed each time that it was read, so the "
            "next reading may find more; what it has brought in before stays."
        )
    for row in rows:
        if not is_repository_name(row.repo):
            yield f"{where}: {quote(row.repo)} is left out, because no table can have its name."


def _describe_kept(count: int) -> str:
    if not count:
        return "it brings in nothing"
    repositories = "repository" if count == 1 else f"{count} repositories"
    return f"the {repositories} that it has brought in before {'stays' if count == 1 else 'stay'}"
