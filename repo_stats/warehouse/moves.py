"""Finds repositories that are stored under another name than the one they are watched as."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_METADATA
from repo_stats.warehouse.tables import Tables


@dataclass(frozen=True)
class Move:
    """A repository that is stored under a name that is no longer watched.

    Attributes:
        repo_id: GitHub's number of the repository.
        old: the owner/name that it is stored under.
        new: the owner/name that it is watched as.
    """

    repo_id: int
    old: str
    new: str


def find_moves(
    tables: Tables, ids: Mapping[str, int], watched: Collection[str]
) -> tuple[list[Move], dict[str, str]]:
    """The repositories that are stored under names that are no longer watched.

    This lists the stored names, and reads a file for each that is not watched.

    Args:
        tables: the warehouse's tables.
        ids: the numbers of repositories, by the names they are watched as.
        watched: all names that are watched; what is stored under them stays.

    Returns:
        The moves, and why names that are not watched cannot be read. If a repository has several
        old names, the one refreshed last comes first.

    Raises:
        WarehouseError: the stored names cannot be listed.
    """
    names: dict[int, str] = {}
    for repo, repo_id in ids.items():
        names.setdefault(repo_id, repo)
    stored = {*tables.repos(REPO_METADATA), *tables.repos(REPO_HISTORY)}.difference(watched)
    rows, unread = try_each(sorted(stored), lambda name: list(_find_ids(tables, name)))
    moves = {
        Move(repo_id, old, names[repo_id]): seen_at
        for found in rows.values()
        for old, repo_id, seen_at in found
        if repo_id in names and old not in watched
    }
    return sorted(moves, key=lambda move: moves[move], reverse=True), unread


def _find_ids(tables: Tables, stored: str) -> Iterator[tuple[str, int, datetime]]:
    """The name in the rows of a file, the numbers with that name, and when each was last read.

    The name in the rows is the one to go by: on a file system that ignores case, the file's own
    name can be an earlier spelling.
    """
    rows = tables.find(REPO_METADATA, stored, ["repo", "repo_id", "validated_at"])
    if rows is None:
        rows = tables.find(REPO_HISTORY, stored, ["repo", "repo_id", "snapshot_at"])
    if rows is not None:
        latest = rows.drop_duplicates(["repo", "repo_id"], keep="last")
        for repo, repo_id, seen_at in latest.to_numpy():
            yield str(repo), int(repo_id), seen_at
