"""The stored tables as one file each, made again only for what changed."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from repo_stats.report.takeaways.data_files import DataFiles, write_data_files
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA, REPO_STATISTICS, TableSchema
from repo_stats.warehouse.table_stamps import list_table_stamps
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics

REPOS = ("x/last", "a/first")


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    tables = Tables(Files(str(tmp_path)))
    for stars, repo in enumerate(REPOS):
        tables.write(REPO_STATISTICS, repo, statistics(repo=repo, stars=stars))
    return tables


def write(tables: Tables, *repos: str, schema: TableSchema = REPO_STATISTICS) -> DataFiles:
    stamps = list_table_stamps(tables.files, [schema], repos or REPOS)
    return write_data_files(tables, [schema], stamps, "report")


def rows(tables: Tables, name: str = "repo_statistics") -> list[tuple[str, int]]:
    found = pq.read_table(Path(tables.files.root) / "report" / "data" / f"{name}.parquet")
    return [(row["repo"], row["stars"]) for row in found.to_pylist()]


def test_a_file_has_the_rows_of_all_repositories_in_their_order(tables: Tables) -> None:
    assert write(tables) == DataFiles(1, [])
    assert rows(tables) == [("x/last", 0), ("a/first", 1)]


def test_only_what_changed_is_read_and_written(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tables)
    read: list[object] = []
    find = Tables.find_stored_rows

    def note(self: Tables, schema: TableSchema, repo: str, columns: Any) -> pa.Table | None:
        read.append(repo)
        return find(self, schema, repo, columns)

    monkeypatch.setattr(Tables, "find_stored_rows", note)
    assert write(tables) == DataFiles(0, [])
    assert read == []
    tables.write(REPO_STATISTICS, "x/last", statistics(repo="x/last", stars=70))
    assert write(tables) == DataFiles(1, [])
    assert read == ["x/last"]
    assert rows(tables) == [("x/last", 70), ("a/first", 1)]


def test_what_is_not_watched_any_more_leaves_and_a_new_repository_enters(tables: Tables) -> None:
    write(tables)
    tables.write(REPO_STATISTICS, "m/new", statistics(repo="m/new", stars=5))
    write(tables, "m/new", "x/last")
    assert rows(tables) == [("m/new", 5), ("x/last", 0)]


def test_a_file_that_is_damaged_or_lost_is_made_anew(tables: Tables) -> None:
    write(tables)
    path = "report/data/repo_statistics.parquet"
    tables.files.write(path, b"damaged")
    assert write(tables) == DataFiles(1, [])
    assert len(rows(tables)) == 2
    whole = tables.files.read(path) or b""
    tables.files.write(path, whole[:20] + bytes(20) + whole[40:])
    assert write(tables) == DataFiles(1, [])
    assert len(rows(tables)) == 2
    tables.files.delete(path)
    assert write(tables) == DataFiles(1, [])
    assert len(rows(tables)) == 2


def test_a_table_that_cannot_be_read_keeps_its_rows_out_and_is_told_until_it_can(
    tables: Tables,
) -> None:
    write(tables)
    whole = tables.files.read("repo_statistics/x/last.parquet")
    assert whole is not None
    tables.files.write("repo_statistics/x/last.parquet", b"damaged")
    done = write(tables)
    [reason] = done.errors
    assert "repo_statistics/x/last.parquet is damaged" in reason
    assert rows(tables) == [("a/first", 1)]
    assert write(tables).errors == [reason]
    tables.files.write("repo_statistics/x/last.parquet", whole)
    assert write(tables) == DataFiles(1, [])
    assert rows(tables) == [("x/last", 0), ("a/first", 1)]


@pytest.mark.parametrize("made_of", [None, b"damaged", b"[]", b"same columns"])
def test_a_file_of_another_version_is_made_anew(tables: Tables, made_of: bytes | None) -> None:
    write(tables)
    path = Path(tables.files.root) / "report" / "data" / "repo_statistics.parquet"
    whole = pq.read_table(path)
    known = {b"repo_stats": made_of} if made_of else None
    if made_of == b"same columns":
        whole, known = whole.drop_columns(["stars"]), whole.schema.metadata
    pq.write_table(whole.replace_schema_metadata(known), path)
    assert write(tables) == DataFiles(1, [])
    assert rows(tables) == [("x/last", 0), ("a/first", 1)]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_file_that_did_not_change_keeps_no_other_from_its_turn(tables: Tables) -> None:
    write(tables)
    schemas = [REPO_STATISTICS, REPO_METADATA, OPEN_ISSUES]
    stamps = list_table_stamps(tables.files, schemas, REPOS)
    assert write_data_files(tables, schemas, stamps, "report") == DataFiles(2, [])


def test_objects_of_githubs_are_left_out_and_a_table_without_rows_has_its_columns(
    tables: Tables,
) -> None:
    assert write(tables, schema=REPO_METADATA) == DataFiles(1, [])
    path = Path(tables.files.root) / "report" / "data" / "repo_metadata.parquet"
    names = pq.read_table(path).column_names
    assert "raw" not in names
    assert set(names) == set(REPO_METADATA.names) - {"raw"}
