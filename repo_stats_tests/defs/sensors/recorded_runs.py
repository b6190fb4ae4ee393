"""What runs leave in Dagster's history, recorded without carrying them out."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
from dagster._core.events import StepMaterializationData

from repo_stats.defs.jobs import PARTITION
from repo_stats.defs.partitions import DEFERS_EVENTS

_CHANGED = ("repo_metadata", "open_issues", "issues_per_user", "repo_history", "repo_statistics")
"""The assets that a refresh records of a repository that changed, in its order."""

_QUIET = tuple(asset for asset in _CHANGED if asset != "repo_history")


def record_refresh(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    changed: Sequence[str],
    watchlist: Sequence[str],
) -> None:
    """Record a refresh. If no repository changed, one of the watchlist is recorded."""
    run = instance.create_run_for_job(job, tags={DEFERS_EVENTS: "true"})
    assets, repos = (_CHANGED, changed) if changed else (_QUIET, watchlist[:1])
    _end(instance, run, [(asset, repo) for asset in assets for repo in repos])


def record_by_hand(
    instance: dg.DagsterInstance, job: dg.JobDefinition, assets: Sequence[str], repo: str | None
) -> None:
    """Record a run of Dagster's own job, with the plans that Dagster makes for it."""
    keys = frozenset(map(dg.AssetKey, assets))
    run = instance.create_run_for_job(
        job.get_subset(asset_selection=keys),
        tags={PARTITION: repo} if repo else {},
        asset_selection=keys,
    )
    _end(instance, run, [(asset, repo) for asset in assets])


def _end(
    instance: dg.DagsterInstance, run: dg.DagsterRun, made: Sequence[tuple[str, str | None]]
) -> None:
    for asset, repo in made:
        data = StepMaterializationData(dg.AssetMaterialization(asset, partition=repo))
        _report(instance, run, dg.DagsterEventType.ASSET_MATERIALIZATION, data)
    _report(instance, run, dg.DagsterEventType.RUN_SUCCESS)


def _report(
    instance: dg.DagsterInstance, run: dg.DagsterRun, kind: dg.DagsterEventType, data: Any = None
) -> None:
    event = dg.DagsterEvent(kind.value, run.job_name, event_specific_data=data)
    instance.report_dagster_event(event, run.run_id)
