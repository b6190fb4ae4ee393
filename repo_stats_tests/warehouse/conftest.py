"""A warehouse on a local disk and one on other storage."""

from pathlib import Path

import pytest

from repo_stats.warehouse.files import Files


@pytest.fixture(params=["folder", "memory"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Files:
    return Files(str(tmp_path) if request.param == "folder" else f"memory://{tmp_path}")
