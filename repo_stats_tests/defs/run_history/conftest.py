"""What the tests of pruning share: a history in a folder."""

from collections.abc import Iterator

import dagster as dg
import pytest

from repo_stats_tests.defs.run_history.histories import History


@pytest.fixture
def history() -> Iterator[History]:
    """An empty history in a folder."""
    with dg.instance_for_test() as instance:
        yield History(instance)
