"""The executor: how steps start, and what the fork server has loaded before."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from repo_stats import garbage
from repo_stats.config.errors import SettingsError
from repo_stats.config.settings import Settings, load_settings
from repo_stats.defs.executor import build_executor, start_method
from repo_stats.defs.fork_server_process import LAZY_MODULES
from repo_stats_tests.helpers.commands import load_in_a_fresh_process

HEAVY = (
    *("altair", "vl_convert", "jinja2", "duckdb", "jwt", "cryptography"),
    *("pytest", "hypothesis", "respx", "starlette", "uvicorn", "matplotlib"),
)
"""What a refresh does not need: charts, SQL queries, tests, GitHub Apps and the simulator."""

PRELOAD = """
import gc, json, sys
from repo_stats.defs.fork_server_process import prepare
prepare()
modules = [*sys.modules]
frozen = gc.get_freeze_count()
migrations = []

def note(event, arguments):
    if event == "open" and "alembic/versions" in str(arguments[0]):
        migrations.append(str(arguments[0]))

sys.addaudithook(note)
import dagster as dg
with dg.DagsterInstance.ephemeral() as instance:
    runs = instance.get_runs_count()
print(json.dumps({"modules": modules, "runs": runs, "migrations": migrations,
                  "frozen": frozen, "threshold": gc.get_threshold()}))
"""
"""Does what the fork server does, and then opens databases as a step does."""


@pytest.fixture(scope="module")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """The modules that the fork server has loaded, and the migrations read after that."""
    output = load_in_a_fresh_process(PRELOAD, tmp_path_factory.mktemp("preloaded"))
    found: Mapping[str, Any] = json.loads(output)
    return found


def test_the_fork_server_can_preload_all_it_is_told_to(preloaded: Mapping[str, Any]) -> None:
    assert [name for name in LAZY_MODULES if name not in preloaded["modules"]] == []


def test_a_step_imports_nothing_that_it_does_not_need(preloaded: Mapping[str, Any]) -> None:
    assert len(preloaded["modules"]) > 1_000
    assert [name for name in HEAVY if name in preloaded["modules"]] == []


def test_a_step_opens_databases_without_reading_their_migrations(
    preloaded: Mapping[str, Any],
) -> None:
    assert preloaded["runs"] == 0
    assert preloaded["migrations"] == []


def test_a_step_looks_for_garbage_rarely_and_never_in_what_is_loaded(
    preloaded: Mapping[str, Any],
) -> None:
    assert preloaded["frozen"] > 200_000
    assert tuple(preloaded["threshold"]) == (garbage.YOUNG, garbage.OLDER, garbage.OLDER)


def test_steps_are_forked_where_the_platform_can_and_started_as_by_default_elsewhere() -> None:
    forked = {
        "start_method": {"forkserver": {"preload_modules": ["repo_stats.defs.fork_server_preload"]}}
    }
    assert start_method(["fork", "spawn", "forkserver"]) == forked
    assert start_method(["spawn"]) == {}


def settings_with(executor: str) -> Settings:
    return load_settings(
        {"REPO_STATS_EXECUTOR": executor, "REPO_STATS_WAREHOUSE": "s3://bucket/stats"}
    )


@pytest.mark.parametrize("name", ["multiprocess", "in_process"])
def test_the_setting_names_the_executor(name: str) -> None:
    assert build_executor(settings_with(name)).name == name


@pytest.mark.parametrize(("name", "module"), [("celery", "dagster_celery"), ("k8s", "dagster_k8s")])
def test_an_executor_that_is_not_installed_is_told_with_the_command_that_installs_it(
    name: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SettingsError) as refusal:
        build_executor(settings_with(name))
    assert str(refusal.value) == (
        f"REPO_STATS_EXECUTOR is {name}, which needs a package that is not installed ({module}): "
        f"pip install 'repo-stats[{name}]'."
    )
