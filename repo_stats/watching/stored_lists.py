"""What the warehouse keeps of what is watched, and how old it is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from repo_stats.config.marks import MARKS
from repo_stats.github.listings import Listing, ListingPage
from repo_stats.json_codec import from_json, to_json
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import REPOSITORY_LISTS, WATCHED_REPOSITORIES
from repo_stats.warehouse.tables import Tables
from repo_stats.watching.watched_repository import WatchedRepository

Key = tuple[str, str]
"""What tells lists from each other: `ListSource.key`."""


@dataclass(frozen=True)
class StoredList:
    """A list of GitHub's as it was last read.

    Attributes:
        listing: the list.
        read_at: when that was (UTC).
    """

    listing: Listing
    read_at: datetime


@dataclass(frozen=True)
class StoredLists:
    """What is watched, and GitHub's lists behind it.

    Attributes:
        tables: of the warehouse.
    """

    tables: Tables

    def find_watched(self) -> tuple[WatchedRepository, ...]:
        """The rows of `watched_repositories`; none if nothing was ever resolved.

        Raises:
            WarehouseError: they cannot be read.
        """
        return _to_watched(self.tables.find_kept_rows(WATCHED_REPOSITORIES, None))

    def update_watched(
        self,
        resolve: Callable[[Sequence[WatchedRepository]], Sequence[WatchedRepository]],
        wait: float | None = None,
    ) -> bool:
        """Replace the rows of `watched_repositories` as a whole, unless they stay the same.

        Args:
            resolve: takes the stored rows, and returns those to store.
            wait: seconds to wait for another process that does the same.

        Returns:
            Whether they are other ones now.

        Raises:
            InUseError: another process holds the table.
            WarehouseError: the rows cannot be read or replaced; they stay.
        """

        def change(stored: pa.Table | None) -> pa.Table | None:
            before = _to_watched(stored)
            after = tuple(resolve(before))
            if stored is not None and after == before:
                return None
            rows = [dict(zip(WATCHED_REPOSITORIES.names, astuple(r), strict=True)) for r in after]
            return pa.Table.from_pylist(rows, WATCHED_REPOSITORIES.arrow)

        return self.tables.update_rows(WATCHED_REPOSITORIES, None, change, wait) is not None

    def find_lists(self) -> dict[Key, StoredList]:
        """The lists of GitHub's; those that cannot be read are missing, and are requested anew."""
        stored = self.tables.find(REPOSITORY_LISTS, None)
        if stored is None:
            return {}
        found: dict[Key, StoredList] = {}
        for kind, name, page, is_settled, read_at, content in stored.itertuples(index=False):
            before = found[kind, name].listing.pages if (kind, name) in found else ()
            parsed = _parse(content)
            if parsed is not None and page == len(before) + 1:
                listing = Listing((*before, parsed), bool(is_settled))
                found[kind, name] = StoredList(listing, read_at.to_pydatetime())
        return found

    def find_times(self) -> dict[Key, datetime]:
        """When each list of GitHub's was last read (UTC), without the lists themselves."""
        stored = self.tables.find(REPOSITORY_LISTS, None, ["kind", "name", "read_at"])
        rows = () if stored is None else stored.itertuples(index=False)
        return {(kind, name): read_at.to_pydatetime() for kind, name, read_at in rows}

    def write_lists(self, lists: Mapping[Key, StoredList]) -> None:
        """Replace all lists.

        Raises:
            WarehouseError: they cannot be stored; the old ones stay.
        """
        rows = [row for key, stored in lists.items() for row in _to_rows(key, stored)]
        self.tables.write(REPOSITORY_LISTS, None, to_frame(REPOSITORY_LISTS, rows))


def _to_watched(stored: pa.Table | None) -> tuple[WatchedRepository, ...]:
    rows: list[dict[str, Any]] = [] if stored is None else stored.to_pylist()
    return tuple(WatchedRepository(**{**row, **_read_marks(row)}) for row in rows)


def _read_marks(row: Mapping[str, Any]) -> dict[str, bool]:
    """The marks of a repository; earlier versions did not know all of them."""
    return {f"has_{mark}": bool(row[f"has_{mark}"]) for mark in MARKS}


def _to_rows(key: Key, stored: StoredList) -> Iterable[dict[str, Any]]:
    listing = stored.listing
    for number, page in enumerate(listing.pages, start=1):
        content = to_json(page).decode()
        values = (*key, number, listing.is_settled, stored.read_at, content)
        yield dict(zip(REPOSITORY_LISTS.names, values, strict=True))


def _parse(content: str) -> ListingPage | None:
    try:
        return from_json(ListingPage, content.encode())
    except ValueError:
        return None
