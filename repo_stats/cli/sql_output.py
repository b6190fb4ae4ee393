"""What `repo-stats sql` prints: the rows of a query, or the tables there are to query."""

from datetime import datetime

import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from repo_stats.safe_text import make_printable

MOST_COLUMNS = 8
"""The largest number of columns that are printed side by side."""


def print_tables() -> None:
    """Print the tables of the warehouse and their columns."""
    from repo_stats.warehouse.sql import VIEWS

    table = Table("Table", "Rows and columns", box=SIMPLE_HEAD, show_lines=True)
    for schema in VIEWS:
        table.add_row(schema.name, Text(f"{schema.row}\n{', '.join(schema.names)}"))
    Console().print(table)


def print_rows(rows: pa.Table) -> None:
    """Print the rows of a query: one line each, or one paragraph each if there are many columns."""
    if rows.num_columns > MOST_COLUMNS:
        _print_paragraphs(rows)
        return
    table = Table(box=SIMPLE_HEAD)
    for field in rows.schema:
        is_number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        table.add_column(Text(field.name), justify="right" if is_number else "left")
    for row in rows.to_pylist():
        table.add_row(*(Text(_format(value)) for value in row.values()))
    Console().print(table)


def _print_paragraphs(rows: pa.Table) -> None:
    console = Console()
    for row in rows.to_pylist():
        fields = Table(show_header=False, box=None)
        for name, value in row.items():
            fields.add_row(Text(name), Text(_format(value)))
        console.print(fields, Text())


def _format(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, list):
        return ", ".join(map(_format, value))
    return "-" if value is None else make_printable(str(value))
