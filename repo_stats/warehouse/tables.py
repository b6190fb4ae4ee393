"""Tables of one file per repository, or of one for all, as data frames with a `repo` column."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, TypeVar
from uuid import uuid4

import pandas as pd
import pyarrow as pa

from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.parquet import (
    DamagedFileError,
    Note,
    from_parquet,
    read_note,
    to_pandas,
    to_parquet,
)
from repo_stats.warehouse.schemas import TableSchema

_Content = TypeVar("_Content")

Rows: TypeAlias = pd.DataFrame | pa.Table
"""Rows of a table: as a frame to compute with, or as they are stored."""


@dataclass(frozen=True)
class Scan:
    """How the items of a repository were read.

    Attributes:
        validated_at: when GitHub last vouched for the page that was validated longest ago (UTC).
        ended_at: when reading and proving was done (UTC).
        is_exact: whether the items are proved to be the list as it stood at one moment.
        pages: number of pages.
        rounds: how often pages were asked for again for that proof.
        changes: what changed while the list was read: items, or pages of a list by numbers.
        fingerprint: SHA-256 of the names and contents of the pages.
    """

    validated_at: datetime
    ended_at: datetime
    is_exact: bool
    pages: int
    rounds: int
    changes: int
    fingerprint: str

    def to_note(self) -> dict[str, Any]:
        """The scan as JSON values."""
        times = {name: getattr(self, name).isoformat() for name in _SCAN_TIMES}
        return {**asdict(self), **times}

    @classmethod
    def from_note(cls, note: Mapping[str, Any]) -> "Scan":
        """The scan that `to_note` wrote."""
        times = {name: datetime.fromisoformat(note[name]) for name in _SCAN_TIMES}
        return cls(**{**note, **times})


_SCAN_TIMES = ("validated_at", "ended_at")


@dataclass(frozen=True)
class ScannedRows:
    """Rows of repositories that are made of their items, and how those were read.

    Attributes:
        frame: the rows, with a `repo` column; a repository with no item has none.
        scans: a scan for every repository that was read.
    """

    frame: pd.DataFrame
    scans: Mapping[str, Scan]

    def of(self, repos: Collection[str]) -> "ScannedRows":
        """The rows of some of the repositories."""
        scans = {repo: scan for repo, scan in self.scans.items() if repo in repos}
        return ScannedRows(self.frame[self.frame["repo"].isin(list(repos))], scans)


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
        scan: Scan | None = None,
        history: Note | None = None,
    ) -> None:
        """Put a repository's rows, or all of a table of a single file, in place of those before.

        Raises:
            WarehouseError: they cannot be stored; those stored before stay.
        """
        note = {"edition": uuid4().hex, "scan": scan and scan.to_note(), "history": history}
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

    def edition(self, schema: TableSchema, repo: str) -> str | None:
        """What tells a repository's file from all that stand in its place before and after.

        None if there is no readable file.
        """
        note = self._find_note(schema, repo)
        return None if note is None else str(note.get("edition"))

    def find_scan(self, schema: TableSchema, repo: str) -> Scan | None:
        """How the rows of a repository were read, or None where there is no readable file."""
        note = self._find_note(schema, repo)
        try:
            return Scan.from_note(note["scan"]) if note else None
        except (KeyError, TypeError, ValueError):
            return None

    def find_history(self, schema: TableSchema, repo: str) -> Note | None:
        """What the file of a repository says of when its items were read, if it does."""
        note = self._find_note(schema, repo)
        found: Note | None = note.get("history") if note else None
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

    def read_scanned(self, schema: TableSchema, repos: Sequence[str]) -> ScannedRows:
        """The rows of repositories, and how their items were read.

        Raises:
            WarehouseError: a repository has no file, or a damaged or outdated one.
        """
        scans = {repo: self._read(schema, repo, _parse_scan) for repo in repos}
        return ScannedRows(self.read(schema, repos), scans)

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

    def _find_note(self, schema: TableSchema, repo: str) -> Note | None:
        content = self.files.read(self.path(schema, repo))
        try:
            return None if content is None else read_note(content)
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


def _parse_scan(content: bytes) -> Scan:
    try:
        return Scan.from_note(read_note(content)["scan"])
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(str(error)) from error


def to_frame(schema: TableSchema, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with the types of a table."""
    return to_pandas(pa.Table.from_pylist(list(rows), schema.arrow))


def split_by_repo(
    schema: TableSchema, frame: pd.DataFrame, repos: Iterable[str]
) -> dict[str, pa.Table]:
    """The rows of each repository, as they are stored; none for one that has no rows."""
    table = to_arrow(schema, frame)
    places = frame.groupby("repo", sort=False).indices
    return {repo: table.take(places[repo]) if repo in places else table[:0] for repo in repos}


def join_frames(schema: TableSchema, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of several frames, with the types of a table even where a column is all null."""
    tables = [to_arrow(schema, frame) for frame in frames]
    return to_pandas(pa.concat_tables([schema.arrow.empty_table(), *tables]))


def hash_content(schema: TableSchema, rows: Rows) -> str:
    """SHA-256 of what rows say, whenever and however they were read.

    It is made of the values in the table's own types, not of a library's idea of a file.
    """
    names = [name for name in schema.names if name not in schema.volatile]
    columns = to_arrow(schema, rows).select(names).columns
    values = zip(*map(_plain_values, columns), strict=True)
    text = json.dumps([names, *values], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain_values(column: pa.ChunkedArray) -> list[Any]:
    """A column's values; times as whole numbers, which need no text to be made of each."""
    is_time = pa.types.is_timestamp(column.type)
    values: list[Any] = (column.cast(pa.int64()) if is_time else column).to_pylist()
    return values


def to_arrow(schema: TableSchema, rows: Rows) -> pa.Table:
    """Rows as they are stored."""
    if isinstance(rows, pa.Table):
        return rows
    return pa.Table.from_pandas(rows[schema.names], schema.arrow, preserve_index=False)
