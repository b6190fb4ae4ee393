"""Tables of one file per repository, or of one for all, as data frames with a `repo` column."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import Rows, to_arrow
from repo_stats.warehouse.parquet import (
    DamagedFileError,
    FooterMetadata,
    from_parquet,
    read_footer,
    to_pandas,
    to_parquet,
)
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import TableSchema

_Content = TypeVar("_Content")


@dataclass(frozen=True)
class Tables:
    """The tables of a warehouse."""

    files: Files

    def path(self, schema: TableSchema, repo: str | None) -> str:
        """The file of a repository, below the warehouse; with None, of a table of a single file."""
        return f"{schema.name}.parquet" if repo is None else f"{schema.name}/{repo}.parquet"

    def uri(self, schema: TableSchema, repo: str | None) -> str:
        """Where a repository's file is, as other programs understand it."""
        return self.files.uri(self.path(schema, repo))

    def write(
        self,
        schema: TableSchema,
        repo: str | None,
        rows: Rows,
        scan: ScanInfo | None = None,
        history: FooterMetadata | None = None,
    ) -> None:
        """Put a repository's rows, or all of a table of a single file, in place of those before.

        Raises:
            WarehouseError: they cannot be stored; those stored before stay.
        """
        note = {"revision": uuid4().hex, "scan": scan and scan.to_note(), "history": history}
        self.files.write(self.path(schema, repo), to_parquet(to_arrow(schema, rows), note))

    def update(
        self,
        schema: TableSchema,
        repo: str,
        change: Callable[[pd.DataFrame | None], pd.DataFrame | None],
    ) -> pd.DataFrame | None:
        """Replace a repository's rows by what a function makes of them, and give them back.

        For rows that cannot be fetched again: two processes at once lose none of each other's.
        Object storage has no locks: the moment between a last look and the write remains there.

        Args:
            schema: the table.
            repo: the repository.
            change: given the stored rows, or None if there is no file; gives those to store, or
                None if they are to stay as they are.

        Raises:
            WarehouseError: the stored rows cannot be read or replaced; they stay.
        """
        path = self.path(schema, repo)
        with self.files.locked(path):
            while True:
                content = self.files.read(path)
                changed = change(self._parse_kept(schema, repo, content))
                if changed is None:
                    return None
                if self.files.is_local or self.files.read(path) == content:
                    self.write(schema, repo, changed)
                    return changed

    def revision(self, schema: TableSchema, repo: str) -> str | None:
        """What tells a repository's file from all that stand in its place before and after.

        None if there is no readable file.
        """
        note = self._find_note(schema, repo)
        return None if note is None else str(note.get("revision"))

    def find_scan(self, schema: TableSchema, repo: str) -> ScanInfo | None:
        """How the rows of a repository were read, or None where there is no readable file."""
        note = self._find_note(schema, repo)
        try:
            return ScanInfo.from_note(note["scan"]) if note else None
        except (KeyError, TypeError, ValueError):
            return None

    def find_history(self, schema: TableSchema, repo: str) -> FooterMetadata | None:
        """What the file of a repository says of when its items were read, if it does."""
        note = self._find_note(schema, repo)
        found: FooterMetadata | None = note.get("history") if note else None
        return found

    def has(self, schema: TableSchema, repo: str) -> bool:
        """Whether there is a file of a repository."""
        return self.files.exists(self.path(schema, repo))

    def read(self, schema: TableSchema, repos: Sequence[str]) -> pd.DataFrame:
        """The rows of repositories, in the order given.

        Raises:
            WarehouseError: a repository has no file, or one that is no Parquet file.
        """
        stored = [
            self._read(schema, repo, partial(from_parquet, columns=schema.names)) for repo in repos
        ]
        return to_pandas(pa.concat_tables([schema.arrow.empty_table(), *stored]))

    def read_scanned(self, schema: TableSchema, repos: Sequence[str]) -> ScannedFrame:
        """The rows of repositories, and how their items were read.

        Raises:
            WarehouseError: a repository has no file, or a damaged or outdated one.
        """
        scans = {repo: self._read(schema, repo, _parse_scan) for repo in repos}
        return ScannedFrame(self.read(schema, repos), scans)

    def find_kept(self, schema: TableSchema, repo: str) -> pd.DataFrame | None:
        """The rows of a repository that cannot be fetched again, or None if there is no file.

        Raises:
            WarehouseError: the file is there and cannot be read.
        """
        return self._parse_kept(schema, repo, self.files.read(self.path(schema, repo)))

    def find(
        self, schema: TableSchema, repo: str | None, columns: Sequence[str] | None = None
    ) -> pd.DataFrame | None:
        """The rows of a repository, or None where there is no readable file of today's columns.

        For what can be fetched again: a damaged or outdated file counts as none.

        Args:
            schema: the table.
            repo: the repository; None for a table of a single file.
            columns: those wanted; None for all.
        """
        content = self.files.read(self.path(schema, repo))
        if content is None:
            return None
        try:
            return _parse(schema, content, columns)
        except DamagedFileError:
            return None

    def repos(self, schema: TableSchema) -> list[str]:
        """The repositories that a table has a file of, sorted."""
        return [
            f"{owner}/{name.removesuffix('.parquet')}"
            for owner in self.files.names(schema.name)
            for name in self.files.names(f"{schema.name}/{owner}")
            if name.endswith(".parquet")
        ]

    def _parse_kept(
        self, schema: TableSchema, repo: str, content: bytes | None
    ) -> pd.DataFrame | None:
        try:
            return None if content is None else _parse(schema, content)
        except DamagedFileError:
            raise WarehouseError(
                f"{self.uri(schema, repo)} is damaged, or of another version. What it held cannot "
                "be fetched again, so it is left as it is: put a copy of it back, or move it away "
                "to start anew."
            ) from None

    def _find_note(self, schema: TableSchema, repo: str) -> FooterMetadata | None:
        content = self.files.read(self.path(schema, repo))
        try:
            return None if content is None else read_footer(content)
        except DamagedFileError:
            return None

    def _read(self, schema: TableSchema, repo: str, parse: Callable[[bytes], _Content]) -> _Content:
        content = self.files.read(self.path(schema, repo))
        if content is None:
            raise WarehouseError(
                f"{schema.name} of {repo} has not been materialised yet; refresh {repo} first."
            )
        try:
            return parse(content)
        except DamagedFileError:
            raise WarehouseError(
                f"{self.uri(schema, repo)} is damaged; refresh {repo} to have it written anew."
            ) from None


def _parse(
    schema: TableSchema, content: bytes, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """The rows in a file of today's columns, or some of its columns.

    Raises:
        DamagedFileError: it is none.
    """
    names = list(columns or schema.names)
    wanted = pa.schema([schema.arrow.field(name) for name in names])
    try:
        return to_pandas(from_parquet(content, columns).select(names).cast(wanted))
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise DamagedFileError(str(error)) from error


def _parse_scan(content: bytes) -> ScanInfo:
    try:
        return ScanInfo.from_note(read_footer(content)["scan"])
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(str(error)) from error
