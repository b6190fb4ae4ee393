"""Parquet bytes: Arrow tables in and out of memory, with a small JSON note in the file's footer."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

_NOTE = b"repo_stats"


class DamagedFileError(Exception):
    """The bytes are no Parquet file, or not one that this project wrote."""


FooterMetadata = Mapping[str, Any]
"""What a file says of itself beside its rows: JSON values under text keys."""


def to_parquet(table: pa.Table, note: FooterMetadata | None = None) -> bytes:
    """The bytes of a Parquet file that holds a table and, in its footer, a note."""
    buffer = io.BytesIO()
    plain = table.replace_schema_metadata(None)
    with pq.ParquetWriter(buffer, plain.schema, compression="zstd") as writer:
        writer.write_table(plain)
        writer.add_key_value_metadata({_NOTE: _dump(note or {})})
    return buffer.getvalue()


def replace_footer(content: bytes, old: FooterMetadata, new: FooterMetadata) -> bytes:
    """A Parquet file's bytes with another note of the same length, all else as it is.

    The footer holds the note as it is written, so that rows need not be read for it.

    Raises:
        ValueError: the notes differ in length, or the old one is not there.
    """
    before, after = _dump(old), _dump(new)
    place = content.rfind(before)
    if len(before) != len(after) or place < 0:
        raise ValueError("Only a note of the same length can be replaced in place.")
    return content[:place] + after + content[place + len(before) :]


def from_parquet(content: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The table in a Parquet file's bytes, or some of its columns.

    Raises:
        DamagedFileError: the bytes are no Parquet file.
    """
    with _damage_noticed():
        return pq.ParquetFile(io.BytesIO(content)).read(columns=columns)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """A table as a data frame."""
    frame: pd.DataFrame = table.to_pandas()
    return frame


def read_names(content: bytes) -> list[str]:
    """The names of the columns in a Parquet file's bytes.

    Raises:
        DamagedFileError: the bytes are no Parquet file.
    """
    with _damage_noticed():
        names: list[str] = pq.read_schema(io.BytesIO(content)).names
        return names


def read_footer(content: bytes) -> dict[str, Any]:
    """The note in a Parquet file's footer, without reading its rows.

    Raises:
        DamagedFileError: the bytes are no Parquet file, or something else wrote it.
    """
    with _damage_noticed():
        note: dict[str, Any] = json.loads(pq.read_metadata(io.BytesIO(content)).metadata[_NOTE])
        return note


def _dump(note: FooterMetadata) -> bytes:
    return json.dumps(dict(note)).encode()


@contextmanager
def _damage_noticed() -> Iterator[None]:
    """Arrow tells damage in many ways: as its own errors, and as those of files and values."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(str(error)) from error
