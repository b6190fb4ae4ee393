"""The script that draws a report's charts: made once for all tests, in whichever process.

Making it takes several times as long as all the rest of a small report.
"""

from functools import cache
from pathlib import Path

import pytest
from filelock import FileLock

from repo_stats.report import chart_script
from repo_stats.report.chart_script import write_chart_script
from repo_stats.report.made_pages import FOLDER
from repo_stats.warehouse.files import Files
from repo_stats_tests.helpers.first_runs import copies_first_runs


def share_chart_script(path: Path, patch: pytest.MonkeyPatch) -> None:
    """Let whoever needs the script first in this process take it from a file, or store it there."""
    make = chart_script._make_script

    @cache
    def take() -> str:
        if not copies_first_runs():
            return make()  # it may be mutated by now
        with FileLock(f"{path}.lock"):
            if not path.exists():
                path.write_text(make(), encoding="utf-8")
            return path.read_text(encoding="utf-8")

    patch.setattr(chart_script, "_make_script", take)


def store_chart_script(warehouse: Path) -> None:
    """Put the script where a report has it, for a process that would make it anew."""
    write_chart_script(Files(str(warehouse)), FOLDER)
