"""Tables in which nothing is folded: ten thousand rows are printed in a second.

They look like those of `rich`, which takes twenty times as long for each cell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions
from rich.padding import Padding, PaddingDimensions
from rich.segment import Segment
from rich.text import Text


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

    @cached_property
    def width(self) -> int:
        """How wide its widest cell is."""
        return max(cell_len(str(cell)) for cell in (self.heading, *self.cells))

    def align(self, text: str) -> str:
        """A cell as wide as the column."""
        blanks = " " * (self.width - cell_len(text))
        return f"{blanks}{text}" if self.is_number else f"{text}{blanks}"


class UnfoldedTable:
    """A table of columns that are as wide as their widest cells, to be printed by `rich`.

    Args:
        columns: the columns, from left to right.
        padding: of the cells, as `rich` has it.
    """

    def __init__(self, columns: Sequence[FittingColumn], padding: PaddingDimensions) -> None:
        self._columns = columns
        _, right, _, left = Padding.unpack(padding)
        self._left, self._right = " " * (left + 1), " " * right  # a line begins with a blank

    @property
    def width(self) -> int:
        """How wide it is, in cells of the terminal."""
        around = len(self._left) + len(self._right)
        return sum(column.width + around for column in self._columns) + 1

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """The lines of the table."""
        empty, rule = " " * self.width, f" {'─' * (self.width - 2)} "
        yield Segment(f"{empty}\n")
        yield from self._line(console, [Text(c.heading, "table.header") for c in self._columns])
        yield Segment(f"{rule}\n")
        for cells in zip(*(column.cells for column in self._columns), strict=True):
            yield from self._line(console, cells)
        yield Segment(f"{empty}\n")

    def _line(self, console: Console, cells: Sequence[Text | str]) -> Iterator[Segment]:
        plain = ""
        for column, cell in zip(self._columns, cells, strict=True):
            plain += self._left
            text = column.align(str(cell))
            if isinstance(cell, Text) and cell.style:
                yield Segment(plain)
                yield Segment(text, console.get_style(cell.style))
                plain = ""
            else:
                plain += text
            plain += self._right
        yield Segment(f"{plain} \n")
