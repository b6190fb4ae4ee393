"""What `repo-stats sql` prints: the rows of a query, or the tables there are to query."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from repo_stats.cli.fitting_tables import fits, open_console
from repo_stats.safe_text import make_printable

MOST_COLUMNS = 8
"""The largest number of columns that are printed side by side."""


def print_tables() -> None:
    """Print the tables of the warehouse and their columns."""
    from repo_stats.warehouse.sql import VIEWS

    table = Table("Table", "Rows and columns", box=SIMPLE_HEAD, show_lines=True)
    for schema in VIEWS:
        table.add_row(schema.name, Text(f"{schema.row}\n{', '.join(schema.names)}"))
    open_console().print(table)


def print_rows(rows: pa.Table) -> None:
    """Print the rows of a query: one line each, or one paragraph each if they are too wide."""
    console = open_console()
    values = list(zip(*map(_values, rows.columns), strict=True))
    if rows.num_columns > MOST_COLUMNS:
        _print_paragraphs(console, rows.column_names, values)
        return
    table = Table(box=SIMPLE_HEAD)
    cells = [[Text(_format(value)) for value in row] for row in values]
    for place, field in enumerate(rows.schema):
        if _is_number(field.type):
            width = max((row[place].cell_len for row in cells), default=0)
            table.add_column(_heading(field.name), justify="right", no_wrap=True, min_width=width)
        else:
            table.add_column(_heading(field.name))
    for row in cells:
        table.add_row(*row)
    if fits(console, table):
        console.print(table)
    else:
        _print_paragraphs(console, rows.column_names, values)


def _print_paragraphs(
    console: Console, names: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    for row in rows:
        fields = Table(show_header=False, box=None)
        for name, value in zip(names, row, strict=True):
            fields.add_row(_heading(name), Text(_format(value)))
        console.print(fields, Text())


def _heading(name: str) -> Text:
    """The name of a column, which a query such as `pivot` takes from values."""
    return Text(make_printable(name))


def _is_number(kind: pa.DataType) -> bool:
    return any(
        is_kind(kind)
        for is_kind in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    )


def _values(column: pa.ChunkedArray) -> list[object]:
    try:
        values: list[object] = column.to_pylist()
    except (OverflowError, ValueError):  # a time that Python cannot hold, such as infinity
        values = column.cast(pa.string()).to_pylist()
    return values


def _format(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, list):
        return ", ".join(map(_format, value))
    return "-" if value is None else make_printable(str(value))
