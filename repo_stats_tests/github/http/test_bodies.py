"""Bodies of responses: unpacked up to a size and no further, and strict JSON."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable

import pytest

from repo_stats.github.http.bodies import BodyError, TooLargeError, decode_json, read_body
from repo_stats.github.http.refusals import read_message

GZIP = {"content-encoding": "gzip"}


class Chunks:
    """A body in pieces, which knows how many of them were taken."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            self.taken += 1
            yield chunk


def read(chunks: Iterable[bytes], headers: dict[str, str], most: int = 1000) -> bytes:
    return asyncio.run(read_body(Chunks(chunks), headers, most))


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("size", [1, 7, 10_000])
@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "x-gzip"])
def test_a_compressed_body_is_unpacked_whatever_its_pieces(size: int, encoding: str) -> None:
    body = bytes(range(256)) * 1000
    packed = pieces(gzip.compress(body), size)
    assert read(packed, {"content-encoding": encoding}, len(body)) == body


@pytest.mark.parametrize("headers", [{}, {"content-encoding": "identity"}])
def test_a_plain_body_may_be_as_large_as_allowed_and_no_larger(headers: dict[str, str]) -> None:
    assert read([b"x" * 600, b"x" * 400], headers) == b"x" * 1000
    with pytest.raises(TooLargeError, match="more than 1000 bytes"):
        read([b"x" * 600, b"x" * 401], headers)


def test_a_small_body_that_unpacks_to_gigabytes_is_given_up_after_its_first_piece() -> None:
    packer = zlib.compressobj(wbits=31)
    head = packer.compress(bytes(2**20))
    more = [packer.compress(bytes(2**20)) for _ in range(20)]
    chunks = Chunks([head + more[0], *more[1:]])
    with pytest.raises(TooLargeError):
        asyncio.run(read_body(chunks, GZIP, 2**16))
    assert chunks.taken <= 17


@pytest.mark.parametrize(
    ("body", "encoding", "reason"),
    [
        (b"not compressed", "gzip", "damaged compression"),
        (zlib.compress(b"of another kind"), "gzip", "damaged compression"),
        (gzip.compress(b"a" * 500, mtime=0)[:-9], "gzip", "a compressed body that is cut off"),
        (b"", "br", "an unknown compression"),
        (b"", "gzip, gzip", "an unknown compression"),
    ],
)
def test_a_body_that_cannot_be_unpacked_is_garbled(body: bytes, encoding: str, reason: str) -> None:
    with pytest.raises(BodyError) as raised:
        read([body], {"content-encoding": encoding})
    assert str(raised.value) == reason


@pytest.mark.parametrize("length", [2**16 - 1, 2**16, 2**16 + 1, 3 * 2**16, 10**6])
@pytest.mark.parametrize("last", [0, 1, 8, 9])
def test_no_byte_is_lost_at_the_end_of_a_piece(length: int, last: int) -> None:
    packed = gzip.compress(bytes(length), mtime=0)
    cut = len(packed) - last
    assert read([packed[:cut], packed[cut:]], GZIP, length) == bytes(length)
    with pytest.raises(TooLargeError):
        read([packed[:cut], packed[cut:]], GZIP, length - 1)
    with pytest.raises(BodyError, match="cut off"):
        read([packed[: cut - 1]], GZIP, length)


def test_what_follows_a_compressed_body_is_not_kept() -> None:
    chunks = [gzip.compress(b"body"), *[bytes(2**16)] * 100]
    tracemalloc.start()
    try:
        assert read(chunks, GZIP) == b"body"
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2**20


def test_a_response_without_a_body_may_say_that_it_is_compressed() -> None:
    assert read([], GZIP) == b""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", "Expecting value"),
        (b"{", "Expecting property name"),
        (b"\xff", "can't decode byte 0xff"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"NaN", "NaN is not JSON"),
        (b"[-Infinity]", "-Infinity is not JSON"),
        (b"\x00", "Expecting value"),
    ],
    ids=lambda value: repr(value[:10]),
)
def test_what_is_not_json_is_a_value_error_and_no_message(text: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decode_json(text)
    assert read_message(text) == ""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": "a\\n b"}', "a b"),
        (b'{"message": "\xff"}', "\N{REPLACEMENT CHARACTER}"),
        (b'{"message": 5}', ""),
        (b'{"message": "' + b"://a" * 30_000 + b'"}', ""),
        (b"[]", ""),
    ],
)
def test_a_message_is_read_from_any_bytes(body: bytes, message: str) -> None:
    assert read_message(body) == message
