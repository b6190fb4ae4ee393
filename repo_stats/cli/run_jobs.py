"""Running the jobs from a program: the same jobs, executor and assets as in the UI."""

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dagster as dg

from repo_stats.config.settings import has_dagster_home
from repo_stats.defs.jobs import PUBLISH_REPORT, REFRESH_HISTORY, REFRESH_WATCHLIST
from repo_stats.defs.loggers import PROGRESS_LOGGER


class RefreshError(Exception):
    """A refresh failed; the message has one plain sentence for each step that did."""


def refresh_job() -> dg.JobDefinition:
    """The job that refreshes the watchlist, for the processes that its steps run in."""
    from repo_stats.definitions import defs  # reads the watchlist, which may be refused

    return defs.resolve_job_def(REFRESH_WATCHLIST)


def history_job() -> dg.JobDefinition:
    """The job that refreshes histories, for the processes that its steps run in."""
    from repo_stats.definitions import defs  # reads the watchlist, which may be refused

    return defs.resolve_job_def(REFRESH_HISTORY)


def report_job() -> dg.JobDefinition:
    """The job that makes the report, for the processes that its steps run in."""
    from repo_stats.definitions import defs  # reads the watchlist, which may be refused

    return defs.resolve_job_def(PUBLISH_REPORT)


def publish_report() -> None:
    """Make backlog, leaderboard and report of what is stored, as `refresh_watchlist` does.

    Raises:
        RefreshError: a step failed.
        SettingsError: a setting is malformed or out of its range.
        WatchlistError: the watchlist is.
    """
    report_job()
    _run(dg.reconstructable(report_job))


def refresh_history(*, force: bool = False) -> None:
    """Refresh the history of each repository whose history is kept, as `refresh_watchlist` does.

    Raises:
        RefreshError: a step failed.
    """
    _run(dg.reconstructable(history_job), force=force)


def refresh_watchlist(*, force: bool = False) -> None:
    """Refresh every repository of the watchlist, in one run.

    The run is recorded in DAGSTER_HOME if that is set, and nowhere else.

    Args:
        force: fetch everything anew, whatever is stored and however fresh.

    Raises:
        RefreshError: a step failed.
        SettingsError: a setting is malformed or out of its range.
        WatchlistError: the watchlist is.
    """
    refresh_job()
    _run(dg.reconstructable(refresh_job), force=force)


def _run(job: Any, *, force: bool = False) -> None:
    config: dict[str, Any] = {"loggers": {PROGRESS_LOGGER: {}}}
    if force:
        config["resources"] = {"refresh": {"config": {"force": True}}}
    with _instance() as instance, warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.SupersessionWarning)
        with dg.execute_job(job, instance=instance, run_config=config) as result:
            if not result.success:
                raise RefreshError("\n".join(_reasons(result.all_events)))


def _reasons(events: Sequence[dg.DagsterEvent]) -> list[str]:
    """Why steps failed, and if none did, why the run did; each reason once."""
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
def _instance() -> Iterator[dg.DagsterInstance]:
    if has_dagster_home():
        try:
            instance = dg.DagsterInstance.get()
        except dg.DagsterInvariantViolationError as error:
            raise RefreshError(f"DAGSTER_HOME cannot be used: {error}") from None
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
