"""Reads the body of a response: no more than a number of bytes, unpacked, and as JSON."""

import json
import zlib
from collections.abc import AsyncIterable, Mapping
from typing import Any, NoReturn

MOST_BYTES = 64 * 2**20
"""The largest body after unpacking. A page of 100 issues whose texts all have the longest length
that GitHub allows, 65,536 characters, is less than half of that."""

ENCODING = "gzip"
"""The only compression that requests ask for."""

_GZIP = 16 + zlib.MAX_WBITS

_PIECE = 2**16


class BodyError(ValueError):
    """A body cannot be unpacked."""


class TooLargeError(ValueError):
    """A body is larger than allowed."""


async def read_body(
    chunks: AsyncIterable[bytes], headers: Mapping[str, str], most: int = MOST_BYTES
) -> bytes:
    """Read a body, and unpack it if it is compressed.

    Neither what is kept nor what is unpacked at once ever exceeds the limit by more than one piece.

    Args:
        chunks: the body as it arrives.
        headers: of the response.
        most: the largest number of bytes after unpacking.

    Raises:
        BodyError: it is compressed in another way than asked for, or damaged.
        TooLargeError: there are more bytes.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return await _read_plain(chunks, most)
    if encoding in (ENCODING, f"x-{ENCODING}"):
        return await _read_compressed(chunks, most)
    raise BodyError("an unknown compression")


async def _read_plain(chunks: AsyncIterable[bytes], most: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        _append(body, chunk, most)
    return bytes(body)


async def _read_compressed(chunks: AsyncIterable[bytes], most: int) -> bytes:
    body = bytearray()
    unpacker = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            packed = chunk
            while packed and not unpacker.eof:
                _append(body, unpacker.decompress(packed, _PIECE), most)
                packed = unpacker.unconsumed_tail
    except zlib.error as error:
        raise BodyError("damaged compression") from error
    if body and not unpacker.eof:
        raise BodyError("a compressed body that is cut off")
    return bytes(body)


def _append(body: bytearray, piece: bytes, most: int) -> None:
    if len(body) + len(piece) > most:
        raise TooLargeError(f"more than {most} bytes")
    body += piece


def decode_json(text: str | bytes) -> Any:
    """Decode JSON strictly: `NaN` and `Infinity` are none.

    Raises:
        ValueError: the text is not JSON, not UTF-8, or nested too deeply to be read.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
