"""How runs execute: every step in a process of its own, forked from one that has it all imported.

A fresh interpreter for each step costs seconds before its first line; a fork of a server that has
imported `repo_stats.defs.fork_server_preload` costs a fraction of one.
"""

import multiprocessing
from collections.abc import Sequence

import dagster as dg

from repo_stats.config.settings import Settings

PRELOAD_MODULE = "repo_stats.defs.fork_server_preload"


def build_executor(settings: Settings) -> dg.ExecutorDefinition:
    """The multiprocess executor, with as many processes as there may be steps to run at once."""
    start = start_method(multiprocessing.get_all_start_methods())
    return dg.multiprocess_executor.configured({"max_concurrent": settings.fetch_steps, **start})


def start_method(available: Sequence[str]) -> dict[str, object]:
    """The executor's configuration of how processes start, of those the platform has."""
    if "forkserver" not in available:
        return {}
    return {"start_method": {"forkserver": {"preload_modules": [PRELOAD_MODULE]}}}
