"""The README: what it says of settings, tables and commands is what there is."""

import re

import pytest

from repo_stats.cli.commands import main
from repo_stats.warehouse.schemas import LEADERBOARD, TABLES
from repo_stats_tests.helpers.paths import README, ROOT

START = "schemas.py, and compared with it by a test -->\n"


END = "<!-- end of tables -->"


def describe_tables() -> str:
    """The tables as the README has them."""
    sections = []
    for schema in (*TABLES, LEADERBOARD):
        lines = [f"### `{schema.name}`", "", schema.row, "", "| column | type | meaning |"]
        lines.append("|---|---|---|")
        for column in schema.columns:
            kind = f"{column.type}, may be null" if column.nullable else str(column.type)
            lines.append(f"| `{column.name}` | {kind} | {column.description} |")
        sections.append("\n".join(lines))
    return "\n" + "\n\n".join(sections) + "\n\n"


def test_the_tables_are_described_as_they_are() -> None:
    described = README.partition(START)[2].partition(END)[0]
    assert described == describe_tables()


def test_every_setting_is_in_the_readme_and_no_other() -> None:
    files = (ROOT / "repo_stats" / "config").glob("*.py")
    source = "\n".join(path.read_text(encoding="utf-8") for path in files)
    pattern = r"(?:REPO_STATS_[A-Z_]+|GITHUB_TOKENS?)"
    assert set(re.findall(rf"`({pattern})` \|", README)) == set(re.findall(pattern, source))


def test_environment_variables_are_read_in_one_place() -> None:
    readers = {
        path.parent.name
        for path in (ROOT / "repo_stats").rglob("*.py")
        if re.search(
            r"environ\.get|getenv|environ\[[^]]+\](?! =)", path.read_text(encoding="utf-8")
        )
    }
    assert readers == {"config"}


@pytest.mark.parametrize("command", sorted(set(re.findall(r"repo-stats (\w+)", README))))
def test_every_command_in_the_readme_exists(command: str) -> None:
    assert command in main.commands
