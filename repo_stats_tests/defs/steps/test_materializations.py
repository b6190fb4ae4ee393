"""A refresh of the watchlist records the partitions that changed, and few others."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from repo_stats.config.settings import Settings
from repo_stats.definitions import build_defs
from repo_stats.defs.steps.materializations import (
    MOST_RECORDED,
    choose_in_turn,
    choose_partitions,
    combine_hashes,
)
from repo_stats.defs.steps.recorded_partitions import RecordedPartition
from repo_stats.simulator.changes import close_issue
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats.simulator.world import Repository
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import NUMBERS, materialisations
from repo_stats_tests.helpers.shared_jobs import find_job_of_the_ui

TABLES = ("repo_metadata", "open_issues", "issues_per_user", "repo_statistics")

REPOS = ("acme/one", "acme/two", "acme/three")


@pytest.fixture
def simulator(simulate: Simulate) -> Simulator:
    return simulate(*(Shape(repo, 30, 4) for repo in REPOS))


@pytest.fixture(autouse=True)
def _keep_history(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the steps ask Dagster's history, which is only kept where `DAGSTER_HOME` is set."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))


@pytest.fixture(autouse=True)
def in_turn(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The repositories that are recorded although they did not change, in every run."""
    chosen = {"acme/one"}
    for module in ("materializations", "refresh_scope"):
        monkeypatch.setattr(f"repo_stats.defs.steps.{module}.choose_in_turn", lambda *_: chosen)
    return chosen


@pytest.fixture
def settings(settings_for: SettingsFor) -> Settings:
    return settings_for(*REPOS, REPO_STATS_MAX_AGE="0")


def recorded_by(result: dg.ExecuteInProcessResult) -> list[set[str]]:
    """The partitions that a run recorded, of each table."""
    return [set(materialisations(result, asset)) for asset in TABLES]


def find_stale(settings: Settings, instance: dg.DagsterInstance) -> set[tuple[str, str]]:
    """The assets and partitions that Dagster shows as out of date with their inputs."""
    graph = build_defs(settings).resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    return {
        (asset, repo)
        for asset in TABLES
        for repo in settings.repos
        if resolver.get_status(dg.AssetKey(asset), repo) is not StaleStatus.FRESH
    }


def test_all_partitions_are_recorded_once(
    first_run: Run,
    simulator: Simulator,
    settings: Settings,
    instance: dg.DagsterInstance,
) -> None:
    assert recorded_by(first_run(settings)) == [set(REPOS)] * 4
    assert find_stale(settings, instance) == set()
    for asset in TABLES:
        assert instance.get_materialized_partitions(dg.AssetKey(asset)) == set(REPOS)


def test_of_quiet_repositories_those_whose_turn_it_is_are_recorded(
    first_run: Run, run: Run, simulator: Simulator, settings: Settings, in_turn: set[str]
) -> None:
    first_run(settings)
    for repo in ("acme/two", "acme/three"):
        in_turn.clear()
        in_turn.add(repo)
        assert recorded_by(run(settings, select=NUMBERS)) == [{repo}] * 4


def close_one(repository: Repository) -> None:
    number = next(item["number"] for item in repository.issues if item["state"] == "open")
    close_issue(repository, number, 1.79e9)


def describe_anew(repository: Repository) -> None:
    """Change something that only `repo_metadata` shows."""
    repository.object["description"] = "another"


@pytest.mark.parametrize(
    ("change", "unchanged"), [(close_one, set()), (describe_anew, {"issues_per_user"})]
)
def test_a_repository_that_changed_is_recorded_with_all_that_is_made_of_it(
    first_run: Run,
    run: Run,
    simulator: Simulator,
    settings: Settings,
    instance: dg.DagsterInstance,
    change: Callable[[Repository], None],
    unchanged: set[str],
) -> None:
    first_run(settings)
    change(find_repository(simulator, "acme/three"))
    assert recorded_by(run(settings, select=NUMBERS)) == [
        {"acme/one"} if table in unchanged else {"acme/one", "acme/three"} for table in TABLES
    ]
    assert find_stale(settings, instance) == set()


def test_each_record_has_a_data_version_of_its_own(
    first_run: Run, simulator: Simulator, settings: Settings
) -> None:
    result = first_run(settings)
    for asset in TABLES:
        rows = materialisations(result, asset).values()
        versions = [(row.tags or {})["dagster/data_version"] for row in rows]
        assert versions == [row.metadata["content_hash"].value for row in rows]
        assert len(set(versions)) == len(REPOS)


def test_what_is_materialised_by_hand_is_recorded_by_dagster(
    first_run: Run, simulator: Simulator, settings: Settings, instance: dg.DagsterInstance
) -> None:
    first_run(settings)
    result = find_job_of_the_ui(settings).execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey("open_issues")],
        partition_key="acme/two",
    )
    assert list(materialisations(result, "open_issues")) == ["acme/two"]
    assert find_stale(settings, instance) == set()


def test_a_partition_that_failed_since_it_was_recorded_is_recorded_again(
    first_run: Run,
    run: Run,
    simulator: Simulator,
    settings: Settings,
    instance: dg.DagsterInstance,
) -> None:
    first_run(settings)
    find_repository(simulator, "acme/three").trouble = Trouble.MISSING
    failed = run(settings, "refresh_repo", partition_key="acme/three", select=NUMBERS)
    assert not failed.success
    find_repository(simulator, "acme/three").trouble = Trouble.FINE
    assert recorded_by(run(settings, select=NUMBERS)) == [{"acme/one", "acme/three"}] * 4


def test_after_a_change_of_the_code_all_is_recorded_again(
    first_run: Run,
    run: Run,
    simulator: Simulator,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first_run(settings)
    monkeypatch.setattr("repo_stats.defs.steps.recorded_partitions.CODE_VERSION", "another")
    assert recorded_by(run(settings, select=NUMBERS)) == [set(REPOS)] * 4
    assert recorded_by(run(settings, select=NUMBERS)) == [{"acme/one"}] * 4


def recorded_at(place: int, version: str = "same") -> RecordedPartition:
    return RecordedPartition(place, version)


def test_a_partition_that_was_never_recorded_is_chosen() -> None:
    assert choose_partitions({"a": "same", "b": "same"}, {"b": recorded_at(1)}, [], []) == ["a"]


def test_a_new_version_and_a_newer_input_are_chosen() -> None:
    hashes = dict.fromkeys("abcd", "same")
    recorded = {
        "a": recorded_at(1),
        "b": recorded_at(5, "old"),
        "c": recorded_at(6),
        "d": recorded_at(7),
    }
    inputs = [{"c": recorded_at(8), "d": recorded_at(3)}]
    assert choose_partitions(hashes, recorded, inputs, []) == ["b", "c"]
    assert choose_partitions(hashes, recorded, inputs, ["a"]) == ["a", "b", "c"]


@pytest.mark.parametrize("count", [1, 2, 23, 24, 25, 60, 240])
@pytest.mark.parametrize("minutes", [0, 59])
def test_within_a_day_of_hourly_refreshes_each_of_few_repositories_has_its_turn(
    count: int, minutes: int
) -> None:
    repos = [f"acme/r{number}" for number in range(count)]
    began = datetime(2026, 11, 23, 7, minutes, tzinfo=timezone.utc)
    turns = [choose_in_turn(repos, began + timedelta(hours=hour)) for hour in range(24)]
    assert {len(turn) for turn in turns} == {-(-count // 24)}
    assert set().union(*turns) == set(repos)


def test_of_many_repositories_a_run_records_no_more_than_a_few_and_in_the_end_each() -> None:
    repos, began = [f"acme/r{number}" for number in range(10_000)], datetime.now(timezone.utc)
    hours = 10_000 // MOST_RECORDED
    turns = [choose_in_turn(repos, began + timedelta(hours=hour)) for hour in range(hours)]
    assert {len(turn) for turn in turns} == {MOST_RECORDED}
    assert set().union(*turns) == set(repos)
    assert choose_in_turn([], began) == set()


def test_the_version_of_one_content_is_its_hash_and_of_several_depends_on_all() -> None:
    assert combine_hashes({"a/b": "1"}) == "1"
    both = combine_hashes({"a/b": "1", "c/d": "2"})
    assert both == combine_hashes({"c/d": "2", "a/b": "1"})
    assert both != combine_hashes({"a/b": "2", "c/d": "1"})
