"""What the tests of lists share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.scanner import Scanner


@pytest.fixture
def scanner(tmp_path: Path) -> Callable[..., Scanner]:
    def make(items: int, *, per_page: int = 100, **options: Any) -> Scanner:
        repository = generated(Shape("acme/rocket", items, min(items, 5)), slim=True)
        simulator = Simulator(World.of([repository]), **options)
        return Scanner(simulator, PageFolder(Files(str(tmp_path))), per_page)

    return make
