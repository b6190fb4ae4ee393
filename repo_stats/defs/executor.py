"""How runs execute: by default, every step in its own process, forked from one with all imports.

A new interpreter takes seconds to import what a step needs. A fork of a server that has imported
everything takes a fraction of a second; `repo_stats.defs.fork_server` starts it.

The setting `REPO_STATS_EXECUTOR` chooses others. All complete the tags of a run, and retry steps.
"""

import multiprocessing
import warnings
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any, TypeAlias, cast

import dagster as dg

from repo_stats.config.errors import SettingsError
from repo_stats.config.settings import Settings
from repo_stats.defs import fork_server
from repo_stats.defs.clearing import ClearingExecutor
from repo_stats.defs.picking import PickingExecutor
from repo_stats.defs.retrying import RetryingExecutor
from repo_stats.defs.turns import TurnTakingExecutor
from repo_stats.warehouse.files import Files

_Create: TypeAlias = Callable[[dg.InitExecutorContext], dg.Executor]

_OTHERS = {
    "celery": ("dagster_celery", "celery_executor"),
    "k8s": ("dagster_k8s", "k8s_job_executor"),
}
"""The modules of the executors that Dagster does not bring itself, and their names there."""


def build_executor(settings: Settings) -> dg.ExecutorDefinition:
    """The executor of the settings.

    The multiprocess one has as many processes as steps may run at once. Those of Celery and
    Kubernetes take their own configuration, too, from that of a run.

    Raises:
        SettingsError: its package is not installed.
    """
    inner = _find_inner(settings.executor)
    create_inner = cast("_Create", inner.executor_creation_fn)
    is_multiprocess, files = inner is dg.multiprocess_executor, Files(settings.warehouse)

    def create(init_context: dg.InitExecutorContext) -> dg.Executor:
        executor = create_inner(init_context)
        if settings.executor == "celery":
            # dagster-celery registers its task anew for each step, of which Celery 5.7 warns
            warnings.filterwarnings("ignore", "Task name 'execute_plan' is already registered")
        if is_multiprocess:
            executor = RetryingExecutor(executor)
        executor = TurnTakingExecutor(PickingExecutor(executor, settings), settings.runs_at_once)
        if files.is_local:
            return executor
        return ClearingExecutor(executor, files, timedelta(days=settings.keep_runs))

    executor = dg.ExecutorDefinition(
        name=inner.name,
        config_schema=inner.config_schema.as_field(),
        requirements=inner._requirements_fn,
        executor_creation_fn=create,
        description=inner.description,
    )
    if not is_multiprocess:
        return executor
    start = start_method(multiprocessing.get_all_start_methods())
    return executor.configured({"max_concurrent": settings.fetch_steps, **start})


def _find_inner(name: str) -> Any:
    if name == "in_process":
        return dg.in_process_executor
    if name not in _OTHERS:
        return dg.multiprocess_executor
    module, executor = _OTHERS[name]
    try:
        return getattr(import_module(module), executor)
    except ImportError as error:
        raise SettingsError(
            f"REPO_STATS_EXECUTOR is {name}, which needs a package that is not installed "
            f"({error.name}): pip install 'repo-stats[{name}]'."
        ) from None


def start_method(available: Sequence[str]) -> dict[str, object]:
    """How the executor starts processes, given the start methods that the platform has."""
    if "forkserver" not in available:
        return {}
    return {"start_method": {"forkserver": {"preload_modules": [fork_server.PRELOAD_MODULE]}}}
