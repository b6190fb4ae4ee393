"""The warehouse as a database: a DuckDB in memory with a view for each table.

The views read the Parquet files again for each query. So they show what is stored now, hold no
lock, and can be used while a run writes. Only this module imports DuckDB.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import pyarrow as pa

from repo_stats.safe_text import PlainError, is_text
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import (
    ALERTS,
    ISSUE_PAGES,
    LEADERBOARD,
    REPO_METADATA,
    TABLES,
    TableSchema,
)
from repo_stats.warehouse.states.renewal import TIMED
from repo_stats.warehouse.states.state_index import FOLDER
from repo_stats.warehouse.view_files import SQL_TYPES, ViewFiles

if TYPE_CHECKING:
    import duckdb


VIEWS: Sequence[TableSchema] = (*TABLES, LEADERBOARD, ALERTS, ISSUE_PAGES)
"""The tables that have a view, each under its own name."""

_NAMES = frozenset(schema.name for schema in VIEWS)

_VERIFIED = _NAMES - {ISSUE_PAGES.name}
"""The tables whose files are verified if it is not known which a query reads. Pages with their raw
objects take hundreds of times the space of all other tables."""

_ATTEMPTS = 3
"""How often a query is tried: a run may remove a page file that the query is about to read."""


class QueryError(PlainError):
    """A query cannot be answered; the message is one line, mostly in DuckDB's words."""


class DamagedFileWarning(UserWarning):
    """A file cannot be read, so that its rows are missing; the message names it."""


def connect(root: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory with a view for each table of the warehouse.

    A table of which nothing is stored has all its columns and no rows. A `DamagedFileWarning` names
    each file that cannot be read; its rows are left out.

    Args:
        root: path or fsspec URL of the warehouse.

    Raises:
        WarehouseError: the warehouse cannot be reached.
    """
    connection, damaged = _open(root, _VERIFIED, decode=False)
    for sentence in damaged:
        warnings.warn(sentence, DamagedFileWarning, stacklevel=3)
    return connection


def run_query(query: str, root: str, warn: Callable[[str], None] = lambda _: None) -> pa.Table:
    """The result of a query over the tables of a warehouse.

    Args:
        query: a query in DuckDB's SQL.
        root: path or fsspec URL of the warehouse.
        warn: is called with a sentence for each file of the tables that cannot be read.

    Raises:
        QueryError: DuckDB refuses the query, or it is a statement that returns no rows.
        WarehouseError: the warehouse cannot be reached.
    """
    import duckdb

    if not is_text(query):
        raise QueryError(
            "The query holds a NUL character, or bytes that are not UTF-8; write it as text."
        )
    names = _find_tables(query)
    decode, failures = False, 0
    while True:
        connection, damaged = _open(root, names, decode=decode)
        with connection:
            try:
                rows = _rows_of(connection, query)
            except duckdb.IOException as error:
                failures += 1
                if failures == _ATTEMPTS:
                    raise QueryError(_describe_error(error)) from None
            except duckdb.Error as error:
                # DuckDB's words for damage are many, and do not name the file.
                if decode or not _finds_more(root, names, damaged):
                    raise QueryError(_describe_error(error)) from None
                decode = True
            else:
                for sentence in damaged:
                    warn(sentence)
                return rows


def _find_tables(query: str) -> Collection[str]:
    """Our tables that a query names, as far as DuckDB can say."""
    import duckdb

    with duckdb.connect() as empty, suppress(duckdb.Error):
        if named := empty.get_table_names(query) & _NAMES:
            return named
    return _VERIFIED


def _finds_more(root: str, names: Collection[str], damaged: Sequence[str]) -> bool:
    """Whether decoding all rows finds damage that was not known yet."""
    views = [ViewFiles(Files(root), schema) for schema in VIEWS if schema.name in names]
    return sum(len(view.find_faults(decode=True)) for view in views) > len(damaged)


def _rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    relation = connection.sql(query)
    if relation is None:
        raise QueryError("This statement returns no rows; write a query that begins with select.")
    return relation.to_arrow_table()


def _open(
    root: str, verified: Collection[str], *, decode: bool
) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """A connection with all views, and a sentence for each file that they leave out.

    Args:
        root: path or fsspec URL of the warehouse.
        verified: the tables whose files are verified, which is cheap on this machine's own disks.
            Files of other tables are looked at only if DuckDB cannot open one of them.
        decode: see `ViewFiles.find_faults`.
    """
    import duckdb

    files = Files(root)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    if not files.is_local:
        connection.register_filesystem(files.filesystem)
    damaged: list[str] = []
    for schema in VIEWS:
        view = ViewFiles(files, schema)
        is_verified = schema.name in verified and (files.is_local or decode)
        faults = view.find_faults(decode=decode) if is_verified else {}
        faults = _create_view(connection, view, faults)
        damaged += [view.describe(path, fault) for path, fault in faults.items()]
    return connection, damaged


def _create_view(
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


def _describe_error(error: Exception) -> str:
    """The first paragraph of an error message, in one line; for an unknown table, with ours."""
    text = " ".join(str(error).split("\n\n")[0].split())
    if not re.match(r"Catalog Error: Table with name .* does not exist!", text):
        return text
    suggested = re.search(r' Did you mean "([^"]*)"\?', text)
    if suggested and suggested[1] not in _NAMES:
        text = text[: suggested.start()]
    return f"{text} The tables are {', '.join(schema.name for schema in VIEWS)}."
