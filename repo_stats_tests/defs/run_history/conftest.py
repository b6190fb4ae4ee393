"""What the tests of pruning share: a history in a folder."""

from collections.abc import Iterator

import pytest

from repo_stats_tests.defs.run_history.histories import History
from repo_stats_tests.helpers.instances import instance_in_a_folder


@pytest.fixture
def history() -> Iterator[History]:
    """An empty history in a folder."""
    with instance_in_a_folder() as instance:
        yield History(instance)
