"""The pages of issues lists: one Parquet file each, which keeps its own ETag and age."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import pandas as pd
import pyarrow as pa

from repo_stats.github.pages import Page, PageHead, PageKey
from repo_stats.github.rows import parse_issues
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.parquet import (
    DamagedFileError,
    from_parquet,
    read_names,
    read_note,
    to_pandas,
    to_parquet,
)
from repo_stats.warehouse.schemas import ISSUE_PAGES, OPEN_ISSUES

_TIMES = ("fetched_at", "validated_at")


class LostPageError(WarehouseError):
    """A page is gone that was there a moment ago: reading the list again fetches it anew."""


@dataclass(frozen=True)
class PageFolder:
    """The stored pages of a warehouse; a `PageStore`.

    A page that cannot be read, because something damaged it or an older version wrote it, counts
    as missing: it is fetched again.
    """

    files: Files

    def path(self, key: PageKey) -> str:
        """A page's file, below the warehouse."""
        return f"{ISSUE_PAGES.name}/{key}.parquet"

    def uri(self, key: PageKey) -> str:
        """Where a page's file is, as other programs understand it."""
        return self.files.uri(self.path(key))

    def head(self, key: PageKey) -> PageHead | None:
        """See `PageStore`."""
        content = self.files.read(self.path(key))
        return None if content is None else _read_head(content)

    def heads(self, repo: str) -> list[PageHead]:
        """The heads of a repository's pages from the first to the first gap."""
        heads: list[PageHead] = []
        while (head := self.head(PageKey(repo, len(heads) + 1))) is not None:
            heads.append(head)
        return heads

    def numbers(self, repo: str) -> list[int]:
        """The numbers of a repository's pages, ascending."""
        stems = [
            name.removesuffix(".parquet")
            for name in self.files.names(f"{ISSUE_PAGES.name}/{repo}")
            if name.endswith(".parquet")
        ]
        return sorted(int(stem) for stem in stems if stem.isdigit())

    def write(self, key: PageKey, page: Page) -> None:
        """See `PageStore`."""
        self._put(key, page.head, pa.Table.from_pylist(list(page.rows), ISSUE_PAGES.arrow))

    def confirm(self, key: PageKey, sent: PageHead, validated_at: datetime) -> None:
        """See `PageStore`."""
        content = self.files.read(self.path(key))
        if content is None or _read_head(content) != sent:
            return
        try:
            table = from_parquet(content)
        except DamagedFileError:
            self.delete(key)
        else:
            self._put(key, replace(sent, validated_at=validated_at), table)

    def delete(self, key: PageKey) -> None:
        """Remove a page; no error if it is not there."""
        self.files.delete(self.path(key))

    def read_items(self, keys: Sequence[PageKey]) -> pd.DataFrame:
        """The items on pages, in the pages' order, as columns of `open_issues`.

        Raises:
            LostPageError: a page is gone or damaged; a damaged one is removed.
        """
        tables = [self._read_items(key) for key in keys]
        return to_pandas(pa.concat_tables([OPEN_ISSUES.arrow.empty_table(), *tables]))

    def _read_items(self, key: PageKey) -> pa.Table:
        content = self.files.read(self.path(key))
        try:
            return _parse_items(content or b"")
        except DamagedFileError:
            self.delete(key)
            raise LostPageError(
                f"The stored page {key} was damaged or removed while it was in use; it is fetched "
                "again by the next attempt."
            ) from None

    def _put(self, key: PageKey, head: PageHead, table: pa.Table) -> None:
        note = asdict(head)
        times = {name: note[name].isoformat() for name in _TIMES}
        self.files.write(self.path(key), to_parquet(table, {**note, **times}))


def _read_head(content: bytes) -> PageHead | None:
    try:
        note = read_note(content)
        times = {name: datetime.fromisoformat(note[name]) for name in _TIMES}
        return PageHead(**{**note, **times})
    except (DamagedFileError, KeyError, TypeError, ValueError):
        return None


def _parse_items(content: bytes) -> pa.Table:
    """A page's items; one stored by a version with other columns is parsed anew."""
    if set(OPEN_ISSUES.names) <= set(read_names(content)):
        return from_parquet(content, OPEN_ISSUES.names)
    outdated = from_parquet(content, ["repo", "repo_id", "raw"]).to_pylist()
    rows = [
        row
        for item in outdated
        for row in parse_issues([json.loads(item["raw"])], item["repo"], item["repo_id"])
    ]
    return pa.Table.from_pylist(rows, ISSUE_PAGES.arrow).select(OPEN_ISSUES.names)
