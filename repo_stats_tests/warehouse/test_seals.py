"""Seals: where they stand, and how little of a file is read to find its end."""

import io
import struct

import pyarrow as pa
import pytest

from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.seals import (
    add_seal,
    has_seal,
    is_end_intact,
    is_intact,
    read_end,
    renew_seal,
)


def end(length: int, mark: bytes = b"PAR1") -> bytes:
    """The last bytes of a Parquet file, which name the length of its footer."""
    return struct.pack("<I4s", length, mark)


NO_FILES = {
    "nothing": b"",
    "too short": b"PAR1",
    "text": b"no table" * 50,
    "another mark": b"0123456789" + end(2, b"NOPE"),
    "a footer longer than the file": b"0123456789" + end(11),
}


@pytest.mark.parametrize("content", NO_FILES.values(), ids=NO_FILES)
def test_what_is_no_parquet_file_gets_no_seal_and_nothing_is_said_against_it(
    content: bytes,
) -> None:
    with pytest.raises(ValueError, match=r"^These are not the bytes of a Parquet file\.$"):
        add_seal(content)
    assert not has_seal(content)
    assert is_intact(content)
    assert is_end_intact(content)
    assert renew_seal(content) == content
    assert read_end(io.BytesIO(content)) == content


@pytest.mark.parametrize("rows", [b"", b"rows"])
@pytest.mark.parametrize("footer", [b"", b"footer"])
def test_a_seal_stands_between_rows_and_footer_and_covers_both(rows: bytes, footer: bytes) -> None:
    content = rows + footer + end(len(footer))
    sealed = add_seal(content)
    assert sealed.startswith(rows + b"repostat")
    assert sealed.endswith(footer + end(len(footer)))
    assert len(sealed) == len(content) + 16
    assert has_seal(sealed)
    assert is_intact(sealed)
    assert renew_seal(sealed) == sealed


def test_the_mark_of_a_seal_at_another_place_is_none() -> None:
    assert not has_seal(b"repostat" + end(8))
    assert not has_seal(b"repostat" + end(0))
    assert not has_seal(b"repostat12345678, then rows" + end(0))


def test_after_another_footer_only_the_checksum_of_the_footer_is_renewed() -> None:
    sealed = add_seal(b"rows" + b"footer" + end(6))
    other = sealed.replace(b"footer", b"FOOTER")
    assert (is_end_intact(other), is_intact(other)) == (False, False)
    renewed = renew_seal(other)
    assert (is_end_intact(renewed), is_intact(renewed)) == (True, True)
    damaged = renew_seal(other.replace(b"rows", b"ROWS"))
    assert (is_end_intact(damaged), is_intact(damaged)) == (True, False)


class CountingFile(io.BytesIO):
    """A file that knows how many bytes were read each time."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.reads: list[int] = []

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.reads.append(len(found))
        return found


LARGE = 65_536


@pytest.mark.parametrize(
    ("rows", "footer", "reads"),
    [
        (10, 10, [10 + 16 + 10 + 8]),
        (10 * LARGE, 10, [LARGE]),
        (10 * LARGE, LARGE - 24, [LARGE]),
        (10 * LARGE, LARGE - 23, [LARGE, LARGE + 1]),
        (10 * LARGE, 2 * LARGE, [LARGE, 2 * LARGE + 24]),
    ],
)
def test_only_the_end_of_a_file_is_read_once_or_again_if_its_footer_is_large(
    rows: int, footer: int, reads: list[int]
) -> None:
    sealed = add_seal(bytes(rows) + bytes(footer) + end(footer))
    file = CountingFile(sealed)
    found = read_end(file)
    assert file.reads == reads
    assert sealed.endswith(found)
    assert has_seal(found)
    assert is_end_intact(found)


def test_a_file_whose_end_promises_more_than_there_is_is_read_as_a_whole() -> None:
    file = CountingFile(bytes(2 * LARGE) + end(9 * LARGE))
    assert len(read_end(file)) == 2 * LARGE + 8
    assert file.reads == [LARGE, 2 * LARGE + 8]
    short = CountingFile(end(0))
    read_end(short)
    assert short.reads == [8]


def test_a_stored_table_has_a_seal() -> None:
    assert has_seal(to_parquet(pa.table({"n": [1]})))
