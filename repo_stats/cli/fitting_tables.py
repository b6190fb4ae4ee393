"""Tables for a terminal of any width: columns are left out, but no number is ever cut.

Into a pipe or a file, lines are as long as they are.
"""

import shutil
from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding, PaddingDimensions
from rich.table import Table
from rich.text import Text

from repo_stats.cli.unfolded_tables import FittingColumn, UnfoldedTable

__all__ = ["FittingColumn", "fits", "open_console", "print_fitting"]

_UNLIMITED = 100_000


def open_console() -> Console:
    """A console as wide as the terminal, or as COLUMNS says; without a terminal, of any width."""
    is_limited = shutil.get_terminal_size(fallback=(0, 0)).columns > 0
    return Console() if is_limited else Console(width=_UNLIMITED)


def print_fitting(
    console: Console, columns: Sequence[FittingColumn], padding: PaddingDimensions = (0, 1)
) -> None:
    """Print a table with as many of its columns as fit, and name the others below.

    Args:
        console: where to print it.
        columns: the columns, from left to right.
        padding: of the cells, as `rich` has it.
    """
    shown = list(columns)
    while _least_width(shown, padding, console.width) > console.width and any(
        column.rank for column in shown
    ):
        shown.remove(max(shown, key=lambda column: column.rank))
    console.print(_lay_out(console, shown, padding), crop=False)
    if hidden := [column.heading for column in columns if column not in shown]:
        note = f"Too narrow for {', '.join(hidden)}; a wider terminal shows all columns."
        console.print(Text(note, style="dim"))


def fits(console: Console, table: Table) -> bool:
    """Whether a table fits into the console without cutting what must not be wrapped."""
    wide = console.options.update(width=_UNLIMITED)
    return console.measure(table, options=wide).minimum <= console.width


def _lay_out(
    console: Console, columns: Sequence[FittingColumn], padding: PaddingDimensions
) -> Table | UnfoldedTable:
    """A table of columns; where nothing is folded, one that is quick to print.

    Some terminals have no lines to draw with, which `rich` takes care of.
    """
    unfolded = UnfoldedTable(columns, padding)
    has_lines = SIMPLE_HEAD.substitute(console.options) is SIMPLE_HEAD
    is_narrow = all(c.is_number or c.width <= _most_width(console.width) for c in columns)
    if has_lines and is_narrow and unfolded.width <= console.width:
        return unfolded
    return _make_table(columns, padding, console.width)


def _least_width(columns: Sequence[FittingColumn], padding: PaddingDimensions, width: int) -> int:
    """How wide a table is whose texts are folded as far as they may be."""
    most = _most_width(width)
    least = (column.width if column.is_number else min(column.width, most) for column in columns)
    _, right, _, left = Padding.unpack(padding)
    return sum(least) + len(columns) * (left + right + 1) + 1


def _most_width(width: int) -> int:
    """How wide a column of texts may be, in a console of that width."""
    return max(20, width // 2)


def _make_table(columns: Sequence[FittingColumn], padding: PaddingDimensions, width: int) -> Table:
    table, most = Table(box=SIMPLE_HEAD, padding=padding), _most_width(width)
    for column in columns:
        table.add_column(
            column.heading,
            justify="right" if column.is_number else "left",
            no_wrap=column.is_number,
            overflow="fold",
            min_width=column.width if column.is_number else min(column.width, most),
            max_width=None if column.is_number else most,
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*row)
    return table
