"""The warehouse as a database: a DuckDB in memory with a view for each table.

The views read the Parquet files again for each query. So they show what is stored now, hold no
lock, and can be used while a run writes. Only this module imports DuckDB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from repo_stats.safe_text import PlainError
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ALERTS, ISSUE_PAGES, LEADERBOARD, TABLES, TableSchema

if TYPE_CHECKING:
    import duckdb


VIEWS: Sequence[TableSchema] = (*TABLES, LEADERBOARD, ALERTS, ISSUE_PAGES)
"""The tables that have a view, each under its own name."""

_SQL_TYPES: Mapping[pa.DataType, str] = {
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.float64(): "DOUBLE",
    pa.int64(): "BIGINT",
    pa.list_(pa.string()): "VARCHAR[]",
    pa.string(): "VARCHAR",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
}

_ATTEMPTS = 3
"""How often a query is tried: a run may remove a page file that the query is about to read."""


class QueryError(PlainError):
    """A query cannot be answered; the message is one line, mostly in DuckDB's words."""


def connect(root: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with a view for each table of the warehouse.

    A table of which nothing is stored has all its columns and no rows.

    Args:
        root: path or fsspec URL of the warehouse.

    Raises:
        WarehouseError: the warehouse cannot be reached.
    """
    import duckdb

    files = Files(root)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    if not files.is_local:
        connection.register_filesystem(files.filesystem)
    for schema in VIEWS:
        connection.execute(f"CREATE VIEW {schema.name} AS {_select(files, schema)}")
    return connection


def run_query(query: str, root: str) -> pa.Table:
    """The result of a query over the tables of a warehouse.

    Args:
        query: a query in DuckDB's SQL.
        root: path or fsspec URL of the warehouse.

    Raises:
        QueryError: DuckDB refuses the query, or it is a statement that returns no rows.
        WarehouseError: the warehouse cannot be reached.
    """
    import duckdb

    for attempt in range(1, _ATTEMPTS + 1):
        with connect(root) as connection:
            try:
                return _rows_of(connection, query)
            except duckdb.IOException as error:
                if attempt == _ATTEMPTS:
                    raise QueryError(_describe_error(error)) from None
            except duckdb.Error as error:
                raise QueryError(_describe_error(error)) from None
    raise AssertionError("the last attempt returns or raises")


def _rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    relation = connection.sql(query)
    if relation is None:
        raise QueryError("This statement returns no rows; write a query that begins with select.")
    return relation.to_arrow_table()


def _select(files: Files, schema: TableSchema) -> str:
    """The view's query; newer columns are null in the rows of files that older versions wrote."""
    columns = ", ".join(f'"{name}"' for name in schema.names)
    typed = ", ".join(f'NULL::{_SQL_TYPES[c.type]} AS "{c.name}"' for c in schema.columns)
    empty = f"SELECT {typed} WHERE false"
    if next(_find_files(files, schema.name, _depth(schema)), None) is None:
        return empty
    stored = f"SELECT * FROM read_parquet({_sources(files, schema)}, union_by_name = true)"
    return f"SELECT {columns} FROM ({empty} UNION ALL BY NAME {stored})"


def _sources(files: Files, schema: TableSchema) -> str:
    """What a view reads: a pattern, which also finds later files, or the present files by name.

    A pattern is not possible if the warehouse's own path has characters that patterns use.
    """
    if not any(character in files.root for character in "*?["):
        steps = "/*" * _depth(schema)
        return _quote(files.uri(f"{schema.name}{steps}.parquet"))
    paths = _find_files(files, schema.name, _depth(schema))
    return f"[{', '.join(_quote(files.uri(path)) for path in paths)}]"


def _find_files(files: Files, path: str, depth: int) -> Iterator[str]:
    """The Parquet files a number of folders below a path; with depth 0, the file of that name."""
    if depth == 0 and files.exists(f"{path}.parquet"):
        yield f"{path}.parquet"
    for name in files.names(path) if depth else ():
        if depth > 1:
            yield from _find_files(files, f"{path}/{name}", depth - 1)
        elif name.endswith(".parquet") and not name.startswith("."):
            yield f"{path}/{name}"


def _depth(schema: TableSchema) -> int:
    return {LEADERBOARD.name: 0, ALERTS.name: 0, ISSUE_PAGES.name: 3}.get(schema.name, 2)


def _quote(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def _describe_error(error: Exception) -> str:
    """The first paragraph of an error message, in one line."""
    return " ".join(str(error).split("\n\n")[0].split())
