"""What Dagster's multiprocess executor lacks for steps that are tried again.

While nothing but the time of a retry is awaited, it asks over and over whether that has come, which
takes a whole core. And it fails a run if the process of a step dies after the step has ended, while
the process puts its resources away: it tries to end the step again, which its books refuse.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import dagster as dg
from dagster._core.events import EngineEventData
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.execution.plan.step import ExecutionStep
from dagster._core.executor import multiprocess

from repo_stats.defs import fork_server
from repo_stats.defs.wrapping import WrappingExecutor

TICK = 0.1
"""The longest time in seconds between two looks whether a retry is due, or a signal has come."""


class RetryingExecutor(WrappingExecutor):
    """Lets the multiprocess executor carry out a run, and makes up for what it lacks."""

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self._fail_or_retry = inner.log_failure_or_retry_event_after_error
        inner.log_failure_or_retry_event_after_error = self._judge_error
        self._ended: set[str | None] = set()

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Carry out the run, and note which of its steps have ended."""
        # only a run needs Dagster's storage, and importing it takes long
        from repo_stats.defs.postgres_storage import keep_connections
        from repo_stats.defs.sqlite_storage import files_kept_open, keep_engines

        sleep_between_looks()
        keep_engines()
        keep_connections()
        fork_server.start()
        self._ended.clear()
        with (
            files_kept_open(plan_context.instance, plan_context.run_id),
            closing(self._inner.execute(plan_context, execution_plan)) as events,
        ):
            for event in events:
                if event.event_type is dg.DagsterEventType.STEP_WORKER_STARTING:
                    self._ended.discard(event.step_key)
                elif event.is_step_success or event.is_step_failure or event.is_step_up_for_retry:
                    self._ended.add(event.step_key)
                yield event

    def _judge_error(self, step_context: Any, error: Any, known_state: Any) -> dg.DagsterEvent:
        """What follows from an error of a step's process: nothing, if the step had ended before."""
        step = step_context.step.key
        if step not in self._ended:
            judged: dg.DagsterEvent = self._fail_or_retry(step_context, error, known_state)
            return judged
        message = f"The step {step} had ended before its process died, so nothing is lost."
        return dg.DagsterEvent.engine_event(step_context, message, EngineEventData())


class PatientExecution(ActiveExecution):
    """Sleeps for a moment when there is nothing to do but wait for the time of a retry."""

    def get_steps_to_execute(self, limit: int | None = None) -> Sequence[ExecutionStep]:
        """The steps that begin now, which may be none."""
        steps = super().get_steps_to_execute(limit)
        if not steps and not self.has_in_flight_steps:
            interval: float = self.sleep_interval()  # type: ignore[no-untyped-call]
            time.sleep(min(max(interval, 0), TICK))
        return steps


def sleep_between_looks() -> None:
    """From now on, the multiprocess executor sleeps while it only waits for the time of a retry."""
    multiprocess.ActiveExecution = PatientExecution  # type: ignore[attr-defined]
