"""How runs execute: every step in its own process, forked from one that has imported everything.

A new interpreter takes seconds to import what a step needs. A fork of a server that has imported
everything takes a fraction of a second; `repo_stats.defs.fork_server` starts it.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

import dagster as dg

from repo_stats.config.settings import Settings
from repo_stats.defs import fork_server
from repo_stats.defs.picking import PickingExecutor
from repo_stats.defs.retrying import RetryingExecutor
from repo_stats.defs.turns import TurnTakingExecutor

_Create: TypeAlias = Callable[[dg.InitExecutorContext], dg.Executor]


def build_executor(settings: Settings) -> dg.ExecutorDefinition:
    """The multiprocess executor, with as many processes as steps may run at once."""
    inner = dg.multiprocess_executor
    create_inner = cast("_Create", inner.executor_creation_fn)

    def create(init_context: dg.InitExecutorContext) -> dg.Executor:
        picking = PickingExecutor(RetryingExecutor(create_inner(init_context)), settings)
        return TurnTakingExecutor(picking, settings.runs_at_once)

    picking = dg.ExecutorDefinition(
        name=inner.name,
        config_schema=inner.config_schema.as_field(),
        requirements=dg.multiple_process_executor_requirements(),
        executor_creation_fn=create,
        description=inner.description,
    )
    start = start_method(multiprocessing.get_all_start_methods())
    return picking.configured({"max_concurrent": settings.fetch_steps, **start})


def start_method(available: Sequence[str]) -> dict[str, object]:
    """How the executor starts processes, given the start methods that the platform has."""
    if "forkserver" not in available:
        return {}
    return {"start_method": {"forkserver": {"preload_modules": [fork_server.PRELOAD_MODULE]}}}
