"""Flipped bits: none goes unnoticed, wherever it is, and older files stay readable."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from repo_stats.github.issues.pages import PageHead
from repo_stats.metrics.history import append_statistics
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.footers import TableFooter
from repo_stats.warehouse.pages import LostPageError, PageFolder
from repo_stats.warehouse.parquet import (
    DamagedFileError,
    from_parquet,
    read_footer,
    replace_footer,
    to_parquet,
)
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, history_of, statistics
from repo_stats_tests.warehouse.test_pages import KEY, page

HISTORY = to_parquet(
    pa.Table.from_pandas(
        history_of(*(statistics(snapshot_at=NOW + timedelta(n), stars=n) for n in range(40))),
        REPO_HISTORY.arrow,
        preserve_index=False,
    ),
    TableFooter(edition="0a1b"),
)


def flip(content: bytes, bit: int) -> bytes:
    flipped = bytearray(content)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


def spread(begin: int, end: int, count: int) -> Iterator[int]:
    """So many bits between two bytes, at distances that meet every place within a byte."""
    bits = (end - begin) * 8
    step = bits // count | 1
    return (8 * begin + place * step % bits for place in range(count))


def unnoticed(content: bytes, bits: Iterator[int]) -> list[int]:
    """The flipped bits with which a file is read without an error; at least one is tried."""
    tried = list(bits)
    assert tried
    silent = []
    for bit in tried:
        try:
            from_parquet(flip(content, bit))
        except DamagedFileError:
            continue
        silent.append(bit)
    return silent


def test_no_flipped_bit_of_a_table_goes_unnoticed() -> None:
    end = len(HISTORY)
    assert unnoticed(HISTORY, spread(0, end, 400)) == []
    assert unnoticed(HISTORY, iter(range(8 * (end - 60), 8 * end))) == []


def test_no_flipped_bit_around_the_seal_goes_unnoticed() -> None:
    seal = HISTORY.rfind(b"repostat", 0, HISTORY.rfind(b"repo_stats"))
    assert seal > 0
    assert unnoticed(HISTORY, iter(range(8 * (seal - 4), 8 * (seal + 24)))) == []


def test_a_flipped_bit_of_the_footer_is_noticed_by_reading_the_end_alone() -> None:
    class EndOnly(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            assert self.tell() > begin
            return super().read(size)

    content = to_parquet(pa.table({"n": [str(n * 7919 % 99991) for n in range(40_000)]}), [1])
    begin = len(content) - 70_000
    assert begin > 0
    assert read_footer(list, EndOnly(content)) == [1]
    end = content.rfind(b"repostat", 0, len(content) - 200)
    assert end > begin
    for bit in spread(end, len(content), 300):
        with pytest.raises(DamagedFileError):
            read_footer(list, io.BytesIO(flip(content, bit)))


def test_a_footer_that_is_longer_than_usual_is_read_and_verified() -> None:
    content = to_parquet(pa.table({"n": [1]}), ["x" * 200_000])
    assert read_footer(list, io.BytesIO(content)) == ["x" * 200_000]
    with pytest.raises(DamagedFileError):
        read_footer(list, io.BytesIO(flip(content, 8 * (len(content) - 100_000))))


@pytest.mark.parametrize("new", [{"of": "two"}, {"of": "x" * 1000}])
def test_other_footer_metadata_hides_no_damage(new: dict[str, str]) -> None:
    table = pa.table({"number": list(range(1000))})
    content = to_parquet(table, {"of": "one"})
    replaced = replace_footer(content, new)
    assert from_parquet(replaced) == table
    assert unnoticed(replaced, spread(0, len(replaced), 200)) == []
    in_footer = flip(content, 8 * content.rfind(b"repo_stats"))
    with pytest.raises(DamagedFileError):
        replace_footer(in_footer, new)
    with pytest.raises(DamagedFileError):
        from_parquet(replace_footer(flip(content, 80), new))


def has_wrong_page(bit: int) -> bool:
    """Whether any reader finds a wrong checksum of a page after a bit is flipped."""
    try:
        pq.ParquetFile(io.BytesIO(flip(HISTORY, bit)), page_checksum_verification=True).read()
    except OSError as error:
        return "CRC checksum verification failed" in str(error)
    return False


def test_other_readers_of_parquet_read_a_sealed_file_and_find_the_checksums_of_its_pages(
    tmp_path: Path,
) -> None:
    file = tmp_path / "history.parquet"
    file.write_bytes(HISTORY)
    with duckdb.connect() as connection:
        connection.execute("select count(*), sum(stars) from read_parquet(?)", [str(file)])
        assert connection.fetchall() == [(40, 780)]
    table = pq.ParquetFile(file, page_checksum_verification=True).read()
    assert table.num_rows == 40
    chunk = pq.read_metadata(file).row_group(0).column(3)
    begin = chunk.dictionary_page_offset
    noticed = [
        has_wrong_page(bit) for bit in spread(begin, begin + chunk.total_compressed_size, 40)
    ]
    assert sum(noticed) > 20


def without_checksums(rows: pd.DataFrame, metadata: str = "{}") -> bytes:
    """A file as earlier versions wrote it."""
    table = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, compression="zstd") as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({b"repo_stats": metadata.encode()})
    return buffer.getvalue()


def test_a_table_of_an_earlier_version_is_read_and_gets_its_checksums_with_the_next_row(
    files: Files,
) -> None:
    files.write("repo_history/a/b.parquet", without_checksums(statistics()))
    tables = Tables(files)
    later = statistics(snapshot_at=NOW + timedelta(1), stars=2)
    now = NOW + timedelta(2)
    tables.update(REPO_HISTORY, "a/b", lambda history: append_statistics(history, later, now))
    content = files.read("repo_history/a/b.parquet") or b""
    assert from_parquet(content).column("stars").to_pylist() == [1, 2]
    assert unnoticed(content, spread(0, len(content), 50)) == []


def test_the_head_of_a_page_without_checksums_is_replaced_and_nothing_is_certified() -> None:
    old = without_checksums(statistics(), '{"of": "one"}')
    replaced = replace_footer(old, {"of": "two"})
    assert read_footer(dict, replaced) == {"of": "two"}
    assert len(replaced) == len(old)


def test_a_damaged_history_is_refused_and_stays_as_it_is(files: Files) -> None:
    tables = Tables(files)
    path = tables.path(REPO_HISTORY, "a/b")
    bits = list(spread(4, len(HISTORY), 20))
    assert len(set(bits)) == 20
    for bit in bits:
        files.write(path, flip(HISTORY, bit))
        with pytest.raises(WarehouseError, match="Its rows cannot be fetched again"):
            tables.update(REPO_HISTORY, "a/b", lambda history: history)
        assert files.read(path) == flip(HISTORY, bit)


def test_a_damaged_page_is_lost_and_thereby_fetched_again(files: Files) -> None:
    folder = PageFolder(files)
    written = page()
    folder.write(KEY, written)
    content = files.read(folder.path(KEY)) or b""
    files.write(folder.path(KEY), flip(content, 8000))
    assert folder.head(KEY) == written.head, "the end of the file is as it was"
    confirmed = replace(written.head, validated_at=NOW + timedelta(hours=1))
    folder.confirm(KEY, written.head, confirmed)
    with pytest.raises(LostPageError, match="it is fetched again"):
        folder.read_items({KEY: confirmed}, {KEY: None})
    assert folder.head(KEY) is None


def test_a_page_with_a_damaged_head_counts_as_missing(files: Files) -> None:
    folder = PageFolder(files)
    folder.write(KEY, page())
    content = files.read(folder.path(KEY)) or b""
    end = content.rfind(b"repostat", 0, content.rfind(b"repo_stats_sealed"))
    assert end > 0
    for bit in spread(end, len(content), 40):
        files.write(folder.path(KEY), flip(content, bit))
        assert folder.head(KEY) is None
        assert folder.heads("a/b") == {}
    assert read_footer(PageHead, content) == page().head


def test_a_damaged_table_counts_as_missing_where_it_can_be_made_again(files: Files) -> None:
    tables = Tables(files)
    tables.write(REPO_STATISTICS, "a/b", statistics())
    path = tables.path(REPO_STATISTICS, "a/b")
    files.write(path, flip(files.read(path) or b"", 400))
    assert tables.find(REPO_STATISTICS, "a/b") is None
    assert tables.find_table(REPO_STATISTICS, "a/b") is None
    assert not tables.is_readable(REPO_STATISTICS, "a/b")
    with pytest.raises(WarehouseError, match=r"damaged \(its checksum is wrong\); refresh a/b"):
        tables.load(REPO_STATISTICS, "a/b")
