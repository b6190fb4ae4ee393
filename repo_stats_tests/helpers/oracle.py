"""The tables computed a second time, by the queries that the documentation defines them with.

`REPO_STATS_EXAMPLES` in the environment makes the random examples many more than usual.
"""

import math
import os
from collections.abc import Mapping
from functools import cache
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from hypothesis import Phase
from hypothesis import settings as hypothesis_settings

from repo_stats.warehouse.frames import FrameOrArrow, to_arrow
from repo_stats.warehouse.schemas import TABLES, TableSchema
from repo_stats_tests.helpers.rows import NOW

TOLERANCE = 1e-9
"""How much two fractions may differ, in relation to the larger one: their sums are rounded."""

_IS_SEARCH = "REPO_STATS_EXAMPLES" in os.environ

examples = hypothesis_settings(
    deadline=None,
    max_examples=int(os.environ.get("REPO_STATS_EXAMPLES", "8")),
    derandomize=not _IS_SEARCH,
    phases=tuple(Phase) if _IS_SEARCH else (Phase.explicit, Phase.generate),
    database=None,
)
"""How many random examples are tried. Unless more are asked for, they are always the same ones, and
one that fails is shown as it is: to find a smaller one takes minutes."""


def ask(query: str, tables: Mapping[str, FrameOrArrow]) -> pa.Table:
    """The result of a query over tables in memory, at the moment `NOW`; other tables are empty."""
    connection = _connect()
    for name, rows in tables.items():
        connection.register(name, rows)
    try:
        return connection.sql(query).to_arrow_table()
    finally:
        for name in tables:
            connection.unregister(name)


def define(schema: TableSchema, tables: Mapping[TableSchema, pd.DataFrame]) -> pa.Table:
    """The rows of a table by its definition, made from other tables."""
    query = schema.definition
    assert query is not None
    return ask(query, {schema.name: to_arrow(schema, rows) for schema, rows in tables.items()})


def assert_same(schema: TableSchema, rows: FrameOrArrow, defined: pa.Table) -> None:
    """Rows are those of the table's definition: all of them, in order, with the same types."""
    found = to_arrow(schema, rows)
    found.cast(schema.arrow)  # no null where none may be
    assert defined.schema.names == schema.names
    assert defined.schema.types == schema.arrow.types
    assert_same_rows(found.to_pylist(), defined.to_pylist())


def assert_same_rows(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Two lists have the same rows in the same order, with values of the same types."""
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        assert list(row) == list(other)
        differing = {name for name in row if not _is_same(row[name], other[name])}
        assert {name: row[name] for name in differing} == {n: other[n] for n in differing}


def _is_same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(one) is type(other) and one == other


@cache
def _connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 1")
    connection.execute(f"CREATE MACRO now() AS TIMESTAMPTZ '{NOW.isoformat()}'")
    for schema in TABLES:
        connection.from_arrow(schema.arrow.empty_table()).create(schema.name)
    return connection
