"""The rows of a table in memory, as pandas frames and Arrow tables: converted, split, hashed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from math import isnan
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from repo_stats.warehouse.schemas import TableSchema

FrameOrArrow: TypeAlias = pd.DataFrame | pa.Table
"""Rows of a table: as a frame to compute with, or as an Arrow table to store."""

Records: TypeAlias = list[dict[str, Any]]
"""Rows as dictionaries of plain Python values."""

_EPOCH = datetime.fromtimestamp(0, timezone.utc)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame. It starts no threads, as `from_parquet` does not.

    Notes that pandas may have left in the table are not read: its own types say all.
    """
    frame: pd.DataFrame = table.to_pandas(use_threads=False, ignore_metadata=True)
    return frame


def to_arrow(schema: TableSchema, rows: FrameOrArrow) -> pa.Table:
    """Rows as an Arrow table with the types of their table.

    Raises:
        ValueError: there is a null in a column that has none.
        pa.ArrowException: a value has another type.
    """
    if isinstance(rows, pa.Table):
        return rows
    # Not by `from_pandas`: its notes for pandas cost several times as much as the few rows.
    columns = [_to_column(field, rows[field.name]) for field in schema.arrow]
    return pa.Table.from_arrays(columns, schema=schema.arrow)


def _to_column(field: pa.Field, values: "pd.Series[Any]") -> pa.Array | pa.ChunkedArray:
    plain = values.to_numpy() if isinstance(values.dtype, np.dtype) else values
    column = pa.array(plain, field.type, from_pandas=True)
    if column.null_count and not field.nullable:
        raise ValueError(f"{field.name} must not be null, and {column.null_count} values are.")
    return column


def to_frame(schema: TableSchema, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows as a frame with the types of their table."""
    return to_pandas(pa.Table.from_pylist(list(rows), schema.arrow))


def join_frames(schema: TableSchema, parts: Sequence[FrameOrArrow]) -> pd.DataFrame:
    """All rows in one frame with the types of their table, even where a column is all null."""
    tables = [to_arrow(schema, part) for part in parts]
    return to_pandas(pa.concat_tables([schema.arrow.empty_table(), *tables]))


def split_by_repo(
    schema: TableSchema, frame: pd.DataFrame, repos: Iterable[str]
) -> dict[str, pa.Table]:
    """The rows of each of the repositories; an empty table for one without rows."""
    table = to_arrow(schema, frame)
    places = frame.groupby("repo").indices
    return {repo: _take(table, places[repo]) if repo in places else table[:0] for repo in repos}


def _take(table: pa.Table, places: Any) -> pa.Table:
    """Some rows of a table, by their places in ascending order.

    Rows in a line are not copied: to take them costs as much as the whole table has rows.
    """
    first, count = int(places[0]), len(places)
    if int(places[-1]) - first + 1 == count:
        return table.slice(first, count)
    return table.take(places)


def hash_content(schema: TableSchema, rows: FrameOrArrow) -> str:
    """SHA-256 of the values in rows, without the columns that say when and how they were read.

    It depends on the values in the table's own types, not on how a library writes files.
    """
    names = [name for name in schema.names if name not in schema.volatile]
    columns = to_arrow(schema, rows).select(names).columns
    values = zip(*map(_plain_values, columns), strict=True)
    text = json.dumps([names, *values], default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain_values(column: pa.ChunkedArray) -> list[Any]:
    """A column's values; times as whole numbers, which is faster than as texts."""
    is_time = pa.types.is_timestamp(column.type)
    values: list[Any] = (column.cast(pa.int64()) if is_time else column).to_pylist()
    return values


def to_records(rows: pd.DataFrame) -> Records:
    """The rows of a frame as dictionaries of plain Python values; None where one is missing."""
    names = [str(name) for name in rows.columns]
    columns = [[_or_none(value) for value in rows[name].tolist()] for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _or_none(value: Any) -> Any:
    is_missing = value is pd.NA or value is pd.NaT or (isinstance(value, float) and isnan(value))
    return None if is_missing else value


def whole_times(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """A column of times as whole microseconds since 1970: a hundred times as fast as objects."""
    times: npt.NDArray[np.int64] = (
        column.cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy()
    )
    return times


def to_microseconds(moment: datetime) -> int:
    """A time in the same unit."""
    return (moment - _EPOCH) // timedelta(microseconds=1)
