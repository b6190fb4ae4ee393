"""What the tests of steps share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.steps.scopes import let_nobody_be_in_turn, store_current
from repo_stats_tests.helpers.linked import linked


@pytest.fixture
def pages(tmp_path: Path) -> PageFolder:
    return PageFolder(Files(str(tmp_path)))


@pytest.fixture
def nobody_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that begins now, in which no repository is recorded because it is its turn."""
    let_nobody_be_in_turn(monkeypatch)


@pytest.fixture(scope="module")
def _current(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("current")
    store_current(root)
    return root


@pytest.fixture
def tables(_current: Path, tmp_path: Path) -> Iterator[Tables]:
    """Tables of three repositories, all of which are current."""
    with linked(_current, tmp_path / "w") as root:
        yield Tables(Files(str(root)))
