"""Tables in which nothing is folded look as `rich` prints them."""

import io

import pytest
from rich.console import Console
from rich.padding import PaddingDimensions
from rich.text import Text

from repo_stats.cli import fitting_tables
from repo_stats.cli.fitting_tables import FittingColumn, print_fitting

COLUMNS = [
    FittingColumn("Repository", [Text("a/b"), Text("an-owner/名前")], is_number=False),
    FittingColumn("Stars", ["1", "12,345"]),
    FittingColumn("7 days", [Text("▲5", "green"), Text("-")], rank=2),
    FittingColumn("Age", ["?", "3 min"], rank=1),
]


def print_into(width: int, padding: PaddingDimensions) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=True, color_system="standard")
    print_fitting(console, COLUMNS, padding)
    return file.getvalue()


@pytest.mark.parametrize("padding", [(0, 1), (0, 1, 0, 0)])
@pytest.mark.parametrize("width", [25, 40, 44, 45, 46, 200])
def test_a_table_looks_the_same_with_and_without_rich(
    monkeypatch: pytest.MonkeyPatch, width: int, padding: PaddingDimensions
) -> None:
    quick = plain_text(print_into(width, padding))
    monkeypatch.setattr(
        fitting_tables,
        "_lay_out",
        lambda console, columns, pads: fitting_tables._make_table(columns, pads, console.width),
    )
    assert quick == plain_text(print_into(width, padding))
    assert "an-owner/名前" in quick


def plain_text(printed: str) -> str:
    return Text.from_ansi(printed).plain


def test_what_is_styled_is_styled_without_rich_too() -> None:
    assert "\x1b[32m" in print_into(200, (0, 1))


def test_a_column_holds_numbers_unless_it_says_otherwise() -> None:
    assert FittingColumn("Stars", ["1"]).align("1") == "    1"
    assert FittingColumn("Stars", ["1"], is_number=False).align("1") == "1    "


def test_a_terminal_without_lines_gets_other_characters() -> None:
    printed = io.BytesIO()
    with io.TextIOWrapper(printed, encoding="cp1252", write_through=True) as file:
        print_fitting(Console(file=file, width=80), [FittingColumn("n", ["1"])])
        assert b"+" in printed.getvalue()
