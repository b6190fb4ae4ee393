"""The example of `repo_stats.connect()`: it runs, and prints what the page says."""

import re
from pathlib import Path

import pytest

from repo_stats.config.settings import Settings
from repo_stats_tests.helpers.paths import DOCS


def test_the_example_prints_what_the_page_says(
    demo: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Path(demo.warehouse).is_relative_to(Path.cwd())
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    [(example, printed)] = re.findall(r"```python\n(.*?)```.*?```text\n(.*?)```", page, re.DOTALL)
    capsys.readouterr()
    exec(example, {})  # noqa: S102
    assert capsys.readouterr().out == printed
