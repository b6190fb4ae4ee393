"""Parquet bytes: footer metadata that is read without the rows, and replaced."""

import io
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from repo_stats.warehouse.parquet import (
    DamagedFileError,
    from_parquet,
    read_footer,
    replace_footer,
    to_parquet,
    with_footer,
)
from repo_stats_tests.helpers.commands import load_in_a_fresh_process

ROWS = pa.table({"number": [1, 2], "raw": ['{"of": "one"}', '{"of": "two"}']})

OLD = {"of": "one"}


@pytest.mark.parametrize("new", [{}, {"of": "two"}, {"of": "one", "and": "x" * 40}])
def test_footer_metadata_that_fits_is_replaced_in_place(new: dict[str, str]) -> None:
    content = to_parquet(ROWS, OLD)
    replaced = replace_footer(content, new)
    assert len(replaced) == len(content)
    assert read_footer(dict, replaced) == new
    assert from_parquet(replaced) == ROWS
    assert replace_footer(replaced, OLD) == content


def test_footer_metadata_that_does_not_fit_is_replaced_with_the_rows_written_anew() -> None:
    longer = {"of": "x" * 1000}
    replaced = replace_footer(to_parquet(ROWS, OLD), longer)
    assert replaced == with_footer(to_parquet(ROWS, OLD), longer)
    assert read_footer(dict, replaced) == longer
    assert from_parquet(replaced) == ROWS


def test_footer_metadata_of_the_same_length_is_replaced_in_place() -> None:
    content = to_parquet(ROWS, OLD)
    longest = {"of": "one" + "x" * 64}
    assert len(replace_footer(content, longest)) == len(content)
    assert len(replace_footer(content, {"of": "one" + "x" * 65})) > len(content)


def test_a_value_that_reads_like_the_footer_metadata_is_not_replaced_in_its_place() -> None:
    rows = pa.table({"raw": ['{"of":"one"}' + " " * 64]})
    replaced = replace_footer(to_parquet(rows, OLD), {"of": "two"})
    assert read_footer(dict, replaced) == {"of": "two"}
    assert from_parquet(replaced) == rows
    statistics = pq.read_metadata(io.BytesIO(replaced)).row_group(0).column(0).statistics
    assert statistics.min == rows["raw"][0].as_py()


def test_rows_are_packed_and_have_checksums_that_any_reader_can_verify() -> None:
    content = to_parquet(pa.table({"n": [n * 7919 % 9973 for n in range(5000)]}))
    column = pq.read_metadata(io.BytesIO(content)).row_group(0).column(0)
    assert column.compression == "ZSTD"
    damaged = bytearray(content)
    damaged[column.data_page_offset + column.total_compressed_size // 2] ^= 4
    with pytest.raises(OSError, match="CRC checksum verification failed"):
        pq.ParquetFile(io.BytesIO(damaged), page_checksum_verification=True).read()


def test_only_large_columns_are_packed_since_packing_takes_longer_than_a_small_file() -> None:
    texts, lists = [f"{n} {'x' * 500}" for n in range(50)], [[f"{n}" * 200] for n in range(50)]
    content = to_parquet(pa.table({"n": range(50), "text": texts, "list": lists}))
    group = pq.read_metadata(io.BytesIO(content)).row_group(0)
    packed = {group.column(i).path_in_schema: group.column(i).compression for i in range(3)}
    assert packed == {"n": "UNCOMPRESSED", "text": "ZSTD", "list.list.element": "ZSTD"}
    assert from_parquet(content)["list"].to_pylist() == lists


def test_what_marks_a_file_of_ours_is_the_same_in_every_version() -> None:
    found = pq.read_metadata(io.BytesIO(to_parquet(ROWS, OLD))).metadata
    assert found[b"repo_stats"].rstrip() == b'{"of":"one"}'
    assert b"repo_stats_sealed" in found


def test_without_metadata_a_footer_holds_an_empty_object() -> None:
    assert read_footer(dict, to_parquet(ROWS)) == {}


def of_another_program(table: pa.Table, **options: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    return bytes(sink.getvalue().to_pybytes())


@pytest.mark.parametrize("store_schema", [True, False])
def test_a_file_of_another_program_is_read_and_has_no_footer_metadata(store_schema: bool) -> None:
    content = of_another_program(ROWS, store_schema=store_schema)
    assert from_parquet(content) == ROWS
    with pytest.raises(DamagedFileError):
        read_footer(dict, content)


def test_a_text_that_is_not_utf_8_is_damage_in_a_file_of_another_program() -> None:
    table = pa.table({"raw": pa.array([b"\xff"], pa.binary()).view(pa.string())})
    with pytest.raises(DamagedFileError):
        from_parquet(of_another_program(table))


def test_the_checksums_of_another_program_are_verified() -> None:
    table = pa.table({"n": [n * 7919 % 9973 for n in range(5000)]})
    content = of_another_program(
        table, write_page_checksum=True, compression="none", use_dictionary=False
    )
    assert from_parquet(content) == table
    damaged = bytearray(content)
    damaged[20_000] ^= 4
    with pytest.raises(DamagedFileError, match="it cannot be read as Parquet"):
        from_parquet(bytes(damaged))


def test_damage_in_the_footer_is_told_as_such() -> None:
    content = bytearray(to_parquet(ROWS, OLD))
    content[-20] ^= 4
    with pytest.raises(DamagedFileError, match=r"^the checksum of its footer is wrong$"):
        read_footer(dict, bytes(content))


@pytest.mark.parametrize(
    "error", [pa.ArrowNotImplementedError, pa.ArrowTypeError, pa.ArrowKeyError, OSError]
)
def test_whatever_arrow_says_of_a_file_is_damage(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error("It is odd.")

    monkeypatch.setattr(pq, "ParquetFile", fail)
    with pytest.raises(DamagedFileError, match=r"^it cannot be read as Parquet$"):
        from_parquet(to_parquet(ROWS))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no table" * 50])
def test_what_is_no_parquet_file_is_damaged(content: bytes) -> None:
    with pytest.raises(DamagedFileError):
        read_footer(dict, content)
    with pytest.raises(DamagedFileError):
        replace_footer(content, OLD)


def test_a_footer_of_another_type_is_damaged() -> None:
    with pytest.raises(DamagedFileError):
        read_footer(list, to_parquet(ROWS, OLD))


def test_an_error_of_the_disk_is_no_damage() -> None:
    class Unreadable(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        read_footer(dict, Unreadable(to_parquet(ROWS, OLD)))


READ_A_TABLE = """
import os
import pandas
import pyarrow as pa
from repo_stats.warehouse.frames import to_pandas
from repo_stats.warehouse.parquet import from_parquet, to_parquet

content = to_parquet(pa.table({name: ["a", None] * 99 for name in "abcdefgh"}), {})
before = len(os.listdir("/proc/self/task"))
print(len(to_pandas(from_parquet(content))), len(os.listdir("/proc/self/task")) - before)
"""
"""Prints how many rows there are, and how many threads were started to read them."""


def test_no_thread_is_left_that_could_abort_the_process_when_it_ends(tmp_path: Path) -> None:
    assert load_in_a_fresh_process(READ_A_TABLE, tmp_path) == "198 0\n"
