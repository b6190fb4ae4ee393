"""How a query is tried: again after a lost file, with rows decoded after an error, and no more."""

from pathlib import Path
from typing import Any, NoReturn

import duckdb
import pyarrow as pa
import pytest

from repo_stats.warehouse import sql
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUE_PAGES, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.sql import QueryError, run_query
from repo_stats.warehouse.tables import Tables
from repo_stats.warehouse.view_files import ViewFiles
from repo_stats_tests.helpers.rows import statistics

QUERY = "select stars from repo_statistics"

CREATE_VIEWS = sql._create_views


def fill(files: Files) -> str:
    """Store two tables, and give the place of the warehouse."""
    tables = Tables(files)
    tables.write(REPO_STATISTICS, "a/b", statistics(stars=7))
    tables.write(REPO_HISTORY, "a/b", statistics(stars=7))
    return files.root


@pytest.fixture
def warehouse(tmp_path: Path) -> str:
    """A warehouse on a local disk."""
    return fill(Files(str(tmp_path)))


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[duckdb.DuckDBPyConnection]:
    """The connections that queries open."""
    opened: list[duckdb.DuckDBPyConnection] = []

    def watch(connection: Any, *arguments: Any, **options: Any) -> Any:
        opened.append(connection)
        return CREATE_VIEWS(connection, *arguments, **options)

    monkeypatch.setattr(sql, "_create_views", watch)
    return opened


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """The tables whose files are looked at, each with whether rows are decoded."""
    looked: list[tuple[str, bool]] = []
    find_faults = ViewFiles.find_faults

    def watch(self: ViewFiles, *, decode: bool = False) -> dict[str, str]:
        looked.append((self.schema.name, decode))
        return find_faults(self, decode=decode)

    monkeypatch.setattr(ViewFiles, "find_faults", watch)
    return looked


def is_closed(connection: duckdb.DuckDBPyConnection) -> bool:
    try:
        connection.execute("select 1")
    except duckdb.ConnectionException:
        return True
    return False


def test_a_query_looks_at_the_files_of_its_tables_alone_and_closes_its_connection(
    files: Files,
    connections: list[duckdb.DuckDBPyConnection],
    looks: list[tuple[str, bool]],
) -> None:
    assert run_query(QUERY, fill(files)).to_pylist() == [{"stars": 7}]
    assert looks == ([("repo_statistics", False)] if files.is_local else []), "requests are dear"
    assert [is_closed(connection) for connection in connections] == [True]


def test_a_connection_looks_at_the_files_of_all_tables_but_pages_and_decodes_no_rows(
    warehouse: str, looks: list[tuple[str, bool]]
) -> None:
    sql.connect(warehouse).close()
    assert looks == [(schema.name, False) for schema in sql.VIEWS if schema is not ISSUE_PAGES]


def flip_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[300] ^= 4
    file.write_bytes(content)


def test_a_file_of_another_table_is_not_named(tmp_path: Path) -> None:
    tables = Tables(Files(str(tmp_path)))
    tables.write(REPO_STATISTICS, "a/b", statistics(stars=7))
    tables.write(REPO_HISTORY, "a/b", statistics())
    flip_bit(tmp_path / "repo_history" / "a" / "b.parquet")
    said: list[str] = []
    run_query(QUERY, str(tmp_path), said.append)
    assert said == []
    run_query("from repo_history", str(tmp_path), said.append)
    assert len(said) == 1


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("selct 1", 'Parser Error: syntax error at or near "selct"'),
        (
            "select cast('x' as int) from repo_statistics",
            "Conversion Error: Could not convert string 'x' to INT32",
        ),
        (
            "-- nothing",
            "This statement returns no rows; write a query that begins with select.",
        ),
    ],
)
def test_a_query_that_cannot_be_answered_is_tried_once_and_refused_in_one_line(
    warehouse: str,
    query: str,
    sentence: str,
    connections: list[duckdb.DuckDBPyConnection],
) -> None:
    with pytest.raises(QueryError) as error:
        run_query(query, warehouse)
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)
    assert "The tables are" not in str(error.value)
    assert len(connections) == 1


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_a_query_whose_file_is_removed_meanwhile_is_tried_three_times(
    warehouse: str,
    failures: int,
    connections: list[duckdb.DuckDBPyConnection],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    errors = [duckdb.IOException("IO Error: No files found\n\nmore")] * failures
    read = sql._rows_of

    def fail_first(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
        if errors:
            raise errors.pop()
        return read(connection, query)

    monkeypatch.setattr(sql, "_rows_of", fail_first)
    if failures < 3:
        assert run_query(QUERY, warehouse).to_pylist() == [{"stars": 7}]
    else:
        with pytest.raises(QueryError, match=r"^IO Error: No files found$"):
            run_query(QUERY, warehouse)
    assert len(connections) == min(failures + 1, 3)


def test_damage_elsewhere_is_no_reason_to_try_a_wrong_query_again(
    tmp_path: Path, connections: list[duckdb.DuckDBPyConnection]
) -> None:
    tables = Tables(Files(str(tmp_path)))
    tables.write(REPO_STATISTICS, "a/b", statistics())
    tables.files.write("repo_statistics/c/d.parquet", b"no table" * 50)
    tables.write(REPO_HISTORY, "a/b", statistics())
    flip_bit(tmp_path / "repo_history" / "a" / "b.parquet")
    with pytest.raises(QueryError):
        run_query("select cast('x' as int) from repo_statistics", str(tmp_path))
    assert len(connections) == 1


def test_a_warehouse_on_this_machine_needs_no_other_storage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Files) -> NoReturn:
        raise AssertionError("No other storage is needed.")

    monkeypatch.setattr(Files, "filesystem", property(refuse))
    assert run_query(QUERY, str(tmp_path)).num_rows == 0


def test_a_file_that_duckdb_alone_cannot_open_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(str(tmp_path))
    for name in ("a", "b", "c"):
        Tables(files).write(REPO_STATISTICS, f"o/{name}", statistics(repo=f"o/{name}"))
    damaged = tmp_path / "repo_statistics" / "o" / "b.parquet"
    damaged.write_bytes(b"no table" * 50)
    other = tmp_path / "repo_statistics" / "o" / "c.parquet"
    other.write_bytes(damaged.read_bytes())
    monkeypatch.setattr(ViewFiles, "find_faults", lambda *_, **__: {})  # as if they were whole
    said: list[str] = []
    rows = run_query("select repo from repo_statistics", str(tmp_path), said.append)
    assert rows.to_pylist() == [{"repo": "o/a"}]
    assert said == [
        f"{file} is left out, because it cannot be read as Parquet; refresh o/{file.stem} to write "
        "it again."
        for file in (damaged, other)
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Catalog Error: Table with name x does not exist!", "does not exist! The tables are"),
        (
            'Catalog Error: Table with name x does not exist!\nDid you mean "pg_x"?\n\nLINE 1: x',
            "does not exist! The tables are",
        ),
        (
            'Catalog Error: Table with name x does not exist!\nDid you mean "issues"?\n\nLINE 1: x',
            'does not exist! Did you mean "issues"? The tables are',
        ),
        ("Catalog Error: Scalar Function with name x does not exist!\n\nLINE", ""),
    ],
)
def test_an_unknown_table_is_answered_with_ours_and_nothing_else_is(text: str, told: str) -> None:
    names = ", ".join(schema.name for schema in sql.VIEWS)
    found = sql._describe_error(duckdb.Error(text))
    if told:
        assert found == f"Catalog Error: Table with name x {told} {names}."
    else:
        assert found == "Catalog Error: Scalar Function with name x does not exist!"
