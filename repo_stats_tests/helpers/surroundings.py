"""What surrounds each test: variables of the environment, and its own folders and secrets."""

import os
import re
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from repo_stats import safe_text
from repo_stats.network.certificates import CERTIFICATE_VARIABLES
from repo_stats_tests.helpers.github import API_URL, TOKEN

OUR_VARIABLES = ("DAGSTER_HOME", "GITHUB_TOKENS")

_numbers = count()


@pytest.fixture(scope="session", autouse=True)
def _temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let pytest remove what tests leave in temporary folders of other kinds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.getbasetemp()))
        yield


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """The settings of all tests, whatever those of this machine are."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [*os.environ]:
            is_of_network = name in CERTIFICATE_VARIABLES or name.lower().endswith("_proxy")
            if name.startswith("REPO_STATS_") or name in OUR_VARIABLES or is_of_network:
                patch.delenv(name)
        # Without it, each process that a test starts compiles the whole package again.
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("REPO_STATS_API_URL", API_URL)
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        patch.setenv("GITHUB_TOKEN", TOKEN)
        yield


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A folder of the test's own, and no variable that a command leaves behind."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    variables = {**os.environ}
    yield
    if {**os.environ} != variables:
        os.environ.clear()
        os.environ.update(variables)


@pytest.fixture(autouse=True)
def _own_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test must not know the secrets of another one."""
    for name in ("_secrets", "_unique_secrets"):
        monkeypatch.setattr(safe_text, name, {*getattr(safe_text, name)})


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own. Pytest's fixture looks at those of all tests before it."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    return tmp_path_factory.mktemp(f"{name}-{next(_numbers)}", numbered=False)
