"""Tables for a terminal of any width: columns are left out, but no number is ever cut.

Into a pipe or a file, lines are as long as they are.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

_UNLIMITED = 100_000


@dataclass(frozen=True)
class FittingColumn:
    """A column of a table.

    Attributes:
        heading: its heading.
        cells: its cells, from top to bottom.
        rank: the columns with the highest rank are left out first; with 0 it always stays.
        is_number: whether it holds numbers, which are aligned to the right and never wrapped.
    """

    heading: str
    cells: Sequence[Text | str]
    rank: int = 0
    is_number: bool = True


def open_console() -> Console:
    """A console as wide as the terminal, or as COLUMNS says; without a terminal, of any width."""
    is_limited = shutil.get_terminal_size(fallback=(0, 0)).columns > 0
    return Console() if is_limited else Console(width=_UNLIMITED)


def print_fitting(
    console: Console, columns: Sequence[FittingColumn], padding: tuple[int, ...] = (0, 1)
) -> None:
    """Print a table with as many of its columns as fit, and name the others below.

    Args:
        console: where to print it.
        columns: the columns, from left to right.
        padding: of the cells, as `rich` has it.
    """
    shown = list(columns)
    table = _make_table(shown, padding, console.width)
    while not fits(console, table) and any(column.rank for column in shown):
        shown.remove(max(shown, key=lambda column: column.rank))
        table = _make_table(shown, padding, console.width)
    console.print(table)
    if hidden := [column.heading for column in columns if column not in shown]:
        note = f"Too narrow for {', '.join(hidden)}; a wider terminal shows all columns."
        console.print(Text(note, style="dim"))


def fits(console: Console, table: Table) -> bool:
    """Whether a table fits into the console without cutting what must not be wrapped."""
    wide = console.options.update(width=_UNLIMITED)
    return console.measure(table, options=wide).minimum <= console.width


def _make_table(columns: Sequence[FittingColumn], padding: tuple[int, ...], width: int) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=padding)  # type: ignore[arg-type]
    for column in columns:
        longest = max(cell_len(str(cell)) for cell in (column.heading, *column.cells))
        table.add_column(
            column.heading,
            justify="right" if column.is_number else "left",
            no_wrap=column.is_number,
            overflow="fold",
            min_width=longest if column.is_number else min(longest, max(20, width // 2)),
            max_width=None if column.is_number else max(20, width // 2),
        )
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*row)
    return table
