"""Tables of one file per repository, as data frames with a `repo` column."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

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


@dataclass(frozen=True)
class Scan:
    """How the rows of a repository were read.

    Attributes:
        validated_at: when GitHub last vouched for the page that was validated longest ago (UTC).
        is_exact: whether the rows are proved to be the list as it stood at one moment.
        pages: number of pages.
    """

    validated_at: datetime
    is_exact: bool
    pages: int

    def to_note(self) -> dict[str, Any]:
        """The scan as JSON values."""
        return {**asdict(self), "validated_at": self.validated_at.isoformat()}

    @classmethod
    def from_note(cls, note: Mapping[str, Any]) -> "Scan":
        """The scan that `to_note` wrote."""
        return cls(**{**note, "validated_at": datetime.fromisoformat(note["validated_at"])})


@dataclass(frozen=True)
class ScannedItems:
    """Items of repositories, and how each repository's were read.

    Attributes:
        frame: the items, with a `repo` column; a repository with none has no rows.
        scans: a scan for every repository that was read.
    """

    frame: pd.DataFrame
    scans: Mapping[str, Scan]


@dataclass(frozen=True)
class Tables:
    """The tables of a warehouse."""

    files: Files

    def path(self, schema: TableSchema, repo: str) -> str:
        """The file of a repository, below the warehouse."""
        return f"{schema.name}/{repo}.parquet"

    def uri(self, schema: TableSchema, repo: str) -> str:
        """Where a repository's file is, as other programs understand it."""
        return self.files.uri(self.path(schema, repo))

    def write(
        self, schema: TableSchema, repo: str, frame: pd.DataFrame, note: Note | None = None
    ) -> None:
        """Put a repository's rows in place of those stored before.

        Raises:
            WarehouseError: they cannot be stored; those stored before stay.
        """
        table = _to_arrow(schema.arrow, frame)
        self.files.write(self.path(schema, repo), to_parquet(table, note))

    def read(self, schema: TableSchema, repos: Sequence[str]) -> pd.DataFrame:
        """The rows of repositories, in the order given.

        Raises:
            WarehouseError: a repository has no file, or one that is no Parquet file.
        """
        stored = [
            self._read(schema, repo, partial(from_parquet, columns=schema.names)) for repo in repos
        ]
        return to_pandas(pa.concat_tables([schema.arrow.empty_table(), *stored]))

    def read_scans(self, schema: TableSchema, repos: Sequence[str]) -> dict[str, Scan]:
        """How the rows of repositories were read.

        Raises:
            WarehouseError: a repository has no file, or a damaged one.
        """
        return {repo: Scan.from_note(self._read(schema, repo, read_note)) for repo in repos}

    def find(self, schema: TableSchema, repo: str) -> pd.DataFrame | None:
        """The rows of a repository, or None where there is no readable file of today's columns.

        For what can be fetched again: a damaged or outdated file counts as none.
        """
        content = self.files.read(self.path(schema, repo))
        if content is None:
            return None
        try:
            table = from_parquet(content)
            return to_pandas(table.cast(schema.arrow))
        except (DamagedFileError, pa.ArrowException, ValueError):
            return None

    def repos(self, schema: TableSchema) -> list[str]:
        """The repositories that a table has a file of, sorted."""
        return [
            f"{owner}/{name.removesuffix('.parquet')}"
            for owner in self.files.names(schema.name)
            for name in self.files.names(f"{schema.name}/{owner}")
            if name.endswith(".parquet")
        ]

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


def to_frame(schema: TableSchema, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with the types of a table."""
    return to_pandas(pa.Table.from_pylist(list(rows), schema.arrow))


def split_by_repo(frame: pd.DataFrame, repos: Iterable[str]) -> dict[str, pd.DataFrame]:
    """The rows of each repository; none for one that has no rows."""
    rows = dict(list(frame.groupby("repo", sort=False)))
    return {repo: rows.get(repo, frame.iloc[:0]) for repo in repos}


def join_frames(schema: TableSchema, frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of several frames, with the types of a table even where a column is all null."""
    tables = [_to_arrow(schema.arrow, frame) for frame in frames]
    return to_pandas(pa.concat_tables([schema.arrow.empty_table(), *tables]))


def hash_content(schema: TableSchema, frame: pd.DataFrame) -> str:
    """SHA-256 of what rows say, whenever and however they were read.

    It is made of the values in the table's own types, not of a library's idea of a file.
    """
    lasting = pa.schema([field for field in schema.arrow if field.name not in schema.volatile])
    table = _to_arrow(lasting, frame)
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    text = json.dumps([lasting.names, *rows], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _to_arrow(schema: pa.Schema, frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame[schema.names], schema, preserve_index=False)
