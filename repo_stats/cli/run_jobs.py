"""Runs the jobs from the command line, with the same assets and executor as in the UI.

The functions that return a job are public, because the processes of its steps import them.
"""

import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from repo_stats.cli.errors import JobError
from repo_stats.config.settings import has_dagster_home
from repo_stats.defs.jobs import PUBLISH_REPORT, REFRESH_HISTORY, REFRESH_WATCHLIST
from repo_stats.defs.loggers import PROGRESS_LOGGER


def watchlist_job() -> dg.JobDefinition:
    """The job that refreshes the watchlist."""
    return _find_job(REFRESH_WATCHLIST)


def all_items_job() -> dg.JobDefinition:
    """The job that syncs all items, closed ones included."""
    return _find_job(REFRESH_HISTORY)


def report_job() -> dg.JobDefinition:
    """The job that makes the report."""
    return _find_job(PUBLISH_REPORT)


def refresh_watchlist(*, force: bool = False, watched: Sequence[str] = ()) -> None:
    """Refresh all repositories of the watchlist in one run.

    The run is recorded in DAGSTER_HOME, or nowhere if that is not set.

    Args:
        force: fetch everything again, even what is stored and fresh.
        watched: see `RefreshOptions`.

    Raises:
        JobError: a step failed.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    _run(watchlist_job, force=force, watched=list(watched))


def sync_all_items(*, force: bool = False) -> None:
    """Sync all items of the repositories marked with `history: true`, closed ones included.

    Args:
        force: fetch everything again, even what is stored and fresh.

    Raises:
        JobError: a step failed.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    _run(all_items_job, force=force)


def publish_report() -> None:
    """Make the backlog, the leaderboard and the report from what is stored.

    Raises:
        JobError: a step failed.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    _run(report_job)


def _find_job(name: str) -> dg.JobDefinition:
    from repo_stats.definitions import defs  # reads the settings, which can be malformed

    return defs.resolve_job_def(name)


def _run(job: Callable[[], dg.JobDefinition], **options: Any) -> None:
    job()  # raises errors of the settings here, without Dagster's stack trace around them
    config: dict[str, Any] = {"loggers": {PROGRESS_LOGGER: {}}}
    if chosen := {name: option for name, option in options.items() if option}:
        config["resources"] = {"refresh": {"config": chosen}}
    with _open_instance() as instance, warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.SupersessionWarning)
        with dg.execute_job(
            dg.reconstructable(job), instance=instance, run_config=config
        ) as result:
            if not result.success:
                raise JobError("\n".join(_list_reasons(result.all_events)))


def _list_reasons(events: Sequence[dg.DagsterEvent]) -> list[str]:
    """The reasons why steps failed, or why the run did if no step failed; each reason once."""
    failures = [event.step_failure_data for event in events if event.is_step_failure]
    reasons = [
        failure.user_failure_data.description or failure.error_display_string
        if failure.user_failure_data
        else failure.error_display_string
        for failure in failures
    ]
    if not reasons:
        reasons = [event.message or "The run failed." for event in events if event.is_failure]
    return list(dict.fromkeys(reasons))


@contextmanager
def _open_instance() -> Iterator[dg.DagsterInstance]:
    """Open the instance in DAGSTER_HOME, or a temporary one if that is not set."""
    if has_dagster_home():
        try:
            instance = dg.DagsterInstance.get()
        except dg.DagsterInvariantViolationError as error:
            raise JobError(f"DAGSTER_HOME cannot be used: {error}") from None
        with instance:
            yield instance
        return
    with tempfile.TemporaryDirectory() as folder:
        quiet = {
            "python_logs": {"python_log_level": "INFO"},
            "telemetry": {"enabled": False},
        }
        with dg.DagsterInstance.local_temp(folder, overrides=quiet) as instance:
            yield instance
