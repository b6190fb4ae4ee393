"""The warehouse as a database: a DuckDB in memory with a view for each table.

The views read the Parquet files again for each query. So they show what is stored now, hold no
lock, and can be used while a run writes. Only this module and `views` import DuckDB.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyarrow as pa

from repo_stats.safe_text import PlainError, is_text
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import (
    ALERTS,
    ISSUE_PAGES,
    LEADERBOARD,
    TABLES,
    WATCHED_REPOSITORIES,
    TableSchema,
)
from repo_stats.warehouse.view_files import ViewFiles
from repo_stats.warehouse.views import create_view

if TYPE_CHECKING:
    import duckdb


VIEWS: Sequence[TableSchema] = (
    *TABLES,
    LEADERBOARD,
    WATCHED_REPOSITORIES,
    ALERTS,
    ISSUE_PAGES,
)
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
    import duckdb

    connection = duckdb.connect()
    for sentence in _create_views(connection, root, _VERIFIED, decode=False):
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
    decode, failures = False, 0
    while True:
        with duckdb.connect() as connection:
            names, viewed = _find_tables(connection, query)
            damaged = _create_views(connection, root, names, decode=decode, viewed=viewed)
            try:
                connection.execute("SET parquet_metadata_cache = true")  # each file is opened twice
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


def _find_tables(
    empty: duckdb.DuckDBPyConnection, query: str
) -> tuple[Collection[str], Collection[str]]:
    """Our tables that a query names, as far as DuckDB can say, and those that it needs views of."""
    import duckdb

    with suppress(duckdb.Error):
        names = empty.get_table_names(query)
        if named := names & _NAMES:
            return named, named if named == names else _NAMES
    return _VERIFIED, _NAMES


def _finds_more(root: str, names: Collection[str], damaged: Sequence[str]) -> bool:
    """Whether decoding all rows finds damage that was not known yet."""
    views = [ViewFiles(Files(root), schema) for schema in VIEWS if schema.name in names]
    return sum(len(view.find_faults(decode=True)) for view in views) > len(damaged)


def _rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> pa.Table:
    relation = connection.sql(query)
    if relation is None:
        raise QueryError("This statement returns no rows; write a query that begins with select.")
    return relation.to_arrow_table()


def _create_views(
    connection: duckdb.DuckDBPyConnection,
    root: str,
    verified: Collection[str],
    *,
    decode: bool,
    viewed: Collection[str] = _NAMES,
) -> list[str]:
    """Give a new connection its views; a sentence for each file that they leave out.

    Args:
        connection: has nothing yet.
        root: path or fsspec URL of the warehouse.
        verified: the tables whose files are verified, which is cheap on this machine's own disks.
            Files of other tables are looked at only if DuckDB cannot open one of them.
        decode: see `ViewFiles.find_faults`.
        viewed: the tables to create views of. DuckDB opens all files of each.
    """
    files = Files(root)
    connection.execute("SET TimeZone = 'UTC'")
    if not files.is_local:
        from repo_stats.warehouse.objects.queried import QueriedObjects  # imports fsspec

        connection.register_filesystem(QueriedObjects(files.store, urlsplit(root).scheme))
    damaged: list[str] = []
    for schema in VIEWS:
        if schema.name not in viewed:
            continue
        view = ViewFiles(files, schema)
        is_verified = schema.name in verified and (files.is_local or decode)
        faults = view.find_faults(decode=decode) if is_verified else {}
        faults = create_view(connection, view, faults)
        damaged += [view.describe(path, fault) for path, fault in faults.items()]
    return damaged


def _describe_error(error: Exception) -> str:
    """The first paragraph of an error message, in one line; for an unknown table, with ours."""
    text = " ".join(str(error).split("\n\n")[0].split())
    if not re.match(r"Catalog Error: Table with name .* does not exist!", text):
        return text
    suggested = re.search(r' Did you mean "([^"]*)"\?', text)
    if suggested and suggested[1] not in _NAMES:
        text = text[: suggested.start()]
    return f"{text} The tables are {', '.join(schema.name for schema in VIEWS)}."
