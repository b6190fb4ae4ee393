"""Seals: checksums in a Parquet file, with which any change of its bytes is noticed.

Parquet's own checksums cover the values of each page of a column, but neither the headers between
them nor the footer, where the schema and our metadata are. Therefore a file has a seal as well: 16
bytes between its rows and its footer, where every reader of Parquet skips them. The seal holds one
checksum of all that is before it, and one of all that comes after. The second one can be checked by
reading the end of a file alone.
"""

import struct
import zlib
from typing import BinaryIO

_MARK = b"repostat"

_CHECKSUMS = struct.Struct("<II")

_SEAL_SIZE = len(_MARK) + _CHECKSUMS.size

_MAGIC = b"PAR1"

_LENGTH = struct.Struct("<I4s")
"""The last bytes of a Parquet file: how long its footer is, and Parquet's mark."""

_END_SIZE = 65_536
"""How much of a file is read at first to have its end, in bytes: nearly always enough."""


def add_seal(content: bytes) -> bytes:
    """A Parquet file's bytes with a seal."""
    place = _find_footer(content)
    if place is None:
        raise ValueError("These are not the bytes of a Parquet file.")
    return _join(content[:place], zlib.crc32(content[:place]), content[place:])


def renew_seal(content: bytes) -> bytes:
    """A Parquet file's bytes after its footer was changed; without a seal, they stay as they are.

    The checksum of the rows stays as well, so that damage in them is still noticed.
    """
    place = _find_seal(content)
    if place is None:
        return content
    of_rows, _ = _CHECKSUMS.unpack_from(content, place + len(_MARK))
    return _join(content[:place], of_rows, content[place + _SEAL_SIZE :])


def has_seal(content: bytes) -> bool:
    """Whether a file, or the end of one, has a seal."""
    return _find_seal(content) is not None


def is_end_intact(content: bytes) -> bool:
    """Whether the footer is as it was written. The rows are not looked at.

    Args:
        content: a file, or the end of one. Without a seal, nothing can be said against it.
    """
    place = _find_seal(content)
    if place is None:
        return True
    of_rows, of_end = _CHECKSUMS.unpack_from(content, place + len(_MARK))
    return _sum_end(of_rows, content[place + _SEAL_SIZE :]) == int(of_end)


def is_intact(content: bytes) -> bool:
    """Whether a whole file is as it was written; without a seal, nothing can be said against it."""
    place = _find_seal(content)
    if place is None:
        return True
    of_rows, _ = _CHECKSUMS.unpack_from(content, place + len(_MARK))
    return of_rows == zlib.crc32(memoryview(content)[:place]) and is_end_intact(content)


def read_end(file: BinaryIO) -> bytes:
    """The end of a file: at least its footer and its seal, if it is a Parquet file.

    Raises:
        OSError: the file cannot be read.
    """
    size = file.seek(0, 2)
    end = _read_last(file, min(size, _END_SIZE))
    needed = _footer_size(end) + _SEAL_SIZE
    return end if len(end) >= min(needed, size) else _read_last(file, min(needed, size))


def _read_last(file: BinaryIO, count: int) -> bytes:
    file.seek(-count, 2)
    return file.read(count)


def _footer_size(content: bytes) -> int:
    """How long the footer is with what follows it; 0 if this is not the end of a Parquet file."""
    if len(content) < _LENGTH.size:
        return 0
    length, magic = _LENGTH.unpack_from(content, len(content) - _LENGTH.size)
    return length + _LENGTH.size if magic == _MAGIC else 0


def _find_footer(content: bytes) -> int | None:
    size = _footer_size(content)
    return len(content) - size if 0 < size <= len(content) else None


def _find_seal(content: bytes) -> int | None:
    footer = _find_footer(content)
    if footer is None or footer < _SEAL_SIZE:
        return None
    place = footer - _SEAL_SIZE
    return place if content[place : place + len(_MARK)] == _MARK else None


def _join(rows: bytes, of_rows: int, end: bytes) -> bytes:
    return rows + _MARK + _CHECKSUMS.pack(of_rows, _sum_end(of_rows, end)) + end


def _sum_end(of_rows: int, end: bytes) -> int:
    """The checksum of the end; it covers the other checksum as well."""
    return zlib.crc32(end, of_rows)
