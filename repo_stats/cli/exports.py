"""Rows on standard output for other programs: comma-separated values and JSON."""

import sys
from collections.abc import Iterable

import click
import pyarrow as pa

from repo_stats.safe_text import make_printable
from repo_stats.warehouse.row_texts import to_csv_lines, to_json_lines


def print_csv(rows: pa.Table) -> None:
    """Print rows as comma-separated values, in UTF-8."""
    _print(to_csv_lines(rows))


def print_json(rows: pa.Table) -> None:
    """Print rows as a JSON array with an object on each line."""
    _print(to_json_lines(rows))


def _print(lines: Iterable[str]) -> None:
    if sys.stdout.isatty():
        for line in lines:
            click.echo(make_printable(line))
        return
    stream = sys.stdout.buffer
    for line in lines:
        stream.write(f"{line}\n".encode())
    stream.flush()
