"""The pages of issues lists: one Parquet file each, which keeps its own ETag and age."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from repo_stats.github.issues.pages import Page, PageHead, PageKey
from repo_stats.github.parsing import parse_issues
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import to_pandas
from repo_stats.warehouse.parquet import (
    DamagedFileError,
    from_parquet,
    read_footer,
    read_names,
    replace_footer,
    to_parquet,
)
from repo_stats.warehouse.schemas import ISSUE_PAGES, OPEN_ISSUES

_TIMES = ("fetched_at", "validated_at", "answered_at", "served_at", "last_updated_at")


class LostPageError(WarehouseError):
    """A page is gone that was there a moment ago: reading the list again fetches it anew."""


@dataclass(frozen=True)
class PageFolder:
    """The stored pages of a warehouse; a `PageStore`.

    A page that cannot be read, because something damaged it or an older version wrote it, counts
    as missing: it is fetched again.
    """

    files: Files
    folder: str = ISSUE_PAGES.name

    def path(self, key: PageKey) -> str:
        """A page's file, below the warehouse."""
        return f"{self.folder}/{key}.parquet"

    def uri(self, key: PageKey) -> str:
        """Where a page's file is, as other programs understand it."""
        return self.files.uri(self.path(key))

    def head(self, key: PageKey) -> PageHead | None:
        """See `PageStore`."""
        content = self.files.read(self.path(key))
        return None if content is None else _read_head(content)

    def heads(self, repo: str) -> dict[PageKey, PageHead]:
        """The heads of a repository's readable pages, in the order of their names."""
        heads = {key: self.head(key) for key in self.keys(repo)}
        return {key: head for key, head in heads.items() if head is not None}

    def keys(self, repo: str) -> list[PageKey]:
        """The names of a repository's pages, in their order."""
        keys = []
        for name in self.files.names(f"{self.folder}/{repo}"):
            if name.endswith(".parquet"):
                try:
                    keys.append(PageKey.parse(f"{repo}/{name.removesuffix('.parquet')}"))
                except ValueError:
                    continue
        return keys

    def write(self, key: PageKey, page: Page) -> None:
        """See `PageStore`."""
        table = pa.Table.from_pylist(list(page.rows), ISSUE_PAGES.arrow)
        self.files.write(self.path(key), to_parquet(table, _to_note(page.head)))

    def confirm(self, key: PageKey, sent: PageHead, confirmed: PageHead) -> None:
        """See `PageStore`."""
        content = self.files.read(self.path(key))
        if content is None or _read_head(content) != sent:
            return
        changed = replace_footer(content, _to_note(confirmed))
        self.files.write(self.path(key), changed)

    def delete(self, key: PageKey) -> None:
        """Remove a page; no error if it is not there."""
        self.files.delete(self.path(key))

    def read_updates(self, key: PageKey, head: PageHead) -> dict[int, datetime]:
        """See `PageStore`.

        Raises:
            LostPageError: the page is gone, damaged or another one by now.
        """
        table = self._read(key, head).select(["id", "updated_at"])
        return dict(zip(table["id"].to_pylist(), table["updated_at"].to_pylist(), strict=True))

    def read_items(
        self, heads: Mapping[PageKey, PageHead], ends: Mapping[PageKey, datetime | None]
    ) -> pd.DataFrame:
        """The items on pages, in the pages' order, as columns of `open_issues`.

        Args:
            heads: the pages, which must still have these heads' content.
            ends: until when the items of each are its own; None for all.

        Raises:
            LostPageError: a page is gone, damaged or another one by now; a damaged one is removed.
        """
        tables = [_cut(self._read(key, head), ends[key]) for key, head in heads.items()]
        return to_pandas(pa.concat_tables([OPEN_ISSUES.arrow.empty_table(), *tables]))

    def _read(self, key: PageKey, head: PageHead) -> pa.Table:
        content = self.files.read(self.path(key)) or b""
        stored = _read_head(content)
        if stored is not None and stored.content_hash != head.content_hash:
            raise LostPageError(
                f"Another run replaced the stored page {key} while it was in use; the next attempt "
                "takes what is there now."
            )
        try:
            return _parse_items(content)
        except DamagedFileError:
            self.delete(key)
            raise LostPageError(
                f"The stored page {key} was damaged or removed while it was in use; it is fetched "
                "again by the next attempt."
            ) from None


def _to_note(head: PageHead) -> dict[str, Any]:
    """A head as JSON values; times have a fixed width, so that they can be replaced in place."""
    note = asdict(head)
    stamps = {
        name: note[name].isoformat(timespec="microseconds")
        for name in _TIMES
        if note[name] is not None
    }
    return {**note, **stamps}


def _read_head(content: bytes) -> PageHead | None:
    try:
        note = read_footer(dict, content)
        times = {name: datetime.fromisoformat(note[name]) for name in _TIMES if note[name]}
        return PageHead(**{**note, **times})
    except (DamagedFileError, KeyError, TypeError, ValueError):
        return None


def _cut(table: pa.Table, end: datetime | None) -> pa.Table:
    if end is None:
        return table
    return table.filter(pc.less(table["updated_at"], pa.scalar(end, table["updated_at"].type)))


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
