"""Loading the definitions: what it needs, what it leaves behind, and how it fails."""

from pathlib import Path

import dagster as dg

from repo_stats_tests.helpers.commands import load_in_a_fresh_process


def test_the_default_definitions_are_valid(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)  # raises what is wrong
    assert {*defs.get_repository_def().job_names} >= {"refresh_repo", "refresh_watchlist"}


def test_importing_the_definitions_needs_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    code = "import repo_stats.definitions, sys; print('loaded', sorted(sys.modules))"
    loaded = load_in_a_fresh_process(code, tmp_path)
    assert loaded.startswith("loaded")
    assert list(tmp_path.iterdir()) == []
    unneeded = ("repo_stats.simulator", "uvicorn", "starlette", "pytest", "respx")
    assert [name for name in unneeded if f"'{name}" in loaded] == []


LOADED_BY_DAGSTER = """
import click
try:
    import repo_stats.definitions
except click.ClickException as error:
    print(f"Error: {error.format_message()}")
"""


def test_a_bad_watchlist_stops_at_load_with_one_sentence(tmp_path: Path) -> None:
    output = load_in_a_fresh_process(LOADED_BY_DAGSTER, tmp_path, REPO_STATS_REPOS="a/b,oops")
    assert output == (
        "Error: REPO_STATS_REPOS: 'oops' is not a repository name; write owner/name, for example "
        "PrefectHQ/prefect.\n"
    )
