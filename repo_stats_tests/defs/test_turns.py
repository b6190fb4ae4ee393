"""Turns of the runs that send requests: how many have one, and who waits."""

import os
import signal
import time
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.system_config.objects import ResolvedRunConfig
from dagster._utils.interrupts import capture_interrupts, setup_interrupt_handlers

from repo_stats.definitions import build_defs
from repo_stats.defs.cuts import tags_of_piece
from repo_stats.defs.sent_requests import SENT_TAG, TURN_TAG, note_sent
from repo_stats.defs.turns import FOLDER, PAUSE, TurnTakingExecutor, sends_requests, take_turn
from repo_stats.github.http.usage import Usage
from repo_stats_tests.helpers.fixture_types import SettingsFor

SENDING = {"refresh_watchlist", "refresh_repo", "refresh_history", "refresh_traffic"}

SILENT = {"publish_report", "prune_runs", "publish_digest"}


class Log(list[str]):
    """The lines that a run would log."""

    def warning(self, text: str) -> None:
        """Log one."""
        self.append(text)


class Others:
    """Other runs, of which one ends each time that this one has slept."""

    def __init__(self, instance: dg.DagsterInstance, *turns: int) -> None:
        self.slept: list[float] = []
        self._turns = [ExitStack() for _ in turns]
        for stack, most in zip(self._turns, turns, strict=True):
            stack.enter_context(take_turn(instance, most, Log()))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) > 1:
            self._turns.pop(0).close()

    def end(self) -> None:
        for stack in self._turns:
            stack.close()


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    """A history in files, as that of a machine is."""
    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("history"))) as instance:
        yield instance


def test_a_run_begins_at_once_while_fewer_others_have_their_turn(
    history: dg.DagsterInstance,
) -> None:
    others, log = Others(history, 3, 3), Log()
    with take_turn(history, 3, log, others.sleep):
        pass
    with take_turn(history, 3, log, others.sleep):
        assert (others.slept, log) == ([], [])
    others.end()


@pytest.mark.parametrize(
    ("most", "who"), [(1, "Another run sends requests"), (2, "2 runs send requests")]
)
def test_a_run_waits_until_another_one_ends_and_says_why(
    history: dg.DagsterInstance, most: int, who: str
) -> None:
    others, log = Others(history, *[most] * most), Log()
    with take_turn(history, most, log, others.sleep):
        assert others.slept == [PAUSE] * 2
    others.end()
    assert log == [
        f"{who} to GitHub at present; this one waits until it may (REPO_STATS_RUNS_AT_ONCE)."
    ]


def test_a_turn_ends_with_its_process_even_if_that_is_killed(
    history: dg.DagsterInstance,
) -> None:
    taken, takes = os.pipe()
    pid = os.fork()
    if pid == 0:
        with take_turn(history, 1, Log()):
            os.write(takes, b"taken")
            signal.pause()
    assert os.read(taken, 5) == b"taken"
    slept: list[float] = []

    def kill(seconds: float) -> None:
        slept.append(seconds)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    with take_turn(history, 1, Log(), kill):
        assert slept == [PAUSE]
    assert Path(history.root_directory, FOLDER, "1.lock").is_file()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_waits_can_be_ended(history: dg.DagsterInstance, number: int) -> None:
    waits, waiting = os.pipe()
    with take_turn(history, 1, Log()):
        pid = os.fork()
        if pid == 0:
            setup_interrupt_handlers()
            log: Any = SimpleNamespace(warning=lambda text: os.write(waiting, b"waits"))
            try:
                with capture_interrupts(), take_turn(history, 1, log):
                    os._exit(1)
            except dg.DagsterExecutionInterruptedError:
                os._exit(7)
        assert os.read(waits, 5) == b"waits"
        os.kill(pid, number)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


def test_only_runs_that_send_requests_take_turns(settings_for: SettingsFor) -> None:
    marks = {f"REPO_STATS_{mark}": "a/b" for mark in ("HISTORY", "TRAFFIC")}
    defs = build_defs(settings_for("a/b", **marks), executor=dg.in_process_executor)
    found = {}
    for name in SENDING | SILENT:
        job = defs.resolve_job_def(name)
        plan = _plan(job)
        found[name] = sends_requests(SimpleNamespace(get_definition=lambda job=job: job), plan)
    assert {name for name, sends in found.items() if sends} == SENDING
    assert found.keys() == SENDING | SILENT


def _plan(job: dg.JobDefinition) -> Any:
    return ExecutionPlan.build(job, ResolvedRunConfig.build(job, {}))


class Inner(dg.Executor):
    """Notes whether a turn is free while a run is carried out, and the tags that its steps see."""

    retries = step_dependency_config = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self.freed: list[bool] = []
        self.tags: list[dict[str, str]] = []

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        self.freed.append(_is_free(plan_context.instance))
        self.tags.append(dict(plan_context.dagster_run.tags))
        usage = Usage(sent=[time.time(), time.time() - 1])
        note_sent(plan_context.instance, plan_context.dagster_run, usage)
        yield from ()


Data = namedtuple("Data", "dagster_run")


@pytest.fixture
def carry_out(
    history: dg.DagsterInstance, settings_for: SettingsFor
) -> Callable[[Inner, int, Mapping[str, str]], None]:
    """Carry out a run over one repository, with so many runs at once, and tags."""
    defs = build_defs(settings_for("a/b"), executor=dg.in_process_executor)
    job = defs.resolve_job_def("refresh_repo")

    class PlanContext(SimpleNamespace):
        job = SimpleNamespace(get_definition=lambda: job)
        instance = history
        log = Log()
        output_capture = resume_from_failure = None
        dagster_run = property(lambda self: self.plan_data.dagster_run)

    def execute(inner: Inner, runs_at_once: int, tags: Mapping[str, str]) -> None:
        run = dg.DagsterRun("refresh_repo", run_id="a-run", tags=tags)
        executor = TurnTakingExecutor(inner, runs_at_once)
        assert list(executor.execute(PlanContext(plan_data=Data(run)), _plan(job))) == []

    return execute


def test_the_executor_holds_the_turn_until_the_run_has_ended(
    history: dg.DagsterInstance, carry_out: Callable[[Inner, int, Mapping[str, str]], None]
) -> None:
    inner = Inner()
    for _ in range(2):
        carry_out(inner, 1, {})
    assert [*inner.freed, _is_free(history)] == [False, False, True]
    assert [sorted(found) for found in inner.tags] == [[TURN_TAG], [SENT_TAG, TURN_TAG]]
    assert inner.tags[1][SENT_TAG].endswith(" 2")


def test_without_the_setting_only_pieces_of_a_large_run_take_turns(
    history: dg.DagsterInstance, carry_out: Callable[[Inner, int, Mapping[str, str]], None]
) -> None:
    inner = Inner()
    carry_out(inner, 0, {})
    carry_out(inner, 0, tags_of_piece("a-key", 2, 5))
    assert [*inner.freed, _is_free(history)] == [True, False, True]
    assert [TURN_TAG in found for found in inner.tags] == [False, True]


def _is_free(instance: dg.DagsterInstance) -> bool:
    def give_up(_: float) -> None:
        raise TimeoutError

    try:
        with take_turn(instance, 1, Log(), give_up):
            return True
    except TimeoutError:
        return False
