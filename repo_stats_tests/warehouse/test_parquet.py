"""Parquet bytes: footer metadata that is read without the rows, and replaced."""

import io
from pathlib import Path

import pyarrow as pa
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
