"""Steps of `open_issues` that are repeated after another run has stored other pages."""

import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from repo_stats.config.settings import load_settings
from repo_stats.definitions import build_defs
from repo_stats.defs.assets import open_issues
from repo_stats.defs.resources import github_resource
from repo_stats.defs.steps.snapshot_tables import find_tables
from repo_stats.simulator.changes import close_issue, open_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import is_open
from repo_stats_tests.helpers.fixture_types import Simulate
from repo_stats_tests.helpers.github import API_URL, HastyGitHub, find_repository
from repo_stats_tests.helpers.instances import ephemeral_instance, instance_in_a_folder

SHAPE = Shape("acme/rocket", 250, 9)

ASSETS = [dg.AssetKey("repo_metadata"), dg.AssetKey("open_issues")]
"""What is refreshed: the items, and what they need."""

PICKED = {"dagster/partition": SHAPE.full_name}


@cache
def make_job(warehouse: str) -> dg.JobDefinition:
    """The refresh; Dagster calls this by its name to execute a run again."""
    settings = load_settings(
        {
            "REPO_STATS_REPOS": SHAPE.full_name,
            "REPO_STATS_API_URL": API_URL,
            "REPO_STATS_WAREHOUSE": warehouse,
            "REPO_STATS_MAX_AGE": "0",
        }
    )
    github = HastyGitHub(**github_resource(settings).model_dump())
    defs = build_defs(settings, github=github, executor=dg.in_process_executor)
    return defs.resolve_job_def("refresh_watchlist")


@pytest.fixture
def warehouse(tmp_path: Path) -> str:
    return str(tmp_path / "warehouse")


@pytest.fixture
def refresh(warehouse: str) -> Iterator[Callable[..., dg.JobExecutionResult]]:
    """Run the refresh on an instance that keeps what steps hand on."""
    job = dg.build_reconstructable_job(__name__, "make_job", (warehouse,), {})
    with instance_in_a_folder() as instance:

        def execute(failed: dg.JobExecutionResult | None = None) -> dg.JobExecutionResult:
            if failed is None:
                return dg.execute_job(job, instance, tags=PICKED, asset_selection=ASSETS)
            again = dg.ReexecutionOptions.from_failure(failed.run_id, instance)
            return dg.execute_job(job, instance, tags=PICKED, reexecution_options=again)

        yield execute


def close_the_first_issue(simulator: Simulator) -> None:
    repository = find_repository(simulator, SHAPE.full_name)
    first = next(filter(is_open, repository.issues))
    close_issue(repository, first["number"], time.time())


def statuses(simulator: Simulator) -> set[int]:
    """Of the requests for pages."""
    return {request.status for request in simulator.log if "/issues" in request.target}


def test_a_run_that_is_executed_again_knows_the_pages_that_another_run_has_stored(
    simulate: Simulate,
    refresh: Callable[..., dg.JobExecutionResult],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise dg.Failure("no space left", allow_retries=False)

    simulator = simulate(SHAPE)
    with monkeypatch.context() as patch:
        patch.setattr(open_issues, "join_items_of_each", fail)
        failed = refresh()
    assert not failed.success
    assert 200 in statuses(simulator)
    close_the_first_issue(simulator)
    assert refresh().success
    simulator.log.clear()
    assert refresh(failed).success
    assert statuses(simulator) == {304}


def test_pages_of_another_run_are_not_removed_by_a_step_that_does_not_know_them(
    simulate: Simulate,
    refresh: Callable[..., dg.JobExecutionResult],
    warehouse: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other run begins and ends between two steps, when the list has got a fourth page."""
    simulator = simulate(SHAPE)

    def be_overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(f"{open_issues.__name__}.find_tables", find_tables)
        repository = find_repository(simulator, SHAPE.full_name)
        for _ in range(60):
            open_issue(repository, time.time())
        with ephemeral_instance() as other:
            overtaking = make_job(warehouse).execute_in_process(
                instance=other, tags=PICKED, asset_selection=ASSETS
            )
            assert overtaking.success
        simulator.log.clear()
        return find_tables(*arguments)

    # A clock that leaps, so that the wait for the retry is over at once.
    leaping = SimpleNamespace(time=lambda: 1_000 * time.time(), sleep=lambda seconds: None)
    monkeypatch.setattr("dagster._core.execution.plan.active.time", leaping)
    monkeypatch.setattr(f"{open_issues.__name__}.find_tables", be_overtaken)
    assert refresh().success
    assert statuses(simulator) == set()
