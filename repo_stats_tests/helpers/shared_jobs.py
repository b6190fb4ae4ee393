"""Jobs that run in this process, made once for all tests with the same settings."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import dagster as dg

from repo_stats.config.settings import Settings
from repo_stats.definitions import build_defs
from repo_stats.defs.resources import github_resource
from repo_stats_tests.helpers.github import HastyGitHub


@dataclass
class SensorClock:
    """The clock of the sensors.

    Attributes:
        now: gives the time, in seconds since the epoch.
    """

    now: Callable[[], float] = time.time


CLOCK = SensorClock()
"""The one by which all shared sensors go; a deployment sets it while it evaluates one."""


@cache
def find_job(settings: Settings, job: str) -> dg.JobDefinition:
    """A job that runs in this process; made once for all tests with the same settings."""
    return define(settings).resolve_job_def(job)


@cache
def define(settings: Settings) -> dg.Definitions:
    """The definitions of a GitHub in this process; made once, as jobs are."""
    github = HastyGitHub(**github_resource(settings).model_dump())
    return build_defs(
        settings, github=github, executor=dg.in_process_executor, clock=lambda: CLOCK.now()
    )


@cache
def find_job_of_the_ui(settings: Settings) -> dg.JobDefinition:
    """The job in which Dagster materialises what somebody picks in the UI."""
    return define(settings).resolve_implicit_global_asset_job_def()
