"""An executor that lets another one carry out its runs. `picking` and `retrying` build on it."""

from collections.abc import Mapping
from typing import Any

import dagster as dg


class WrappingExecutor(dg.Executor):
    """Looks to Dagster like another executor, which it lets carry out the runs.

    Args:
        inner: the other executor.
    """

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    @property
    def retries(self) -> Any:
        """How steps are retried."""
        return self._inner.retries

    @property
    def step_dependency_config(self) -> Any:
        """When a step may start."""
        return self._inner.step_dependency_config

    def with_tags(self, plan_context: Any, tags: Mapping[str, str]) -> Any:
        """What Dagster knows of a run, with other tags than it has in the history."""
        run: dg.DagsterRun = plan_context.dagster_run
        return type(plan_context)(
            plan_data=plan_context.plan_data._replace(dagster_run=run.with_tags(tags)),
            log_manager=plan_context.log,
            executor=self._inner,
            output_capture=plan_context.output_capture,
            resume_from_failure=plan_context.resume_from_failure,
        )
