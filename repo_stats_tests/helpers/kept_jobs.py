"""Lets runs in the process of a test cost less: what is prepared for one is kept for the others.

`execute_in_process` makes a job anew for each run, with all that is found out about it later: the
schema of its settings and the snapshot of its steps. Contexts of steps make a class for the
resources of each. Both are the same whenever they are made. A run completes its settings from the
schema several times: they are the same for the same job, settings and variables.

Nor does a run show each event of Dagster on the console: a failed test shows what steps say.
"""

import os
from collections import namedtuple
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import dagster as dg
from dagster._core.definitions import scoped_resources_builder
from dagster._core.execution import context_creation_job
from dagster._core.system_config.objects import ResolvedRunConfig
from dagster._loggers import colored_console_logger

_make: Any = dg.JobDefinition.as_ephemeral_job

_complete: Any = ResolvedRunConfig.build


def keep_jobs() -> None:
    """From now on, keep what was prepared of a job and a selection as long as the job itself."""
    job: Any = dg.JobDefinition
    job.as_ephemeral_job = _find_or_make
    builder: Any = scoped_resources_builder
    builder.namedtuple = _find_class
    config: Any = ResolvedRunConfig
    config.build = staticmethod(_find_or_complete)
    creation: Any = context_creation_job
    creation.default_system_loggers = lambda _: [
        (colored_console_logger, {"name": "dagster", "log_level": "INFO"})
    ]


def _find_or_make(
    self: Any,
    resource_defs: Any,
    input_values: Any,
    op_selection: Sequence[str] | None = None,
    asset_selection: Sequence[dg.AssetKey] | None = None,
) -> Any:
    if resource_defs or input_values or op_selection:
        return _make(self, resource_defs, input_values, op_selection, asset_selection)
    made = self.__dict__.setdefault("_prepared_in_tests", {})
    selected = frozenset(asset_selection or ())
    if selected not in made:
        made[selected] = _make(self, {}, {}, None, asset_selection)
    return made[selected]


def _find_or_complete(job: Any, settings: Mapping[str, object] | None = None) -> ResolvedRunConfig:
    kept = job.__dict__.setdefault("_completed_in_tests", {})
    variables = [(n, v) for n, v in os.environ.items() if n.startswith(("REPO_STATS_", "GITHUB_"))]
    of = repr((settings, sorted(variables)))
    if of not in kept:
        kept[of] = _complete(job, settings)
    return cast(ResolvedRunConfig, kept[of])


def _find_class(name: str, fields: Sequence[str]) -> Any:
    return _find_class_of(name, tuple(fields))


@cache
def _find_class_of(name: str, fields: tuple[str, ...]) -> Any:
    return namedtuple(name, fields)
