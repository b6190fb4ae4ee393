"""Parquet bytes: Arrow tables in and out of memory, and the JSON metadata in a file's footer.

The caller decides what the metadata is: any value that the JSON codec knows.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from repo_stats.json_codec import from_json, to_json

_METADATA_KEY = b"repo_stats"

_RESERVE = 64
"""Spaces after the footer metadata, so that slightly longer metadata can replace it in place."""

_Value = TypeVar("_Value")


class DamagedFileError(Exception):
    """The bytes are not a Parquet file, or not one that this project wrote."""


def to_parquet(table: pa.Table, metadata: object = None) -> bytes:
    """The bytes of a Parquet file that holds a table and, in its footer, metadata.

    Args:
        table: the rows.
        metadata: a value for `to_json`; None for no metadata.
    """
    buffer = io.BytesIO()
    plain = table.replace_schema_metadata(None)
    text = to_json({} if metadata is None else metadata) + b" " * _RESERVE
    with pq.ParquetWriter(buffer, plain.schema, compression="zstd") as writer:
        writer.write_table(plain)
        writer.add_key_value_metadata({_METADATA_KEY: text})
    return buffer.getvalue()


def replace_footer(content: bytes, metadata: object) -> bytes:
    """A Parquet file's bytes with other footer metadata.

    The footer holds the metadata as plain text, so it is usually replaced in place, padded with
    spaces to the old length. The rows are written again only if it does not fit.

    Args:
        content: the file's bytes.
        metadata: a value for `to_json`.

    Raises:
        DamagedFileError: the bytes are no Parquet file, or one without footer metadata.
    """
    with _damage_noticed():
        old, new = _read_metadata(io.BytesIO(content)), to_json(metadata)
    place = content.rfind(old)
    if place < 0 or len(new) > len(old):
        return with_footer(content, metadata)
    return content[:place] + new.ljust(len(old)) + content[place + len(old) :]


def with_footer(content: bytes, metadata: object) -> bytes:
    """A Parquet file's rows, written again with other footer metadata.

    Raises:
        DamagedFileError: the bytes are no Parquet file.
    """
    return to_parquet(from_parquet(content), metadata)


def from_parquet(content: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The table in a Parquet file's bytes, or some of its columns.

    Raises:
        DamagedFileError: the bytes are no Parquet file.
    """
    with _damage_noticed():
        return pq.ParquetFile(io.BytesIO(content)).read(columns=columns)


def read_names(content: bytes) -> list[str]:
    """The names of the columns in a Parquet file's bytes.

    Raises:
        DamagedFileError: the bytes are no Parquet file.
    """
    with _damage_noticed():
        names: list[str] = pq.read_schema(io.BytesIO(content)).names
        return names


def read_footer(kind: type[_Value], source: bytes | BinaryIO) -> _Value:
    """The metadata in a Parquet file's footer; the rows are not read.

    Args:
        kind: the type of the metadata.
        source: the file's bytes, or the open file.

    Raises:
        DamagedFileError: this is no Parquet file, or its metadata is not of that type.
        OSError: the open file cannot be read.
    """
    with _damage_noticed():
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        return from_json(kind, _read_metadata(file))


def _read_metadata(file: BinaryIO) -> bytes:
    text: bytes = pq.read_metadata(file).metadata[_METADATA_KEY]
    return text


@contextmanager
def _damage_noticed() -> Iterator[None]:
    """Turn the errors with which Arrow reports damage into one.

    An `OSError` with a number comes from the system: it says nothing about the file's content.
    """
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            raise
        raise DamagedFileError(str(error)) from error
    except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(str(error)) from error
