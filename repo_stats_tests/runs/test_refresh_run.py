"""Real multiprocess runs against a simulated GitHub on a real socket."""

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
from dagster._core.definitions.reconstruct import repository_def_from_target_def
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin
from dagster._core.workspace.autodiscovery import loadable_targets_from_python_module
from dagster._core.workspace.load import location_origins_from_yaml_paths

import repo_stats.definitions
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import PREFECT, Shape, generate_repository
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import World
from repo_stats_tests.helpers.commands import (
    SMALL,
    Serve,
    environment,
    job_execute,
)
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import TOKEN
from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.helpers.preloaded import Command
from repo_stats_tests.helpers.processes import kill_run
from repo_stats_tests.helpers.runs import refresh_here, table

PAGE = "state=open&sort=created&direction=asc&per_page=100&page="


def statistics(folder: Path, repo: str) -> dict[str, Any]:
    path = folder / "warehouse" / "repo_statistics" / f"{repo}.parquet"
    [row] = pd.read_parquet(path).to_dict("records")
    return {str(name): value for name, value in row.items()}


def start_refresh(folder: Path, url: str, **variables: str) -> Command:
    """Start a refresh of the watchlist by the command."""
    return Command(
        folder, "-m", "repo_stats", "refresh", **{**environment(folder, url), **variables}
    )


def count_steps(result: dg.ExecuteInProcessResult) -> int:
    """How many steps of a run succeeded."""
    return sum(event.is_step_success for event in result.all_events)


def pages_asked(simulator: Simulator) -> Counter[str]:
    return Counter(r.target.split("?")[1] for r in simulator.log if "/issues" in r.target)


def test_a_run_with_faults_ends_exact_and_the_next_sends_nothing(
    tmp_path: Path, serve: Serve
) -> None:
    faults = [
        Fault(FaultKind.RESET, 1, path="/repos/acme"),
        Fault(FaultKind.TRUNCATED, 1, path="&page=2"),
        Fault(FaultKind.BAD_GATEWAY, 1, path="&page=3"),
        Fault(FaultKind.RETRY_AFTER, 2, path="&page=4"),
        Fault(FaultKind.SERVER_ERROR, 1, 3, path="&page=5"),
    ]
    world = World.of([generate_repository(PREFECT), generate_repository(SMALL)])
    simulator = Simulator(world, faults=faults, tokens=frozenset({TOKEN}))
    url = serve(simulator)
    first = job_execute(tmp_path, url, "-j", "refresh_watchlist")
    assert first.code == 0, first.output
    assert "Average open issues per user 🐛 : 2.27" in first.output
    row = statistics(tmp_path, PREFECT.full_name)
    assert (row["stars"], row["forks"], row["open_items"]) == (12159, 1251, 591)
    assert statistics(tmp_path, SMALL.full_name)["open_items"] == 30
    assert simulator.most_in_flight <= 10
    assert first.events["STEP_UP_FOR_RETRY"] == 1
    asked = pages_asked(simulator)
    assert asked[f"{PAGE}5"] == 4 + 1
    assert asked[f"{PAGE}6"] == 1 + 1
    assert statistics(tmp_path, PREFECT.full_name)["is_exact"]
    assert TOKEN not in first.output

    simulator.log.clear()
    second = refresh_here(environment(tmp_path, url))
    assert second.success
    assert simulator.log == []
    assert count_steps(second) == 6
    assert not list(tmp_path.glob("**/*.tmp"))


def test_a_killed_run_loses_nothing_and_the_next_fetches_only_what_is_missing(
    tmp_path: Path, serve: Serve
) -> None:
    simulator = Simulator(World.of([generate_repository(PREFECT)]), latency=0.3)
    url = serve(simulator)
    folder = tmp_path / "warehouse" / "issue_pages" / "PrefectHQ" / "prefect"
    with start_refresh(
        tmp_path,
        url,
        REPO_STATS_REPOS=PREFECT.full_name,
        REPO_STATS_FETCH_STEPS="1",
        REPO_STATS_IN_FLIGHT="1",
    ) as process:
        while process.poll() is None and len(list(folder.glob("[0-9]*.parquet"))) < 2:
            time.sleep(0.01)
        simulator.latency = 3.0  # so that no step reads the rest while it ends
        kill_run(process)
    stored = {int(path.stem) for path in folder.glob("[0-9]*.parquet")}
    assert 2 <= len(stored) < 6
    lengths = {number: len(pd.read_parquet(folder / f"{number:04}.parquet")) for number in stored}
    assert lengths == {number: 91 if number == 6 else 100 for number in stored}

    simulator.latency = 0.0
    changed = {"REPO_STATS_REPOS": PREFECT.full_name, "REPO_STATS_USER_AGENT": "second"}
    assert refresh_here({**environment(tmp_path, url), **changed}).success
    second = [r for r in simulator.log if r.headers["user-agent"] == "second"]
    full = Counter(r.target for r in second if r.status == 200 and "/issues" in r.target)
    assert {int(target.rpartition("=")[2]) for target in full} == {1, 2, 3, 4, 5, 6} - stored
    assert set(full.values()) == {1}
    assert statistics(tmp_path, PREFECT.full_name)["open_items"] == 591


def test_the_workspace_file_has_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read as Dagster's commands read it, except that they start a process for it."""
    monkeypatch.chdir(ROOT)
    [location] = location_origins_from_yaml_paths(["workspace.yaml"])
    assert isinstance(location, ManagedGrpcPythonEnvCodeLocationOrigin)
    target = location.loadable_target_origin
    assert target.module_name is not None
    monkeypatch.setenv("REPO_STATS_REPOS", "a/b")
    monkeypatch.setattr(repo_stats, "definitions", repo_stats.definitions)
    monkeypatch.delitem(sys.modules, target.module_name)
    [found] = loadable_targets_from_python_module(target.module_name, target.working_directory)
    repository = repository_def_from_target_def(found.target_definition)
    assert repository is not None
    assert {"refresh_repo", "refresh_watchlist"} <= set(repository.job_names)


def test_the_steps_of_a_run_are_bounded(
    simulate: Simulate, settings_for: SettingsFor, run: Run
) -> None:
    simulate(Shape("acme/large", 90, 10))
    limits = {"REPO_STATS_FETCH_STEPS": "4", "REPO_STATS_PER_PAGE": "5"}
    settings = settings_for("acme/large", **limits)
    result = run(settings)
    assert result.success
    assert count_steps(result) == 6 + 4
    assert table(settings, "repo_statistics", "acme/large")["open_items"].item() == 90


def require_correct_tables(folder: Path, simulator: Simulator) -> None:
    """The tables of each repository agree with the simulated GitHub and with each other."""
    for repository in simulator.world.repositories.values():
        name = repository.full_name
        tables = folder / "warehouse"
        items = pd.read_parquet(tables / "open_issues" / f"{name}.parquet")
        assert set(items["id"]) == repository.open_ids()
        per_user = pd.read_parquet(tables / "issues_per_user" / f"{name}.parquet")
        assert per_user["open_items"].sum() == len(items)
        row = statistics(folder, name)
        assert (row["open_items"], row["is_exact"]) == (len(items), True)


def test_two_runs_over_the_same_repositories_at_once_end_in_a_correct_state(
    tmp_path: Path, serve: Serve
) -> None:
    world = World.of([generate_repository(PREFECT), generate_repository(SMALL)])
    mutations = [Mutation(MutationKind.CLOSE, after) for after in (6, 9, 12, 15)]
    simulator = Simulator(world, latency=0.1, mutations=mutations)
    url = serve(simulator)
    variables = {**environment(tmp_path, url), "REPO_STATS_MAX_AGE": "0"}
    with start_refresh(tmp_path, url, REPO_STATS_MAX_AGE="0") as other:
        while other.poll() is None and not simulator.log:
            time.sleep(0.01)
        assert refresh_here({**variables, "REPO_STATS_USER_AGENT": "here"}).success
        assert other.wait(100) == 0
    order = [request.headers["user-agent"] == "here" for request in simulator.log]
    assert order.index(True) < len(order) - order[::-1].index(False)
    for name in (PREFECT.full_name, SMALL.full_name):
        tables = tmp_path / "warehouse"
        items = pd.read_parquet(tables / "open_issues" / f"{name}.parquet")
        per_user = pd.read_parquet(tables / "issues_per_user" / f"{name}.parquet")
        assert items["id"].is_unique
        assert per_user["open_items"].sum() == len(items)
        assert statistics(tmp_path, name)["open_items"] == len(items)
    assert refresh_here(variables).success
    require_correct_tables(tmp_path, simulator)
