"""How a run ended, as the rules for alerts see it: from its tags and its events."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import dagster as dg

from repo_stats.alerts.rules import EndedRun
from repo_stats.config.marks import Mark
from repo_stats.defs.jobs import (
    JOBS_OF_MARKS,
    PARTITION,
    PRUNE_RUNS,
    REFRESH_REPO,
    REFRESH_WATCHLIST,
    RESOLVE_WATCHLIST,
    name_repositories,
)
from repo_stats.defs.refresh_runs import repos_of_run
from repo_stats.defs.step_failures import describe_raised, find_own_reason


def describe_run(
    instance: dg.DagsterInstance,
    run: dg.DagsterRun,
    watchlist: Sequence[str],
    marked: Mapping[Mark, Sequence[str]] = MappingProxyType({}),
) -> EndedRun:
    """How a run ended, from its events."""
    is_failed = run.status is dg.DagsterRunStatus.FAILURE
    repositories = _find_repositories(run, watchlist, marked)
    task, title = _name_task(run, repositories)
    return EndedRun(
        run_id=run.run_id,
        job=run.job_name,
        repositories=repositories,
        task=task,
        title=title,
        failure=_find_reason(instance, run.run_id) if is_failed else None,
        findings=_find_findings(instance, run.run_id),
        quota=_find_quota(instance, run.run_id),
    )


def _find_repositories(
    run: dg.DagsterRun, watchlist: Sequence[str], marked: Mapping[Mark, Sequence[str]]
) -> Sequence[str]:
    """The repositories that a run is about; none for a job that is about none.

    A run that reads what a mark keeps takes a range of the repositories with the mark. In the
    watchlist, others may be between them. It may end after the last one was unmarked.
    """
    if run.job_name in (PRUNE_RUNS, RESOLVE_WATCHLIST):
        return []
    jobs = {job: mark for mark, job in JOBS_OF_MARKS.items()}
    repos = (run.job_name in jobs and marked.get(jobs[run.job_name])) or watchlist
    if found := repos_of_run(run, repos):
        return found
    return ["/".join(run.tags[PARTITION].split("/")[:2])]  # a page's key ends with its number


def _name_task(run: dg.DagsterRun, repositories: Sequence[str]) -> tuple[str, str]:
    """The task of a run, and its name in an alert. A run of assets by hand has no named job."""
    if run.job_name in (REFRESH_REPO, REFRESH_WATCHLIST):
        return "refresh", f"The refresh of {name_repositories(repositories)}"
    if run.job_name == RESOLVE_WATCHLIST:
        return run.job_name, "Reading the lists of the watchlist"
    if run.asset_selection and run.job_name.startswith("__"):
        assets = ", ".join(sorted(key.to_user_string() for key in run.asset_selection))
        return assets, f"Materialising {assets}"
    return run.job_name, run.job_name


def _events(
    instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType
) -> Iterator[dg.DagsterEvent]:
    for entry in instance.all_logs(run_id, of_type=kind):
        if entry.dagster_event is not None:
            yield entry.dagster_event


def _find_reason(instance: dg.DagsterInstance, run_id: str) -> str:
    """Why the first failed step failed, in a sentence."""
    for event in _events(instance, run_id, dg.DagsterEventType.STEP_FAILURE):
        if (reason := find_own_reason(event)) is not None:
            return reason
        if (error := event.step_failure_data.error) is not None:
            return describe_raised(error)
    return "It ended without a reason; see its log."


def _find_findings(instance: dg.DagsterInstance, run_id: str) -> dict[str, dict[str, str]]:
    """What each failed check found, by check and repository. Warnings cause no alert."""
    findings: dict[str, dict[str, str]] = {}
    for event in _events(instance, run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION):
        evaluation = event.asset_check_evaluation_data
        name = evaluation.check_name
        is_failed = evaluation.severity is dg.AssetCheckSeverity.ERROR and not evaluation.passed
        records = _records(evaluation.metadata.get("findings")) if is_failed else ()
        findings[f"{evaluation.asset_key.to_user_string()}.{name}"] = {
            str(record["repo"]): str(record["finding"]) for record in records
        }
    return findings


def _records(value: object) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dg.TableMetadataValue):
        yield from (record.data for record in value.records)


def _find_quota(instance: dg.DagsterInstance, run_id: str) -> tuple[int, int, float] | None:
    """The quota in the last materialisation of the run that has it."""
    quota = None
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    for event in _events(instance, run_id, kind):
        metadata = event.step_materialization_data.materialization.metadata
        if "quota_limit" in metadata:
            names = ("remaining_quota", "quota_limit", "quota_resets")
            remaining, limit, resets_at = (metadata[name].value for name in names)
            quota = (int(str(remaining)), int(str(limit)), float(str(resets_at)))
    return quota
