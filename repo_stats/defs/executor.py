"""How runs execute: every step in its own process, forked from one that has imported everything.

A new interpreter takes seconds to import what a step needs. A fork of a server that has imported
`repo_stats.defs.fork_server_preload` takes a fraction of a second.
"""

import multiprocessing
from collections.abc import Sequence

import dagster as dg

from repo_stats.config.settings import Settings

PRELOAD_MODULE = "repo_stats.defs.fork_server_preload"


def build_executor(settings: Settings) -> dg.ExecutorDefinition:
    """The multiprocess executor, with as many processes as steps may run at once."""
    start = start_method(multiprocessing.get_all_start_methods())
    return dg.multiprocess_executor.configured({"max_concurrent": settings.fetch_steps, **start})


def start_method(available: Sequence[str]) -> dict[str, object]:
    """How the executor starts processes, given the start methods that the platform has."""
    if "forkserver" not in available:
        return {}
    return {"start_method": {"forkserver": {"preload_modules": [PRELOAD_MODULE]}}}
