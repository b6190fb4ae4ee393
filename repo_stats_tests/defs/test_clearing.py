"""What steps passed on is gone when a run has succeeded, and stays for a while if it has not."""

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster._core.execution.job_execution_result import JobExecutionResult

from repo_stats.config.settings import load_settings
from repo_stats.defs.executor import build_executor
from repo_stats.defs.step_values import STEP_VALUES, StepValues, list_values
from repo_stats.warehouse.files import Files, WarehouseError

WAREHOUSE = Files("memory://clearing")

OLD = f"{STEP_VALUES}/2020-01-01/of-a-run-that-died/step/result"


@dg.op(out=dg.Out(io_manager_key=STEP_VALUES))
def give() -> int:
    return 1


@dg.op
def take(number: int) -> None:
    if WAREHOUSE.exists("fails/now"):
        raise dg.Failure("It fails.")


@dg.op
def alone() -> None:
    """Pass nothing on."""


EXECUTOR = build_executor(
    load_settings({"REPO_STATS_EXECUTOR": "in_process", "REPO_STATS_WAREHOUSE": WAREHOUSE.root})
)

VALUES = {STEP_VALUES: StepValues(root=WAREHOUSE.root)}


@dg.job(executor_def=EXECUTOR, resource_defs=VALUES)
def passing() -> None:
    take(give())


@dg.job(executor_def=EXECUTOR, resource_defs=VALUES)
def passing_nothing() -> None:
    alone()


@pytest.fixture(autouse=True)
def warehouse() -> Iterator[None]:
    """A warehouse in memory, with what a run that died long ago has left."""
    WAREHOUSE.write(OLD, b"{}")
    yield
    for name in list_values(WAREHOUSE):
        WAREHOUSE.delete(f"{STEP_VALUES}/{name}")
    WAREHOUSE.delete("fails/now")


def execute(job: dg.JobDefinition, instance: dg.DagsterInstance) -> JobExecutionResult:
    return dg.execute_job(dg.reconstructable(job), instance)


def test_a_run_that_succeeded_leaves_nothing(kept_instance: dg.DagsterInstance) -> None:
    assert execute(passing, kept_instance).success
    assert list_values(WAREHOUSE) == []


def test_a_run_that_failed_leaves_its_values_for_when_it_is_repeated(
    kept_instance: dg.DagsterInstance,
) -> None:
    WAREHOUSE.write("fails/now", b"")
    result = execute(passing, kept_instance)
    assert not result.success
    [left] = list_values(WAREHOUSE)
    assert left.endswith(f"/{result.run_id}/give/result")
    WAREHOUSE.delete("fails/now")
    again = dg.ReexecutionOptions.from_failure(result.run_id, kept_instance)
    with dg.execute_job(
        dg.reconstructable(passing), kept_instance, reexecution_options=again
    ) as repeated:
        assert repeated.success
    assert list_values(WAREHOUSE) == [left]


def test_a_run_that_passes_nothing_on_asks_for_no_listing(
    kept_instance: dg.DagsterInstance,
) -> None:
    assert execute(passing_nothing, kept_instance).success
    assert WAREHOUSE.exists(OLD)


def test_values_that_cannot_be_removed_fail_no_run(
    kept_instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise WarehouseError("x cannot be removed.")

    with monkeypatch.context() as patch:
        patch.setattr(Files, "delete", refuse)
        result = execute(passing, kept_instance)
    assert result.success
    logs = [entry.user_message for entry in kept_instance.all_logs(result.run_id)]
    assert "What steps passed on is left behind: x cannot be removed." in logs
