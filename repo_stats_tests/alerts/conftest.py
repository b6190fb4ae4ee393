"""What the tests of alerts share."""

from pathlib import Path

import pytest

from repo_stats_tests.alerts.scenes import Scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A delivery with an empty table."""
    return Scene(tmp_path)
