"""Frames and Arrow tables: the rows of a table in memory, split, joined and hashed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import pandas as pd
import pyarrow as pa

from repo_stats.warehouse.parquet import (
    to_pandas,
)
from repo_stats.warehouse.schemas import TableSchema

Rows: TypeAlias = pd.DataFrame | pa.Table
"""Rows of a table: as a frame to compute with, or as they are stored."""


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
