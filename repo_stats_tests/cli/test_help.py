"""The help of every command, as wide as the terminal."""

import pytest
from click.testing import CliRunner

from repo_stats.cli.commands import main


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize("command", ["", *main.commands])
def test_every_help_fits_the_terminal(command: str, width: int) -> None:
    result = CliRunner().invoke(main, [*command.split(), "--help"], terminal_width=width)
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert len(lines) > 6
    assert max(map(len, lines)) <= width
    assert result.output.replace("\n", "").isprintable()
    assert "\\b" not in result.output


@pytest.mark.parametrize("width", [60, 80, 100])
def test_the_help_shows_each_example_on_a_line_of_its_own(width: int) -> None:
    lines = CliRunner().invoke(main, ["--help"], terminal_width=width).output.splitlines()
    examples = [line.strip() for line in lines if line.startswith("  repo-stats ")]
    assert [example.split("  ")[0] for example in examples] == [
        "repo-stats demo",
        "repo-stats refresh",
        "repo-stats show",
        "repo-stats report",
        'repo-stats sql "select ..."',
    ]
