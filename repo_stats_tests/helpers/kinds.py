"""A pytest plugin: marks the tests that `make test-fast` leaves out, and holds that all are marked.

A test without a mark fails if it starts a process. So the fast tests start none.
"""

import multiprocessing.process
import sys
from collections.abc import Collection, Generator, Sequence
from typing import Any

import pytest

MARKERS = {
    "browser": "shows pages in a browser",
    "processes": "starts processes by itself",
    "runs": "carries out runs of Dagster, or has a Dagster instance",
    "scenes": "works through whole lists, tables or reports, or through all modules",
}

MAY_START_PROCESSES = ("browser", "processes", "runs")
"""The markers of tests that start processes."""

STARTS_PROCESSES: Sequence[str] = (
    "alerts/test_webhook.py::test_importing_the_alerts_does_not_change_the_logger_of_httpx",
    "benchmarks/test_benchmarks.py",
    "cli/test_commands.py::test_a_failed_refresh_says_why_in_one_sentence",
    "cli/test_commands.py::test_a_refresh_can_be_forced_and_shown",
    "cli/test_commands.py::test_the_demo_prints_the_four_lines_of_each",
    "cli/test_commands.py::test_the_simulator_prints_how_to_use_it",
    "cli/test_door.py",
    "cli/test_listed_repositories.py::test_one_run_of_the_job_refreshes_an_organisation",
    "cli/test_serve.py::test_ctrl_c_ends",
    "cli/test_signals.py",
    "defs/assets/test_issue_backlog.py",
    "defs/assets/test_repeated_steps.py",
    "defs/test_executor.py::test_a_step_",
    "defs/test_executor.py::test_the_fork_server_can_preload",
    "defs/test_fork_server.py",
    "defs/test_loading.py",
    "defs/test_postgres_storage.py::test_a_process_that_is_forked",
    "defs/test_resources.py::test_libraries_that_only_an_app_needs",
    "defs/test_turns.py::test_a_run_that_waits_can_be_ended",
    "defs/test_turns.py::test_a_turn_ends_with_its_process",
    "docs/test_github_actions.py",
    "docs/test_site.py",
    "mutation/test_run.py",
    "project/test_files.py::test_make_constraints_prints_what_is_installed",
    "project/test_instance_settings.py::test_make_dev_writes_the_settings",
    "project/test_kinds.py::test_a_test_that_starts_a_process",
    "project/test_layers.py",
    "project/test_skips.py::test_a_run_",
    "report/in_browser/test_compare.py",
    "report/in_browser/test_pages.py",
    "report/in_browser/test_readers.py",
    "report/in_browser/test_reading.py",
    "runs/test_full_disk.py",
    "runs/test_hostile_server.py",
    "runs/test_killed_processes.py",
    "runs/test_picking_by_command.py",
    "runs/test_refresh_run.py",
    "runs/test_reload.py",
    "scale/test_celery.py",
    "scale/test_changes_on_s3.py::test_two_processes_",
    "scale/test_deploy_files.py::test_an_environment_",
    "scale/test_deploy_files.py::test_hadolint_",
    "scale/test_deploy_services.py",
    "scale/test_files_on_s3.py::test_a_process_that_lives_long",
    "scale/test_history_in_postgres.py::test_runs_on_all_machines",
    "scale/test_killed_on_s3.py",
    "scale/test_machines.py",
    "scale/test_runs_at_once.py",
    "scale/test_wheel.py::test_the_",
    "warehouse/test_parquet.py::test_no_thread_is_left",
    "warehouse/test_table_updates.py",
)
"""How the names of tests begin that start processes by themselves."""

SCENES: Sequence[str] = (
    "cli/test_daily_readings.py",
    "cli/test_exports.py",
    "cli/test_many_repositories.py",
    "defs/steps/test_metadata_rows.py",
    "defs/test_io_manager.py",
    "defs/test_sqlite_storage.py",
    "github/graphql/test_queries.py",
    "github/graphql/test_reader.py",
    "github/issues/test_bounds.py",
    "github/issues/test_first_scan.py",
    "github/issues/test_page_reader.py",
    "github/issues/test_probing.py",
    "github/issues/test_random_",
    "github/issues/test_snapshot.py",
    "github/issues/test_walk.py",
    "github/stars/test_reader.py",
    "metrics/test_history.py",
    "metrics/test_recorded_outcomes.py",
    "metrics/test_table_definitions.py",
    "metrics/test_traffic.py",
    "metrics/test_trends.py",
    "mutation/test_swapping.py",
    "project/test_assertions.py",
    "project/test_limits.py",
    "report/takeaways/test_files_beside.py",
    "report/test_chart_script.py",
    "report/test_only_changes.py",
    "report/test_publish.py",
    "report/test_shown_numbers.py",
    "simulator/graphql/test_schema.py",
    "simulator/test_api_description.py",
    "warehouse/states/test_renewal.py",
    "warehouse/test_damaged_views.py",
    "warehouse/test_definitions.py",
    "warehouse/test_moved_files.py",
    "warehouse/test_moving.py",
)
"""How the names of tests begin that take long: a tenth of a second of a processor each, or more."""

INSTANCES = frozenset({"history", "instance", "kept_instance"})
"""The fixtures that are a Dagster instance."""

_EVENTS = frozenset({"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "subprocess.Popen"})

_started: list[str] = []
"""How the current test started processes."""


def find_kinds(name: str, fixtures: Collection[str]) -> list[str]:
    """The markers of a test.

    Args:
        name: its path below `repo_stats_tests`, and its name.
        fixtures: the names of its fixtures.
    """
    is_marked = {
        "browser": "browser" in fixtures,
        "processes": name.startswith(tuple(STARTS_PROCESSES)),
        "runs": name.startswith("runs/") or not INSTANCES.isdisjoint(fixtures),
        "scenes": name.startswith(tuple(SCENES)),
    }
    return [kind for kind, applies in is_marked.items() if applies]


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}.")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests, before pytest selects some of them by their markers."""
    for item in items:
        name = item.nodeid.removeprefix("repo_stats_tests/")
        for kind in find_kinds(name, getattr(item, "fixturenames", ())):
            item.add_marker(kind)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget the processes of the test before."""
    _started.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that started a process, unless it is marked. A run may start some too."""
    result = yield
    if _started and not any(map(item.get_closest_marker, MAY_START_PROCESSES)):
        pytest.fail(
            f"The test starts a process ({_started[0]}). Name it in STARTS_PROCESSES "
            "in repo_stats_tests/helpers/kinds.py."
        )
    return result


def _note(
    event: str, arguments: tuple[Any, ...], events: frozenset[str] = _EVENTS, to: Any = _started
) -> None:
    # The defaults are still there when the interpreter ends, and this module's names are not.
    if event in events:
        to.append(f"{event} {arguments[:1]}")


def _watch_multiprocessing() -> None:
    """Note the starts that no audit event tells of."""
    process: Any = multiprocessing.process.BaseProcess
    start = process.start

    def note_and_start(self: Any) -> None:
        _started.append(f"multiprocessing {self.name}")
        start(self)

    process.start = note_and_start


_watch_multiprocessing()
sys.addaudithook(_note)
