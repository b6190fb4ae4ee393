"""The job `prune_runs`, and the schedule that runs it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import dagster as dg

from repo_stats.defs.jobs import PRUNE_RUNS
from repo_stats.defs.owned_runs import Owned, location_of
from repo_stats.defs.run_history.pruning import Pruned, prune


def build_pruning(
    owned: Owned, ticking: Collection[str], keep_days: int
) -> tuple[dg.JobDefinition, dg.ScheduleDefinition]:
    """The job and its schedule, which is on as soon as the daemon runs.

    Args:
        owned: what of the history is ours.
        ticking: the names of the sensors and schedules.
        keep_days: for how many days a run is kept that failed, or that somebody started.
    """
    job = _build_job(owned, ticking, keep_days)
    return job, _build_schedule(job)


def _build_job(owned: Owned, ticking: Collection[str], keep_days: int) -> dg.JobDefinition:
    @dg.op
    def remove_old_runs(context: dg.OpExecutionContext) -> None:
        """Delete old runs, logs and evaluations, and give back the space."""
        now = datetime.now(timezone.utc)
        ours = replace(owned, location=location_of(context.run))
        pruned = prune(context.instance, ours, ticking, timedelta(days=keep_days), now)
        context.log.info(describe(pruned))

    # Everything happens in one step: a process of its own would only cost events.
    @dg.job(
        name=PRUNE_RUNS,
        executor_def=dg.in_process_executor,
        description=(
            "Deletes old runs from Dagster's history: after a day those of sensors and schedules "
            f"that succeeded, after {keep_days} days those that failed or that somebody started. "
            "What is known of an asset stays, however old it is. The tables are not touched."
        ),
    )
    def prune_runs() -> None:
        remove_old_runs()

    return prune_runs


def _build_schedule(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        "hourly_pruning",
        cron_schedule="20 * * * *",
        job=job,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Deletes old runs from Dagster's history every hour.",
    )


def describe(pruned: Pruned) -> str:
    """What was removed, in a sentence or two."""
    text = f"Deleted {pruned.runs} runs and {pruned.logs} logs of ticks."
    if pruned.held:
        text += f" Kept {pruned.held} old runs, which hold the latest record of something."
    if pruned.remaining:
        text += f" {pruned.remaining} more are due, and follow within the hour."
    if pruned.freed:
        text += f" Gave back {pruned.freed / 1e6:.0f} MB."
    return text
