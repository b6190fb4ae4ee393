"""What the tests of steps share."""

from pathlib import Path

import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.steps.scopes import let_nobody_be_in_turn, store_current


@pytest.fixture
def pages(tmp_path: Path) -> PageFolder:
    return PageFolder(Files(str(tmp_path)))


@pytest.fixture
def nobody_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that begins now, in which no repository is recorded because it is its turn."""
    let_nobody_be_in_turn(monkeypatch)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """Tables of three repositories, all of which are current."""
    return store_current(tmp_path / "w")
