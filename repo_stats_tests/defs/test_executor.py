"""The executor: how steps start, and what the fork server has loaded before."""

from pathlib import Path

from repo_stats.defs.executor import start_method
from repo_stats.defs.fork_server_preload import LAZY_MODULES
from repo_stats_tests.helpers.commands import load_in_a_fresh_process


def test_the_fork_server_can_preload_all_it_is_told_to(tmp_path: Path) -> None:
    code = "import repo_stats.defs.fork_server_preload, sys; print('loaded', [*sys.modules])"
    loaded = load_in_a_fresh_process(code, tmp_path)
    assert [name for name in LAZY_MODULES if f"'{name}'" not in loaded] == []


def test_steps_are_forked_where_the_platform_can_and_started_as_by_default_elsewhere() -> None:
    forked = {
        "start_method": {"forkserver": {"preload_modules": ["repo_stats.defs.fork_server_preload"]}}
    }
    assert start_method(["fork", "spawn", "forkserver"]) == forked
    assert start_method(["spawn"]) == {}
