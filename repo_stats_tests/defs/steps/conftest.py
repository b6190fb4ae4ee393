"""What the tests of steps share."""

from pathlib import Path

import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder


@pytest.fixture
def pages(tmp_path: Path) -> PageFolder:
    return PageFolder(Files(str(tmp_path)))
