"""An executor that lets another one carry out its runs. `picking` and `retrying` build on it."""

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
