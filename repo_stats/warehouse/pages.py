"""The pages of issues lists: one Parquet file each, with the page's head in its footer.

The columns are those of `ISSUE_PAGES` in `fetched_schemas`. What a head says is defined in
`github.issues.pages`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from repo_stats.github.errors import TransientError
from repo_stats.github.issues.pages import Page, PageHead, PageKey
from repo_stats.github.parsing import parse_issues
from repo_stats.json_codec import from_json, to_json
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.footers import find_footer
from repo_stats.warehouse.parquet import (
    DamagedFileError,
    from_parquet,
    from_parquet_with_footer,
    read_footer,
    replace_footer,
    to_parquet,
)
from repo_stats.warehouse.schemas import ISSUE_PAGES, OPEN_ISSUES

ALL_ITEMS_FOLDER = "all_issue_pages"
"""The folder of the pages of all items, closed ones included."""


class LostPageError(WarehouseError):
    """A page was there a moment ago and is gone: reading the list again fetches it again."""

    may_pass = True


@dataclass(frozen=True)
class PageFolder:
    """The stored pages of a warehouse; a `PageStore`.

    A page that cannot be read counts as missing and is fetched again.

    Attributes:
        files: of the warehouse.
        folder: where the pages are.
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
        """The head of a page; None if there is no such page, or it cannot be read.

        Raises:
            WarehouseError: the file exists and cannot be read.
        """
        path = self.path(key)
        head = find_footer(PageHead, self.files, path)
        if head is not None:
            return head
        return _read_older_head(self.files.read(path) or b"")

    def heads(self, repo: str) -> dict[PageKey, PageHead]:
        """See `PageStore`.

        Raises:
            WarehouseError: a file exists and cannot be read.
        """
        heads = {key: self.head(key) for key in self.keys(repo)}
        return {key: head for key, head in heads.items() if head is not None}

    def keys(self, repo: str) -> list[PageKey]:
        """The names of a repository's pages in order, readable or not."""
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
        self.files.write(self.path(key), to_parquet(table, page.head))

    def confirm(self, key: PageKey, sent: PageHead, confirmed: PageHead) -> None:
        """See `PageStore`."""
        content = self.files.read(self.path(key))
        if content is not None and _parse_head(content) == sent:
            self.files.write(self.path(key), replace_footer(content, confirmed))

    def delete(self, key: PageKey) -> None:
        """Remove a page; a page that does not exist is no error."""
        self.files.delete(self.path(key))

    def read_items(
        self, heads: Mapping[PageKey, PageHead], ends: Mapping[PageKey, datetime | None]
    ) -> pa.Table:
        """The items on pages, in the pages' order, with the columns of `open_issues`.

        Args:
            heads: the heads of the pages; each page must still have the content of its head.
            ends: for each page, the time of update from which items belong to the next page; None
                if all items are its own.

        Raises:
            LostPageError: a page is gone, or damaged, or was replaced. A damaged page is removed.
        """
        tables = [_cut(self._read(key, head), ends[key]) for key, head in heads.items()]
        return pa.concat_tables([OPEN_ISSUES.arrow.empty_table(), *tables])

    def _read(self, key: PageKey, head: PageHead) -> pa.Table:
        try:
            items, stored = _parse_page(self.files.read(self.path(key)) or b"")
        except DamagedFileError:
            self.delete(key)
            raise LostPageError(
                f"The stored page {key} was damaged or removed while it was in use; it is fetched "
                "again by the next attempt."
            ) from None
        if stored is not None and stored.content_hash != head.content_hash:
            raise LostPageError(
                f"Another run replaced the stored page {key} while it was in use; the next attempt "
                "takes what is there now."
            )
        return items


def _parse_head(content: bytes) -> PageHead | None:
    try:
        return read_footer(PageHead, content)
    except DamagedFileError:
        return _read_older_head(content)


def _read_older_head(content: bytes) -> PageHead | None:
    """The head of a page that was stored before heads held the updates of their items."""
    try:
        footer = read_footer(dict[str, Any], content)
        rows = from_parquet(content, ["id", "updated_at"]).to_pylist()
        updates = {row["id"]: int(row["updated_at"].timestamp()) for row in rows}
        return from_json(PageHead, to_json({**footer, "updates": updates}))
    except (DamagedFileError, ValueError, KeyError, AttributeError):  # or the file is no page
        return None


def _cut(table: pa.Table, end: datetime | None) -> pa.Table:
    if end is None:
        return table
    return table.filter(pc.less(table["updated_at"], pa.scalar(end, table["updated_at"].type)))


def _parse_page(content: bytes) -> tuple[pa.Table, PageHead | None]:
    """A page's items and its head. Items that have other columns are parsed again."""
    items, head = from_parquet_with_footer(PageHead, content, OPEN_ISSUES.names)
    head = head or _read_older_head(content)
    is_current = set(OPEN_ISSUES.names) <= set(items.column_names)
    return items if is_current else _parse_again(content), head


def _parse_again(content: bytes) -> pa.Table:
    outdated = from_parquet(content, ["repo", "repo_id", "raw"]).to_pylist()
    try:
        rows = [
            row
            for item in outdated
            for row in parse_issues([json.loads(item["raw"])], item["repo"], item["repo_id"])
        ]
    except (TransientError, ValueError) as error:
        # An earlier version stored what is refused today.
        raise DamagedFileError(str(error)) from error
    return pa.Table.from_pylist(rows, ISSUE_PAGES.arrow).select(OPEN_ISSUES.names)
