"""Loading the definitions: what it needs, what it leaves behind, and how it fails."""

from pathlib import Path

import dagster as dg
import pytest

from repo_stats_tests.helpers.commands import load_in_a_fresh_process


def test_the_default_definitions_are_valid(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)  # raises what is wrong
    assert {*defs.get_repository_def().job_names} >= {"refresh_repo", "refresh_watchlist"}


LOADED_BY_DAGSTER = """
import click, os, sys
try:
    import repo_stats.definitions
except click.ClickException as error:
    print(f"Error: {error.format_message()}")
os.environ["REPO_STATS_REPOS"] = "a/b"
import repo_stats.definitions
print("loaded", sorted(sys.modules))
"""
"""Loads the definitions with one watchlist, and with another one."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which they are loaded."""
    return tmp_path_factory.mktemp("loading")


@pytest.fixture(scope="module")
def printed(folder: Path) -> list[str]:
    """What a new process prints: of a bad watchlist, and of a good one."""
    output = load_in_a_fresh_process(LOADED_BY_DAGSTER, folder, REPO_STATS_REPOS="a/b,oops")
    return output.splitlines()


def test_importing_the_definitions_needs_nothing_and_leaves_nothing(
    folder: Path, printed: list[str]
) -> None:
    assert printed[-1].startswith("loaded")
    assert list(folder.iterdir()) == []
    unneeded = ("repo_stats.simulator", "uvicorn", "starlette", "pytest", "respx")
    assert [name for name in unneeded if f"'{name}" in printed[-1]] == []


def test_a_bad_watchlist_stops_at_load_with_one_sentence(printed: list[str]) -> None:
    assert printed[:-1] == [
        "Error: REPO_STATS_REPOS: 'oops' is not a repository name; write owner/name, for example "
        "PrefectHQ/prefect."
    ]
