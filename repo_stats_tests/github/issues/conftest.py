"""What the tests of lists share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from repo_stats.simulator.generator import Shape
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.generated import slimmed
from repo_stats_tests.helpers.scanner import Scanner


@pytest.fixture
def scanner(simulate: Simulate, tmp_path: Path) -> Callable[..., Scanner]:
    def make(items: int, *, per_page: int = 100, **options: object) -> Scanner:
        simulator = simulate(Shape("acme/rocket", items, min(items, 5)), **options)
        for repository in simulator.world.repositories.values():
            repository.issues[:] = map(slimmed, repository.issues)
        return Scanner(simulator, PageFolder(Files(str(tmp_path))), per_page)

    return make
