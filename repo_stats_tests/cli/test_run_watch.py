"""What is recorded of a run that somebody ended."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.errors import DagsterExecutionInterruptedError

from repo_stats.cli import run_jobs
from repo_stats.cli.progress import Narrator, make_display
from repo_stats.cli.run_watch import RunWatch
from repo_stats.cli.signals import SignalWatch
from repo_stats.defs.step_reports import ReportFile


@dg.op
def fail() -> None:
    """Fail, as a step does that is ended before its run notices the signal."""
    raise dg.Failure("ended")


@dg.job
def failing() -> None:
    """Fail."""
    fail()


@dg.job
def succeeding() -> None:
    """Succeed."""


@pytest.fixture
def watched(instance: dg.DagsterInstance, tmp_path: Path) -> Iterator[RunWatch]:
    """A watch over runs in this process."""
    narrator = Narrator(make_display("Refreshing"))
    with SignalWatch().watch() as signals:
        yield RunWatch(instance, ReportFile(tmp_path / "reports.jsonl"), narrator, signals)


@pytest.mark.parametrize(
    ("is_interrupted", "status"),
    [(True, dg.DagsterRunStatus.CANCELED), (False, dg.DagsterRunStatus.FAILURE)],
)
def test_a_run_whose_steps_a_signal_ended_first_is_cancelled_and_not_failed(
    is_interrupted: bool, status: dg.DagsterRunStatus, watched: RunWatch
) -> None:
    with watched.watch():
        result = failing.execute_in_process(instance=watched.instance, raise_on_error=False)
        watched.narrator.run_id = result.run_id
        if is_interrupted:
            os.kill(os.getpid(), signal.SIGTERM)
    [run] = watched.instance.get_runs()
    assert run.status is status


@pytest.mark.parametrize(
    ("is_asked_to_end", "status"),
    [(True, dg.DagsterRunStatus.CANCELED), (False, dg.DagsterRunStatus.SUCCESS)],
)
def test_a_run_that_was_over_when_it_was_asked_to_end_does_not_go_on_ending_for_ever(
    is_asked_to_end: bool, status: dg.DagsterRunStatus, watched: RunWatch
) -> None:
    with watched.watch():
        result = succeeding.execute_in_process(instance=watched.instance)
        if is_asked_to_end:
            watched.instance.report_run_canceling(result.dagster_run)
        os.kill(os.getpid(), signal.SIGTERM)
        watched.narrator.run_id = result.run_id
    [run] = watched.instance.get_runs()
    assert run.status is status


def test_a_signal_that_interrupts_dagster_itself_is_told_in_a_sentence(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise DagsterExecutionInterruptedError

    monkeypatch.setattr(dg, "execute_job", interrupt)
    assert run_jobs._execute(succeeding, instance, {}) == ["Interrupted; what was read is kept."]
