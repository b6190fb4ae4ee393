"""Parquet bytes: Arrow tables in and out of memory, and the JSON metadata in a file's footer.

The caller decides what the metadata is: any value that the JSON codec knows. Files are written with
checksums (see `seals`), and verified when they are read. Files of earlier versions have none.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from repo_stats.json_codec import from_json, to_json
from repo_stats.warehouse.seals import (
    add_seal,
    has_seal,
    is_end_intact,
    is_intact,
    read_end,
    renew_seal,
)

_METADATA_KEY = b"repo_stats"

_SEALED_KEY = b"repo_stats_sealed"
"""Is in the footer of a file with a seal, so that damage to the seal's mark is noticed too."""

_RESERVE = 64
"""Spaces after the footer metadata, so that slightly longer metadata can replace it in place."""

_LARGE = 16_384
"""From how many bytes on a column is compressed. To set up the compression of a small column takes
longer than to write it, or to read it, and saves little."""

_FEW_ROWS = 16
"""How many rows get no dictionaries of their values, which take longer than they save."""

_Value = TypeVar("_Value")


_UNREADABLE = "it cannot be read as Parquet"


class DamagedFileError(Exception):
    """The bytes are not a Parquet file, or not one that this project wrote; the message says why.

    The message is a part of a sentence, in which "it" is the file.
    """


def to_parquet(table: pa.Table, metadata: object = None) -> bytes:
    """The bytes of a Parquet file that holds a table and, in its footer, metadata.

    Args:
        table: the rows.
        metadata: a value for `to_json`; None for no metadata.
    """
    buffer = io.BytesIO()
    plain = table.replace_schema_metadata(None)
    text = to_json({} if metadata is None else metadata) + b" " * _RESERVE
    with pq.ParquetWriter(
        buffer,
        plain.schema,
        compression=dict.fromkeys(_large_columns(plain), "zstd"),
        use_dictionary=plain.num_rows > _FEW_ROWS,
        write_page_checksum=True,
    ) as writer:
        writer.write_table(plain)
        writer.add_key_value_metadata({_METADATA_KEY: text, _SEALED_KEY: b"1"})
    return add_seal(buffer.getvalue())


def _large_columns(table: pa.Table) -> Iterator[str]:
    """The paths of the columns to compress, as Parquet calls them."""
    for column, values in zip(table.schema, table.columns, strict=True):
        if values.nbytes >= _LARGE:
            yield f"{column.name}.list.element" if pa.types.is_list(column.type) else column.name


def replace_footer(content: bytes, metadata: object) -> bytes:
    """A Parquet file's bytes with other footer metadata.

    The footer holds the metadata as plain text, so it is usually replaced in place, padded with
    spaces to the old length. The rows are written again only if it does not fit. Rows that are not
    written again keep their checksum.

    Args:
        content: the file's bytes.
        metadata: a value for `to_json`.

    Raises:
        DamagedFileError: the bytes are no intact Parquet file, or one without footer metadata.
    """
    with _damage_noticed():
        old, new = _read_metadata(content), to_json(metadata)
    if len(new) > len(old):
        return with_footer(content, metadata)
    place = content.rfind(old)
    return renew_seal(content[:place] + new.ljust(len(old)) + content[place + len(old) :])


def with_footer(content: bytes, metadata: object) -> bytes:
    """A Parquet file's rows, written again with other footer metadata.

    Raises:
        DamagedFileError: the bytes are no Parquet file.
    """
    return to_parquet(from_parquet(content), metadata)


def from_parquet(content: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The table in a Parquet file's bytes, or some of its columns.

    Arrow's own threads are not used: one that lets go of the bytes while the interpreter ends
    aborts the process, with the exit code of a crash after all was done.

    Raises:
        DamagedFileError: the bytes are no intact Parquet file.
    """
    with _damage_noticed():
        return _read_rows(_open(content), content, columns)


def from_parquet_with_footer(
    kind: type[_Value], content: bytes, columns: Sequence[str] | None = None
) -> tuple[pa.Table, _Value | None]:
    """The same as `from_parquet`, with the metadata in the footer, in one look at the file.

    The metadata is None if there is none of that type: rows of another program are still rows.

    Raises:
        DamagedFileError: the bytes are no intact Parquet file.
    """
    with _damage_noticed():
        file = _open(content)
        table = _read_rows(file, content, columns)
        text = (file.metadata.metadata or {}).get(_METADATA_KEY, b"")
    with suppress(ValueError):
        return table, from_json(kind, text)
    return table, None


def read_schema(content: bytes) -> pa.Schema:
    """The names and types of the columns in a Parquet file's bytes; its rows are not decoded.

    Raises:
        DamagedFileError: the bytes are no intact Parquet file.
    """
    with _damage_noticed():
        return _open(content).schema_arrow


def read_footer(kind: type[_Value], source: bytes | BinaryIO) -> _Value:
    """The metadata in a Parquet file's footer; the rows are neither read nor verified.

    Args:
        kind: the type of the metadata.
        source: the file's bytes, or the open file, of which only the end is read.

    Raises:
        DamagedFileError: this is no Parquet file, or one with a damaged footer, or its metadata is
            not of that type.
        OSError: the open file cannot be read.
    """
    with _damage_noticed():
        content = source if isinstance(source, bytes) else read_end(source)
        return from_json(kind, _read_metadata(content))


def _read_rows(file: pq.ParquetFile, content: bytes, columns: Sequence[str] | None) -> pa.Table:
    table = file.read(columns=columns, use_threads=False)
    if not has_seal(content):
        table.validate(full=True)  # reading alone accepts texts that are not UTF-8
    return table


def _open(content: bytes) -> pq.ParquetFile:
    """The file in bytes that are verified as far as their checksums go."""
    if not is_intact(content):
        raise DamagedFileError("its checksum is wrong")
    file = pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True)
    _require_seal(content, file.metadata.metadata)
    return file


def _read_metadata(end: bytes) -> bytes:
    """The text of the metadata in a file, or in the end of one."""
    if not is_end_intact(end):
        raise DamagedFileError("the checksum of its footer is wrong")
    found: dict[bytes, bytes] = pq.read_metadata(pa.BufferReader(end)).metadata
    _require_seal(end, found)
    return found[_METADATA_KEY]


def _require_seal(end: bytes, found: Mapping[bytes, bytes] | None) -> None:
    if _SEALED_KEY in (found or {}) and not has_seal(end):
        raise DamagedFileError("its checksum is missing")


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
        raise DamagedFileError(_UNREADABLE) from error
    except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
        raise DamagedFileError(_UNREADABLE) from error
