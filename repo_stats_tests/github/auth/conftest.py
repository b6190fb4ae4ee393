"""A GitHub App whose token is kept in a folder of the test."""

from pathlib import Path

import pytest

from repo_stats.github.auth.credentials import App


@pytest.fixture
def app(private_key: str, tmp_path: Path) -> App:
    return App("7", "42", private_key, tmp_path / "cache")
