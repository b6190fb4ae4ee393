"""Imports run downward only, and Dagster and the simulator are imported where they may be."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.paths import ROOT

LINT = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]

LAYERS = "Imports run downward only"

DAGSTER = "Only defs, definitions and cli import Dagster"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(LINT, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the package and its contracts."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "repo_stats", tmp_path / "repo_stats", ignore=ignore)
    shutil.copy(ROOT / ".importlinter", tmp_path)
    return tmp_path


def test_the_package_keeps_its_contracts() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        long("github", "repo_stats.warehouse", LAYERS),
        ("warehouse", "repo_stats.config", LAYERS),
        long("warehouse", "repo_stats.metrics", LAYERS),
        long("metrics", "repo_stats.config", LAYERS),
        long("config", "repo_stats.metrics", LAYERS),
        long("metrics", "repo_stats.report", LAYERS),
        long("report", "repo_stats.alerts", LAYERS),
        ("alerts", "repo_stats.defs", LAYERS),
        long("defs", "repo_stats.definitions", LAYERS),
        ("defs", "repo_stats.cli", LAYERS),
        long("github", "dagster", DAGSTER),
        long("config", "dagster", DAGSTER),
        ("report", "dagster._core.errors", DAGSTER),
        long("simulator", "dagster", DAGSTER),
        ("simulator", "repo_stats.github", "The simulator imports nothing of the rest"),
        ("defs", "repo_stats.simulator", "Only cli imports the simulator"),
    ],
)
def test_an_import_that_is_not_allowed_breaks_its_contract(
    checkout: Path, module: str, imported: str, contract: str
) -> None:
    with (checkout / "repo_stats" / module / "__init__.py").open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")
    result = lint(checkout)
    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout


def test_a_new_package_needs_a_layer(checkout: Path) -> None:
    package = checkout / "repo_stats" / "extra"
    package.mkdir()
    (package / "__init__.py").touch()
    result = lint(checkout)
    assert result.returncode == 1
    assert "- repo_stats.extra" in result.stdout
