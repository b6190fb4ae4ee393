"""One damaged file: SQL names it, and shows the rows of all others."""

import warnings
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

import repo_stats
from repo_stats.cli.commands import main
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.sql import VIEWS, DamagedFileWarning, run_query
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import statistics

QUERY = "select repo, stars from repo_statistics order by repo"


def flip(content: bytes) -> bytes:
    return content[:300] + bytes([content[300] ^ 4]) + content[301:]


def of_another_program(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    return bytes(sink.getvalue().to_pybytes())


def without_checksums(content: bytes) -> bytes:
    """A file of an earlier version, with a damaged page."""
    table = pq.read_table(pa.BufferReader(content))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=False)
    written = bytearray(sink.getvalue().to_pybytes())
    start = pq.read_metadata(sink.getvalue()).row_group(0).column(0).data_page_offset
    written[start + 20 : start + 40] = bytes(20)
    return bytes(written)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "text": lambda _: b"no table" * 50,
    "truncated": lambda content: content[:-100],
    "half": lambda content: content[: len(content) // 2],
    "a flipped bit": flip,
    "other columns": lambda _: of_another_program(pa.table({"x": [1]})),
    "other types": lambda _: of_another_program(pa.table({"repo": ["c/d"], "stars": ["many"]})),
    "of an earlier version": without_checksums,
}

damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())


@pytest.fixture
def warehouse(tmp_path: Path) -> str:
    root = str(tmp_path / "warehouse")
    tables = Tables(Files(root))
    for repo, stars in (("a/b", 1), ("c/d", 7), ("c/e", 9)):
        row = statistics(repo=repo, stars=stars)
        tables.write(REPO_STATISTICS, repo, row)
        tables.write(REPO_HISTORY, repo, row)
    return root


def spoil(root: str, damage: Callable[[bytes], bytes], table: str = "repo_statistics") -> Path:
    file = Path(root) / table / "c" / "d.parquet"
    file.write_bytes(damage(file.read_bytes()))
    return file


@damages
def test_a_query_shows_the_rows_of_the_others_and_names_the_file(
    warehouse: str, damage: Callable[[bytes], bytes]
) -> None:
    file = spoil(warehouse, damage)
    said: list[str] = []
    rows = run_query(QUERY, warehouse, said.append).to_pylist()
    assert rows == [{"repo": "a/b", "stars": 1}, {"repo": "c/e", "stars": 9}]
    [sentence] = said
    assert sentence.startswith(f"{file} is left out, because it")
    assert sentence.endswith("; refresh c/d to write it again.")
    runner = CliRunner(env={"REPO_STATS_WAREHOUSE": warehouse})
    result = runner.invoke(main, ["sql", "--csv", QUERY])
    assert result.exit_code == 0
    assert result.stdout == "repo,stars\na/b,1\nc/e,9\n"
    assert result.stderr == f"Warning: {sentence}\n"


@damages
def test_a_query_of_another_table_is_not_troubled(
    warehouse: str, damage: Callable[[bytes], bytes]
) -> None:
    spoil(warehouse, damage)
    rows = run_query("select count(*) as n from repo_history", warehouse).to_pylist()
    assert rows == [{"n": 3}]


@pytest.mark.parametrize("name", [name for name in DAMAGES if name != "of an earlier version"])
def test_a_connection_shows_the_others_and_warns(warehouse: str, name: str) -> None:
    file = spoil(warehouse, DAMAGES[name])
    with pytest.warns(DamagedFileWarning, match="d.parquet is left out, because it") as warned:
        connection = repo_stats.connect(warehouse)
    assert [each.filename for each in warned] == [__file__], "the warning is about the caller"
    assert [str(each.message).split(" is left out")[0] for each in warned] == [str(file)]
    with connection:
        assert connection.sql(QUERY).fetchall() == [("a/b", 1), ("c/e", 9)]
        rows = {schema.name: len(connection.view(schema.name).fetchall()) for schema in VIEWS}
    assert {name: count for name, count in rows.items() if count} == {
        "repo_statistics": 2,
        "repo_history": 3,
    }


def test_a_warehouse_in_which_nothing_is_damaged_warns_of_nothing(warehouse: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with repo_stats.connect(warehouse) as connection:
            assert len(connection.sql(QUERY).fetchall()) == 3


def test_a_table_of_which_all_files_are_damaged_is_empty(warehouse: str) -> None:
    for file in (Path(warehouse) / "repo_statistics").rglob("*.parquet"):
        file.write_bytes(b"")
    said: list[str] = []
    assert run_query(QUERY, warehouse, said.append).num_rows == 0
    assert len(said) == 3


def test_a_damaged_history_is_told_to_be_put_back(warehouse: str) -> None:
    spoil(warehouse, flip, "repo_history")
    said: list[str] = []
    run_query("from repo_history", warehouse, said.append)
    assert [sentence.rpartition("; ")[2] for sentence in said] == [
        "put a copy of it back, or move it away."
    ]


def test_damaged_files_on_other_storage_are_named_as_well() -> None:
    root = "memory://damaged-views"
    tables = Tables(Files(root))
    for repo in ("a/b", "c/d"):
        tables.write(REPO_STATISTICS, repo, statistics(repo=repo))
    tables.files.write("repo_statistics/c/d.parquet", b"no table" * 50)
    said: list[str] = []
    assert run_query(QUERY, root, said.append).to_pylist() == [{"repo": "a/b", "stars": 1}]
    path = f"{root}/repo_statistics/c/d.parquet"
    assert [sentence.partition(" is left out")[0] for sentence in said] == [path]
    whole = to_parquet(to_arrow(REPO_STATISTICS, statistics(repo="c/d")))
    tables.files.write("repo_statistics/c/d.parquet", without_checksums(whole))
    said.clear()
    query = "select repo, stars from repo_statistics where stars >= 0 order by repo"
    assert run_query(query, root, said.append).to_pylist() == [{"repo": "a/b", "stars": 1}]
    assert [sentence.partition(" is left out")[0] for sentence in said] == [path]


def test_duckdb_itself_verifies_no_checksum_as_the_page_says(tmp_path: Path) -> None:
    file = tmp_path / "rows.parquet"
    table = pa.table({"n": [n * 7919 % 9973 for n in range(500)]})
    pq.write_table(table, file, write_page_checksum=True, compression="none", use_dictionary=False)
    chunk = pq.read_metadata(file).row_group(0).column(0)
    content = bytearray(file.read_bytes())
    content[chunk.data_page_offset + chunk.total_compressed_size - 16] ^= 4
    file.write_bytes(content)
    with duckdb.connect() as connection:
        connection.execute("select n from read_parquet(?)", [str(file)])
        assert [n for (n,) in connection.fetchall()] != table["n"].to_pylist()
    with pytest.raises(OSError, match="CRC checksum verification failed"):
        pq.ParquetFile(file, page_checksum_verification=True).read()
