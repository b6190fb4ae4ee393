"""The example of `repo_stats.connect()`: it runs, and prints what the page says."""

import re
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.simulator.generator import PREFECT
from repo_stats.simulator.simulator import Simulator
from repo_stats_tests.helpers.paths import DOCS


def test_the_example_prints_what_the_page_says(
    simulate: Callable[..., Simulator],
    settings_for: Callable[..., Settings],
    run: Callable[..., dg.ExecuteInProcessResult],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    simulate(PREFECT)
    settings = settings_for(PREFECT.full_name, REPO_STATS_WAREHOUSE=str(tmp_path / "simulated"))
    assert run(settings).success
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    [(example, printed)] = re.findall(r"```python\n(.*?)```.*?```text\n(.*?)```", page, re.DOTALL)
    capsys.readouterr()
    exec(example, {})  # noqa: S102
    assert capsys.readouterr().out == printed
