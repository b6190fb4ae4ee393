"""Removes what the steps of a run passed on, when the run has ended and the warehouse is remote.

Whatever executor carries out the steps, the process of the run sees their events. If nothing was
passed on, nothing is listed. Values of a run that failed stay for a while, because it may be
repeated from its failed step.
"""

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg

from repo_stats.defs.failing import StepError
from repo_stats.defs.step_values import STEP_VALUES, folder_of_run, remove_values
from repo_stats.defs.wrapping import WrappingExecutor
from repo_stats.warehouse.files import Files, WarehouseError


class ClearingExecutor(WrappingExecutor):
    """Lets another executor carry out a run, and removes the values that no step needs any more.

    Args:
        inner: the other executor.
        files: the remote warehouse.
        keep: for how long the values of runs are kept that did not succeed.
    """

    def __init__(self, inner: dg.Executor, files: Files, keep: timedelta) -> None:
        super().__init__(inner)
        self._files = files
        self._keep = keep

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Carry out the run."""
        succeeded: set[str | None] = set()
        has_passed = False
        with closing(self._inner.execute(plan_context, execution_plan)) as events:
            for event in events:
                if event.is_step_success:
                    succeeded.add(event.step_key)
                has_passed = has_passed or _passes_value(event)
                yield event
        if has_passed:
            # what was passed on decides how many steps stand for those with a question mark
            planned = {key for key in execution_plan.step_keys_to_execute if "[?]" not in key}
            self._clear(plan_context, has_succeeded=planned <= succeeded)

    def _clear(self, plan_context: Any, *, has_succeeded: bool) -> None:
        """Remove values; an error is logged, and the next run tries again."""
        try:
            folder = None
            if has_succeeded:
                folder = folder_of_run(plan_context.instance, plan_context.run_id)
            remove_values(self._files, folder, self._keep, datetime.now(timezone.utc))
        except (WarehouseError, StepError) as error:
            plan_context.log.warning(f"What steps passed on is left behind: {error}")


def _passes_value(event: dg.DagsterEvent) -> bool:
    return (
        event.is_handled_output and event.event_specific_data.manager_key == STEP_VALUES  # type: ignore[union-attr]
    )
