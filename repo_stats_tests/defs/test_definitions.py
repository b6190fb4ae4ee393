"""The definitions: what there is, that all of it loads, and what loading it does not do."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from repo_stats.config.settings import Settings
from repo_stats.definitions import build_defs
from repo_stats.defs.executor import start_method
from repo_stats.defs.fork_server_preload import LAZY_MODULES
from repo_stats.defs.refresh_runs import GIVEN_UP_AFTER, find_running_refresh
from repo_stats.warehouse.schemas import ISSUE_PAGES, LEADERBOARD, TABLES

SettingsFor = Callable[..., Settings]


@pytest.fixture
def defs(settings_for: SettingsFor) -> dg.Definitions:
    return build_defs(settings_for("a/b", "c/d", "e/f"))


def test_the_asset_graph_is_that_of_the_design(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    shape = {
        key.to_user_string(): (
            sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
            type(graph.get(key).partitions_def).__name__,
            graph.get(key).group_name,
            graph.get(key).backfill_policy == dg.BackfillPolicy.single_run(),
        )
        for key in graph.materializable_asset_keys
    }
    static, dynamic = "StaticPartitionsDefinition", "DynamicPartitionsDefinition"
    assert shape == {
        "repo_metadata": ([], static, "repositories", True),
        "issue_pages": (["repo_metadata"], dynamic, "issues", True),
        "open_issues": (["issue_pages", "repo_metadata"], static, "issues", True),
        "issues_per_user": (["open_issues"], static, "statistics", True),
        "repo_statistics": (
            ["issues_per_user", "repo_metadata"],
            static,
            "statistics",
            True,
        ),
        "repo_history": (["repo_statistics"], static, "statistics", True),
        "issue_backlog": (["repo_history", "repo_statistics"], static, "issues", True),
        "leaderboard": (["repo_history", "repo_statistics"], "NoneType", "statistics", False),
        "report": (
            ["issue_backlog", "leaderboard", "repo_statistics"],
            "NoneType",
            "statistics",
            False,
        ),
    }


def test_all_items_are_kept_only_where_the_watchlist_says_so(
    defs: dg.Definitions, settings_for: SettingsFor
) -> None:
    kept = build_defs(settings_for("a/b", "c/d", "e/f", REPO_STATS_HISTORY="c/d"))
    more = {
        key.to_user_string()
        for key in kept.resolve_asset_graph().materializable_asset_keys
        - defs.resolve_asset_graph().materializable_asset_keys
    }
    assert more == {"issues", "issue_trends"}
    for asset in more:
        partitions = kept.resolve_asset_graph().get(dg.AssetKey(asset)).partitions_def
        assert partitions == dg.StaticPartitionsDefinition(["c/d"])
    assert kept.resolve_job_def("refresh_history").tags["dagster/partition"] == "c/d"
    assert "hourly_history_refresh" in {schedule.name for schedule in kept.schedules or []}
    assert "hourly_history_refresh" not in {schedule.name for schedule in defs.schedules or []}


def test_every_asset_says_what_it_is_in_the_ui(defs: dg.Definitions) -> None:
    schemas = {schema.name: schema for schema in (*TABLES, ISSUE_PAGES, LEADERBOARD)}
    graph = defs.resolve_asset_graph()
    for key in graph.materializable_asset_keys:
        node = graph.get(key)
        assert node.description
        assert node.owners
        assert node.kinds
        assert node.code_version
        if key.to_user_string() == "report":
            continue
        assert "One row per" in node.description
        columns = node.metadata["dagster/column_schema"].columns
        assert [column.name for column in columns] == schemas[key.to_user_string()].names
        assert all(column.description for column in columns)


def test_every_step_retries_three_times(defs: dg.Definitions) -> None:
    jobs = [defs.resolve_job_def("refresh_repo"), defs.resolve_implicit_global_asset_job_def()]
    policies = {
        node.name: node.retry_policy
        for job in jobs
        for node in job.all_node_defs
        if isinstance(node, dg.OpDefinition)
    }
    assert set(policies) == {
        *("repo_metadata", "issue_pages", "plan_pages", "fetch_pages", "combine_pages"),
        *("issues_per_user", "repo_statistics", "repo_history", "issue_backlog", "leaderboard"),
        "report",
    }
    assert all(policy and policy.max_retries == 3 for policy in policies.values())


def test_the_jobs_and_the_schedules_are_there_with_their_descriptions(defs: dg.Definitions) -> None:
    jobs = {job.name: job for job in (defs.jobs or [])}
    assert set(jobs) == {"refresh_repo", "refresh_watchlist", "publish_report"}
    assert all(job.description for job in jobs.values())
    schedules = {schedule.name: schedule for schedule in defs.schedules or []}
    assert schedules["hourly_refresh"].cron_schedule == "0 * * * *"
    assert schedules["nightly_revalidation"].cron_schedule == "5-55/10 3-5 * * *"
    assert {s.default_status for s in schedules.values()} == {dg.DefaultScheduleStatus.RUNNING}
    assert all(schedule.description for schedule in schedules.values())


def test_the_sensors_are_there_switched_on_with_their_descriptions(defs: dg.Definitions) -> None:
    sensors = {sensor.name: sensor for sensor in defs.sensors or []}
    assert set(sensors) == {
        *("repo_activity", "new_repositories", "follow_upstream"),
        *("alert_on_failure", "alert_on_recovery"),
    }
    assert {s.default_status for s in sensors.values()} == {dg.DefaultSensorStatus.RUNNING}
    assert all(sensor.description for sensor in sensors.values())


def test_tables_that_are_refreshed_every_hour_say_when_they_are_late(defs: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    late = {name: spec.freshness_policy for name, spec in specs.items() if spec.freshness_policy}
    assert set(late) == {"repo_metadata", "open_issues", "issues_per_user", "repo_statistics"}
    for policy in late.values():
        assert policy == dg.FreshnessPolicy.time_window(
            fail_window=timedelta(hours=24), warn_window=timedelta(hours=3)
        )


def test_the_watchlist_job_takes_all_repositories_without_being_told(
    settings_for: SettingsFor,
) -> None:
    several = build_defs(settings_for("a/b", "c/d", "e/f")).resolve_job_def("refresh_watchlist")
    assert several.tags["dagster/asset_partition_range_start"] == "a/b"
    assert several.tags["dagster/asset_partition_range_end"] == "e/f"
    single = build_defs(settings_for("a/b")).resolve_job_def("refresh_watchlist")
    assert single.tags["dagster/partition"] == "a/b"


def test_the_default_definitions_are_valid(defs: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(defs)


@pytest.fixture
def kept_instance() -> Iterator[dg.DagsterInstance]:
    """An instance in a folder, as schedules need it."""
    with dg.instance_for_test() as instance:
        yield instance


def tick(defs: dg.Definitions, instance: dg.DagsterInstance, name: str = "hourly_refresh") -> Any:
    [schedule] = [s for s in defs.schedules or [] if s.name == name]
    night = datetime(2026, 9, 1, 3, 10, tzinfo=timezone.utc)
    with dg.build_schedule_context(instance, scheduled_execution_time=night) as context:
        return schedule.evaluate_tick(context)


def test_a_tick_requests_a_run_of_the_whole_watchlist(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    [request] = tick(defs, kept_instance).run_requests
    assert request.partition_key is None


@pytest.mark.parametrize("job", ["refresh_watchlist", "refresh_repo"])
@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED])
def test_a_tick_during_a_refresh_starts_no_second_one(
    defs: dg.Definitions,
    kept_instance: dg.DagsterInstance,
    job: str,
    status: dg.DagsterRunStatus,
) -> None:
    run = kept_instance.create_run_for_job(defs.resolve_job_def(job), status=status)
    skipped = tick(defs, kept_instance)
    assert skipped.run_requests == []
    assert run.run_id in skipped.skip_message


def test_a_run_from_the_assets_pages_counts_as_a_refresh_if_it_is_one(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    job = defs.resolve_implicit_global_asset_job_def()
    statuses = {"status": dg.DagsterRunStatus.STARTED}
    counting = frozenset({dg.AssetKey("issues_per_user")})
    kept_instance.create_run_for_job(job, asset_selection=counting, **statuses)
    assert find_running_refresh(kept_instance) is None
    asking = frozenset({dg.AssetKey("open_issues")})
    run = kept_instance.create_run_for_job(job, asset_selection=asking, **statuses)
    assert find_running_refresh(kept_instance) == run.run_id


def test_a_finished_refresh_holds_up_nothing(
    defs: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    job = defs.resolve_job_def("refresh_watchlist")
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.FAILURE)
    assert find_running_refresh(instance) is None


def test_a_run_that_was_killed_without_a_word_holds_up_nothing_for_long(
    defs: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = defs.resolve_job_def("refresh_watchlist")
    instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED)

    class Later(datetime):
        @classmethod
        def now(cls, tz: timezone | None = None) -> datetime:
            return datetime.now(tz) + GIVEN_UP_AFTER + timedelta(minutes=1)

    assert find_running_refresh(instance) is not None
    monkeypatch.setattr("repo_stats.defs.refresh_runs.datetime", Later)
    assert find_running_refresh(instance) is None


def load_in_a_fresh_process(code: str, folder: Path, **variables: str) -> str:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "REPO_STATS_REPOS": "a/b", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.stdout if result.returncode == 0 else result.stderr


def test_importing_the_definitions_needs_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    code = "import repo_stats.definitions, sys; print('loaded', sorted(sys.modules))"
    loaded = load_in_a_fresh_process(code, tmp_path)
    assert loaded.startswith("loaded")
    assert list(tmp_path.iterdir()) == []
    unneeded = ("repo_stats.simulator", "uvicorn", "starlette", "pytest", "respx")
    assert [name for name in unneeded if f"'{name}" in loaded] == []


def test_a_bad_watchlist_stops_at_load_with_one_sentence(tmp_path: Path) -> None:
    code = "import repo_stats.definitions"
    said = load_in_a_fresh_process(code, tmp_path, REPO_STATS_REPOS="a/b,oops")
    assert said.splitlines()[-1].endswith(
        "REPO_STATS_REPOS: 'oops' is not a repository name; write owner/name, for example "
        "PrefectHQ/prefect."
    )


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


def test_a_night_is_revalidated_once_however_often_it_is_tried(
    defs: dg.Definitions, kept_instance: dg.DagsterInstance
) -> None:
    [request] = tick(defs, kept_instance, "nightly_revalidation").run_requests
    [again] = tick(defs, kept_instance, "nightly_revalidation").run_requests
    assert request.run_key == again.run_key
    assert request.run_config["resources"] == {"refresh": {"config": {"revalidate": True}}}


def test_histories_are_refreshed_unless_they_just_are(
    settings_for: SettingsFor, kept_instance: dg.DagsterInstance
) -> None:
    defs = build_defs(settings_for("a/b", "c/d", REPO_STATS_HISTORY="a/b"))
    assert len(tick(defs, kept_instance, "hourly_history_refresh").run_requests) == 1
    run = kept_instance.create_run_for_job(
        defs.resolve_job_def("refresh_history"), status=dg.DagsterRunStatus.STARTED
    )
    skipped = tick(defs, kept_instance, "hourly_history_refresh")
    assert skipped.run_requests == []
    assert skipped.skip_message == f"Run {run.run_id} is still refreshing."
    assert len(tick(defs, kept_instance).run_requests) == 1
