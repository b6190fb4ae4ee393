"""Imports run downward only, and Dagster and the simulator are imported where they may be."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


BROKEN = {
    ("warehouse", "repo_stats.config"): LAYERS,
    ("alerts", "repo_stats.defs"): LAYERS,
    ("defs", "repo_stats.cli"): LAYERS,
    ("report", "dagster"): DAGSTER,
    ("simulator", "repo_stats.github"): "The simulator imports nothing of the rest",
    ("defs", "repo_stats.simulator"): "Only cli imports the simulator",
}
"""Imports that are not allowed, which one look finds, with the contract that each breaks."""


def add_import(checkout: Path, module: str, imported: str) -> None:
    with (checkout / "repo_stats" / module / "__init__.py").open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")


def test_each_import_that_is_not_allowed_breaks_its_contract(checkout: Path) -> None:
    for module, imported in BROKEN:
        add_import(checkout, module, imported)
    result = lint(checkout)
    assert result.returncode == 1
    assert find_broken(result.stdout) == BROKEN


def find_broken(printed: str) -> dict[tuple[str, str], str]:
    """The imports that were found, and the contract that each of them breaks."""
    broken = printed.partition("Broken contracts\n")[2]
    _, *sections = re.split(r"^(\w.*)\n-+$", broken, flags=re.M)
    return {
        (module, imported): contract
        for contract, text in zip(sections[::2], sections[1::2], strict=True)
        for module, imported in re.findall(r"^- +repo_stats\.(\w+) -> (\S+) ", text, re.M)
    }


@pytest.mark.long
@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        *((*pair, contract) for pair, contract in BROKEN.items()),
        ("github", "repo_stats.warehouse", LAYERS),
        ("warehouse", "repo_stats.metrics", LAYERS),
        ("metrics", "repo_stats.config", LAYERS),
        ("config", "repo_stats.metrics", LAYERS),
        ("metrics", "repo_stats.report", LAYERS),
        ("report", "repo_stats.alerts", LAYERS),
        ("defs", "repo_stats.definitions", LAYERS),
        ("report", "dagster._core.errors", DAGSTER),
        ("github", "dagster", DAGSTER),
        ("config", "dagster", DAGSTER),
        ("simulator", "dagster", DAGSTER),
    ],
)
def test_an_import_that_is_not_allowed_breaks_its_contract_by_itself(
    checkout: Path, module: str, imported: str, contract: str
) -> None:
    add_import(checkout, module, imported)
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
