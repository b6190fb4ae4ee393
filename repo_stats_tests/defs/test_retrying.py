"""Steps that are tried again: after their process died at any moment, and without a busy wait."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.executor.child_process_executor import ChildProcessCrashException

from repo_stats.config.settings import load_settings
from repo_stats.defs import retrying
from repo_stats.defs.executor import build_executor

WAIT = 60

DEATHS = {"fail": "STEP_FAILURE", "try_again": "STEP_UP_FOR_RETRY"}
"""After which event the process of a step dies, if it is not `split_N`."""

CRASH: Exception = ChildProcessCrashException(7, -9)  # type: ignore[no-untyped-call]

MOMENTS = [
    "nothing",
    "STEP_WORKER_STARTED",
    "RESOURCE_INIT_STARTED",
    "RESOURCE_INIT_SUCCESS",
    "LOGS_CAPTURED",
    "STEP_START",
    "STEP_OUTPUT",
    "HANDLED_OUTPUT",
    "STEP_OUTPUT",
    "HANDLED_OUTPUT",
    "STEP_SUCCESS",
]
"""The last event of the step `split_N` before its process dies: N events have come by then."""

RETRY = dg.RetryPolicy(max_retries=1, delay=0.001)


@dg.op(out=dg.DynamicOut(), retry_policy=RETRY)
def split() -> Iterator[dg.DynamicOutput[int]]:
    for number in (1, 2):
        yield dg.DynamicOutput(number, mapping_key=str(number))


@dg.op
def add(numbers: list[int]) -> int:
    return sum(numbers)


@dg.op
def try_again(context: dg.OpExecutionContext) -> None:
    if context.retry_number == 0:
        raise dg.RetryRequested(max_retries=1, seconds_to_wait=WAIT)


@dg.op
def fail() -> None:
    raise dg.Failure("It fails.")


EXECUTOR = build_executor(load_settings({"REPO_STATS_FETCH_STEPS": "1"}))


@dg.job(executor_def=EXECUTOR)
def splitting() -> None:
    for number in range(len(MOMENTS)):
        add.alias(f"add_{number}")(split.alias(f"split_{number}")().collect())
    try_again()


@dg.job(executor_def=EXECUTOR)
def failing() -> None:
    fail()
    try_again()


@dg.job(executor_def=EXECUTOR)
def waiting() -> None:
    try_again()


class DyingProcesses:
    """Executes steps in this process, but ends what is known of each as if its process had died.

    It does so at the first try of a step, after a number of events or after a certain one.

    Attributes:
        last: the last event that is known of it, by step.
    """

    def __init__(self) -> None:
        self.last: dict[str, str] = {}

    def execute(self, _: object, command: Any) -> Iterator[dg.DagsterEvent]:
        events = list(command.execute())
        if command.step_key in self.last:
            yield from events
            return
        name, _, number = command.step_key.partition("_")
        last = "nothing"
        for position, event in enumerate([*events, None]):
            if (name, number) == ("split", str(position)) or last == DEATHS.get(command.step_key):
                self.last[command.step_key] = last
                raise CRASH
            if event is not None:
                last = event.event_type_value
                yield event


class Clock:
    """A clock that goes on when somebody sleeps, and a little whenever somebody looks."""

    def __init__(self) -> None:
        self.now = 1e9
        self.looks = 0
        self.longest = 0.0

    def time(self) -> float:
        self.looks += 1
        self.now += 0.0001
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.longest = max(self.longest, seconds)


@pytest.fixture(scope="module")
def history() -> Iterator[dg.DagsterInstance]:
    """An instance whose steps do not catch what this process prints."""
    logs = {
        "module": "dagster._core.storage.noop_compute_log_manager",
        "class": "NoOpComputeLogManager",
    }
    with dg.instance_for_test(overrides={"compute_logs": logs}) as instance:
        yield instance


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> DyingProcesses:
    dying = DyingProcesses()
    place = "dagster._core.executor.multiprocess.execute_child_process_command"
    monkeypatch.setattr(place, dying.execute)
    return dying


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in ("dagster._core.execution.plan.active", retrying.__name__):
        monkeypatch.setattr(f"{module}.time", clock)
    return clock


@pytest.mark.usefixtures("clock")
def test_a_run_goes_on_after_whichever_event_the_process_of_a_step_dies(
    history: dg.DagsterInstance, processes: DyingProcesses
) -> None:
    with dg.execute_job(dg.reconstructable(splitting), history) as result:
        assert result.success
        sums = [result.output_for_node(f"add_{number}") for number in range(len(MOMENTS))]
        retried = {event.step_key for event in result.all_events if event.is_step_up_for_retry}
    splits = [f"split_{number}" for number in range(len(MOMENTS))]
    deaths = dict(zip(splits, MOMENTS, strict=True))
    assert processes.last == {**deaths, "try_again": DEATHS["try_again"]}
    assert sums == [3] * len(MOMENTS)
    assert retried == {*splits[:-1], "try_again"}


@pytest.mark.usefixtures("clock")
def test_a_process_that_dies_after_its_step_failed_ends_no_other_step(
    history: dg.DagsterInstance, processes: DyingProcesses
) -> None:
    with dg.execute_job(dg.reconstructable(failing), history) as result:
        ends = {event.step_key for event in result.all_events if event.is_step_success}
        failed = [event.step_key for event in result.all_events if event.is_step_failure]
    assert processes.last == DEATHS
    assert (ends, failed) == ({"try_again"}, ["fail"])


@pytest.mark.usefixtures("processes")
def test_a_run_looks_rarely_whether_the_time_of_a_retry_has_come(
    history: dg.DagsterInstance, clock: Clock
) -> None:
    begin = clock.now
    with dg.execute_job(dg.reconstructable(waiting), history) as result:
        assert result.success
    assert clock.now - begin >= WAIT
    assert clock.looks < 50 * WAIT
    assert clock.longest <= 0.1
