"""The quick start: `repo-stats show` prints what the page says it prints after the demo."""

import re

from click.testing import CliRunner

from repo_stats.cli.commands import main
from repo_stats.config.settings import Settings
from repo_stats_tests.helpers.paths import DOCS

SHOWN = re.compile(r"^\$ repo-stats (show.*)\n((?:(?!\$|```).*\n)+)", re.MULTILINE)


def lines_of(text: str) -> list[str]:
    """Its lines, without what depends on the time; an ellipsis stands for any lines."""
    text = re.sub(r" as of .*|\d+ min|\d{4}-\d\d-\d\d", "", text)
    return [line.rstrip() for line in text.splitlines() if line.strip() not in ("", "...")]


def test_what_is_shown_after_the_demo_is_what_the_page_says(demo: Settings) -> None:
    runner = CliRunner(env={"REPO_STATS_WAREHOUSE": demo.warehouse, "COLUMNS": "100"})
    examples = SHOWN.findall((DOCS / "quickstart.md").read_text(encoding="utf-8"))
    assert len(examples) == 2
    for arguments, page in examples:
        output = lines_of(runner.invoke(main, arguments.split()).output)
        assert [line for line in lines_of(page) if line not in output] == []
