"""Runs the jobs from the command line, with the same assets and executor as in the UI.

The functions that return a job are public, because the processes of its steps import them.
"""

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError

from repo_stats.cli.errors import JobError, is_debugging, see_details
from repo_stats.cli.instances import open_instance
from repo_stats.cli.progress import Narrator, make_display
from repo_stats.cli.run_watch import RunWatch
from repo_stats.cli.signals import Interrupted, SignalWatch
from repo_stats.config.marks import Mark
from repo_stats.config.settings import load_settings
from repo_stats.defs import fork_server
from repo_stats.defs.jobs import (
    PUBLISH_REPORT,
    REFRESH_DOWNLOADS,
    REFRESH_HISTORY,
    REFRESH_TRAFFIC,
    REFRESH_WATCHLIST,
)
from repo_stats.defs.loggers import PROGRESS_LOGGER
from repo_stats.defs.step_failures import describe_raised, find_own_reason
from repo_stats.defs.step_reports import ReportFile

INTERRUPTED = "Interrupted; what was read is kept."


def watchlist_job() -> dg.JobDefinition:
    """The job that refreshes the watchlist."""
    return _find_job(REFRESH_WATCHLIST)


def all_items_job() -> dg.JobDefinition:
    """The job that syncs all items, closed ones included."""
    return _find_job(REFRESH_HISTORY)


def traffic_job() -> dg.JobDefinition:
    """The job that takes the day's snapshots of traffic."""
    return _find_job(REFRESH_TRAFFIC)


def downloads_job() -> dg.JobDefinition:
    """The job that reads the day's downloads of release assets."""
    return _find_job(REFRESH_DOWNLOADS)


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
    _run(watchlist_job, "Refreshing", force=force, watched=list(watched))


def sync_all_items(*, force: bool = False) -> None:
    """Sync all items of the repositories marked with `history: true`, closed ones included.

    Args:
        force: fetch everything again, even what is stored and fresh.

    Raises:
        JobError: a step failed.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    _run(all_items_job, "Reading all items", force=force)


def read_marked(mark: Mark, *, force: bool = False) -> None:
    """Read what is kept once a day of the repositories with a mark.

    Args:
        mark: `traffic` or `downloads`.
        force: ask all of them, even those that were asked today.

    Raises:
        JobError: a step failed.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    job = traffic_job if mark == "traffic" else downloads_job
    _run(job, f"Reading {mark}", force=force)


def publish_report() -> None:
    """Make the backlog, the leaderboard and the report from what is stored.

    Raises:
        JobError: a step failed.
        SettingsError: a setting is malformed or out of range.
        WatchlistError: the watchlist is malformed or cannot be read.
    """
    _run(report_job, "Making the report")


def _find_job(name: str) -> dg.JobDefinition:
    from repo_stats.definitions import defs  # reads the settings, which can be malformed

    return defs.resolve_job_def(name)


def _run(job: Callable[[], dg.JobDefinition], title: str, **options: Any) -> None:
    load_settings()  # its errors come first
    fork_server.start_early()
    job()  # imports all definitions
    fork_server.start()
    with tempfile.TemporaryDirectory(prefix="repo_stats_") as folder, open_instance() as instance:
        file = ReportFile(Path(folder) / "reports.jsonl")
        config: dict[str, Any] = {
            "loggers": {PROGRESS_LOGGER: {"config": {"path": str(file.path)}}}
        }
        if chosen := {name: option for name, option in options.items() if option}:
            config["resources"] = {"refresh": {"config": chosen}}
        fork_server.wait()
        with SignalWatch().watch() as signals, warnings.catch_warnings():
            warnings.simplefilter("ignore", dg.SupersessionWarning)
            watch = RunWatch(instance, file, Narrator(make_display(title)), signals)
            with watch.watch():
                reasons = _execute(dg.reconstructable(job), instance, config)
    if stopped_by := signals.find():
        raise Interrupted(stopped_by, INTERRUPTED)
    if reasons:
        raise JobError("\n".join(reasons))


def _execute(job: Any, instance: dg.DagsterInstance, config: Mapping[str, Any]) -> list[str]:
    """Execute a job; gives the reasons why it failed, or none."""
    try:
        # Not as a context, which would make all resources once more.
        result = dg.execute_job(job, instance=instance, run_config=config)
    except DagsterExecutionInterruptedError:
        return [INTERRUPTED]
    return [] if result.success else _list_reasons(result.all_events)


def _list_reasons(events: Sequence[dg.DagsterEvent]) -> list[str]:
    """The reasons why steps failed, or why the run did if no step failed; each reason once."""
    reasons: list[str] = []
    for event in events:
        if event.is_step_failure:
            reasons += _explain_failure(event).split("\n")
    if not reasons:
        reasons = [event.message or "The run failed." for event in events if event.is_failure]
    return list(dict.fromkeys(reasons))


def _explain_failure(event: dg.DagsterEvent) -> str:
    """Why a step failed: what it says itself, or the error that nobody expected."""
    if (reason := find_own_reason(event)) is not None:
        return reason
    failure = event.step_failure_data
    if failure.error is None:
        return f"The step {event.step_key} failed."
    if is_debugging():
        return failure.error_display_string
    what = describe_raised(failure.error)
    return f"The step {event.step_key} failed by an unforeseen {what}{see_details()}"
