"""The files of tables: what is there, what is read of it, and what is said where it cannot be."""

import io
from pathlib import Path
from typing import BinaryIO, NoReturn

import pandas as pd
import pyarrow as pa
import pytest

from repo_stats.warehouse.files import Files, InUseError, WarehouseError
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.schemas import LEADERBOARD, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics

PATH = "repo_statistics/a/b.parquet"


def test_a_table_has_a_file_for_each_repository_or_one_for_all(files: Files) -> None:
    tables = Tables(files)
    assert tables.path(LEADERBOARD, None) == "leaderboard.parquet"
    assert tables.path(REPO_STATISTICS, "a/b") == PATH
    assert tables.uri(REPO_STATISTICS, "a/b") == files.uri(PATH)


def test_nothing_is_found_where_nothing_is_stored(files: Files) -> None:
    tables = Tables(files)
    assert not tables.has(REPO_STATISTICS, "a/b")
    assert not tables.is_readable(REPO_STATISTICS, "a/b")
    for find in (tables.find, tables.find_stored, tables.find_table, tables.find_kept):
        assert find(REPO_STATISTICS, "a/b") is None
    assert tables.find_sync_state(REPO_STATISTICS, "a/b") is None
    assert tables.find_scan(REPO_STATISTICS, "a/b") is None
    assert tables.repos(REPO_STATISTICS) == []


def test_only_tables_are_listed_as_repositories(files: Files) -> None:
    tables = Tables(files)
    for repo in ("c/d", "a/b"):
        tables.write(REPO_STATISTICS, repo, statistics(repo=repo))
    files.write("repo_statistics/a/.b.parquet.lock", b"")
    files.write("repo_statistics/a/notes.txt", b"")
    assert tables.repos(REPO_STATISTICS) == ["a/b", "c/d"]
    assert tables.has(REPO_STATISTICS, "a/b")
    assert tables.is_readable(REPO_STATISTICS, "a/b")


def test_stored_rows_are_found_whole_or_in_part_and_damage_is_told(files: Files) -> None:
    tables = Tables(files)
    tables.write(REPO_STATISTICS, "a/b", statistics(stars=7))
    found = tables.find_stored(REPO_STATISTICS, "a/b", ["stars", "repo"])
    assert found is not None
    assert found.to_dict("records") == [{"stars": 7, "repo": "a/b"}]
    whole = tables.find_stored(REPO_STATISTICS, "a/b")
    assert whole is not None
    pd.testing.assert_frame_equal(whole, statistics(stars=7))
    files.write(PATH, b"no table" * 50)
    with pytest.raises(WarehouseError) as error:
        tables.find_stored(REPO_STATISTICS, "a/b")
    assert str(error.value) == (
        f"{files.uri(PATH)} is damaged (it cannot be read as Parquet); refresh a/b to write it "
        "again."
    )
    assert tables.has(REPO_STATISTICS, "a/b")
    assert not tables.is_readable(REPO_STATISTICS, "a/b")


def test_rows_that_another_program_wrote_have_no_scan_and_no_revision(tmp_path: Path) -> None:
    file = tmp_path / PATH
    file.parent.mkdir(parents=True)
    statistics(stars=7).to_parquet(file)
    tables = Tables(Files(str(tmp_path)))
    stored = tables.load(REPO_STATISTICS, "a/b")
    assert stored.rows["stars"].to_pylist() == [7]
    assert (stored.scan, stored.revision, stored.is_older) == (None, None, False)
    assert tables.revision(REPO_STATISTICS, "a/b") is None


def test_a_column_that_is_there_twice_is_damage(files: Files) -> None:
    table = to_arrow(REPO_STATISTICS, statistics())
    files.write(PATH, to_parquet(table.append_column("stars", pa.array([2]))))
    with pytest.raises(WarehouseError, match="is damaged"):
        Tables(files).load(REPO_STATISTICS, "a/b")


def test_an_error_of_the_disk_while_a_footer_is_read_says_nothing_of_the_rows(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unreadable(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(5, "Input/output error")

    def open_unreadable(self: Files, path: str) -> BinaryIO:
        return Unreadable(to_parquet(to_arrow(REPO_STATISTICS, statistics())))

    monkeypatch.setattr(Files, "open", open_unreadable)
    with pytest.raises(WarehouseError) as error:
        Tables(files).find_scan(REPO_STATISTICS, "a/b")
    assert str(error.value) == f"{files.uri(PATH)} cannot be read (Input/output error)."


def test_a_change_of_rows_that_changes_nothing_writes_nothing(files: Files) -> None:
    tables = Tables(files)
    tables.write(REPO_HISTORY, "a/b", statistics())
    revision = tables.revision(REPO_HISTORY, "a/b")
    assert tables.update(REPO_HISTORY, "a/b", lambda history: None) is None
    assert tables.revision(REPO_HISTORY, "a/b") == revision


def test_rows_are_locked_from_the_time_they_are_read_until_they_are_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables, reads = Tables(Files(str(tmp_path))), []
    read = Files.read

    def count(self: Files, path: str) -> bytes | None:
        reads.append(path)
        return read(self, path)

    def change(history: pd.DataFrame | None) -> pd.DataFrame:
        with pytest.raises(InUseError):
            tables.update(REPO_HISTORY, "a/b", never, wait=0.0)
        return statistics()

    def never(history: pd.DataFrame | None) -> NoReturn:
        raise AssertionError("Two changes happen at once.")

    monkeypatch.setattr(Files, "read", count)
    assert tables.update(REPO_HISTORY, "a/b", change) is not None
    assert reads == ["repo_history/a/b.parquet"], "nobody else can have changed it"
    assert tables.update(REPO_HISTORY, "a/b", lambda history: history, wait=0.0) is not None
