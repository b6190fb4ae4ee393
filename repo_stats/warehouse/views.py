"""The view of a table: what DuckDB reads of its files, and which of them do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from repo_stats.warehouse.schemas import REPO_METADATA, TableSchema
from repo_stats.warehouse.states.renewal import TIMED
from repo_stats.warehouse.states.state_index import FOLDER
from repo_stats.warehouse.view_files import SQL_TYPES, ViewFiles

if TYPE_CHECKING:
    import duckdb


def create_view(
    connection: duckdb.DuckDBPyConnection, view: ViewFiles, faults: dict[str, str]
) -> dict[str, str]:
    """Create the view of a table without its faulty files, and return all faults."""
    import duckdb

    name = view.schema.name
    with suppress(duckdb.Error):
        connection.execute(f"CREATE VIEW {name} AS {_select(view, faults)}")
        if _has_types(connection, view.schema):
            return faults
    faults = {**faults, **view.find_faults()}
    faults |= _find_misfits(connection, view, faults)
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS {_select(view, faults)}")
    return faults


def _has_types(connection: duckdb.DuckDBPyConnection, schema: TableSchema) -> bool:
    """Whether a view has the types of its table. The catalogue knows; no file is opened again."""
    connection.execute(
        "SELECT data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
        [schema.name],
    )
    found = [kind for (kind,) in connection.fetchall()]
    return found == [SQL_TYPES[column.type] for column in schema.columns]


def _find_misfits(
    connection: duckdb.DuckDBPyConnection, view: ViewFiles, known: Mapping[str, str]
) -> dict[str, str]:
    """Why other files do not fit, by path: DuckDB cannot open them, or a type is another one."""
    import duckdb

    wanted = {column.name: SQL_TYPES[column.type] for column in view.schema.columns}
    misfits: dict[str, str] = {}
    for path in set(view.paths) - known.keys():
        try:
            found = connection.sql(f"SELECT * FROM read_parquet({_quote(view.files.uri(path))})")
            types = dict(zip(found.columns, map(str, found.types), strict=True))
        except duckdb.Error:
            misfits[path] = "it cannot be read as Parquet"
            continue
        for column in wanted.keys() & types.keys():
            if types[column] != wanted[column]:
                misfits[path] = f"its column {column} is {types[column]}, not {wanted[column]}"
    return dict(sorted(misfits.items()))


def _select(view: ViewFiles, faults: Mapping[str, str]) -> str:
    """The view's query; newer columns are null in the rows of files that older versions wrote.

    A pattern also finds files that are written later. To leave files out, the others are listed.
    """
    schema = view.schema
    columns = ", ".join(f'"{name}"' for name in schema.names)
    typed = ", ".join(f'NULL::{SQL_TYPES[c.type]} AS "{c.name}"' for c in schema.columns)
    empty = f"SELECT {typed} WHERE false"
    paths = (path for path in view.paths if path not in faults)
    first = next(paths, None)
    if first is None:
        return empty
    source = _quote(view.pattern) if view.pattern and not faults else None
    if source is None:
        source = f"[{', '.join(_quote(view.files.uri(path)) for path in (first, *paths))}]"
    stored = f"SELECT * FROM read_parquet({source}, union_by_name = true)"
    return _renew(view, f"SELECT {columns} FROM ({empty} UNION ALL BY NAME {stored})")


def _renew(view: ViewFiles, query: str) -> str:
    """A view's query, with the times until which its rows are known to hold.

    The index of states tells them. It may have several files for a while: see `StateIndex`.
    """
    column = TIMED.get(view.schema.name)
    if column is None or not view.has_states:
        return query
    known = "read_at" if view.schema is REPO_METADATA else "snapshot_at"
    states = _quote(view.files.uri(f"{FOLDER}/*.parquet"))
    latest = f"SELECT repo, arg_max_null({known}, version) AS held FROM read_parquet({states})"
    held = f"greatest(rows.{column}, states.held) AS {column}"
    return (
        f"SELECT rows.* REPLACE ({held}) FROM ({query}) AS rows "
        f"LEFT JOIN ({latest} GROUP BY repo) AS states ON states.repo = rows.repo"
    )


def _quote(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
