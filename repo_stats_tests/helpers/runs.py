"""Runs in this process, and what they recorded and stored."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dagster as dg
import pandas as pd

from repo_stats.config.settings import Settings, load_settings
from repo_stats.definitions import build_defs
from repo_stats.defs.picking import complete_tags
from repo_stats_tests.helpers.instances import ephemeral_instance
from repo_stats_tests.helpers.shared_jobs import find_job_of_the_ui

NUMBERS = ("repo_metadata", "open_issues", "issues_per_user", "repo_statistics")
"""The assets of a refresh but the stars by day, which have tests of their own."""


def table(settings: Settings, name: str, repo: str) -> pd.DataFrame:
    return pd.read_parquet(Path(settings.warehouse) / name / f"{repo}.parquet")


def materialisations(
    result: dg.ExecuteInProcessResult, asset: str
) -> dict[str, dg.AssetMaterialization]:
    """What a run recorded for an asset, by partition."""
    return {
        str(event.partition): event.step_materialization_data.materialization
        for event in result.all_events
        if event.is_step_materialization and event.asset_key == dg.AssetKey(asset)
    }


def metadata(result: dg.ExecuteInProcessResult, asset: str, partition: str) -> dict[str, Any]:
    recorded = materialisations(result, asset)[partition]
    return {key: value.value for key, value in recorded.metadata.items()}


def failure(result: dg.ExecuteInProcessResult) -> str:
    """The reason of the only step that failed."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    data = event.step_failure_data
    assert data.user_failure_data is not None
    return str(data.user_failure_data.description)


def messages(instance: dg.DagsterInstance, result: dg.ExecuteInProcessResult) -> list[str]:
    return [entry.user_message for entry in instance.all_logs(result.run_id)]


def table_files(settings: Settings, names: set[str]) -> list[Path]:
    return [file for name in names for file in (Path(settings.warehouse) / name).rglob("*.parquet")]


def by_hand(
    settings: Settings, instance: dg.DagsterInstance, assets: Sequence[str], *repos: str
) -> dg.ExecuteInProcessResult:
    """Materialise assets as the UI does, for a range of repositories, or without partitions."""
    keys = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")
    return find_job_of_the_ui(settings).execute_in_process(
        instance=instance,
        raise_on_error=False,
        tags=dict(zip(keys, (repos[0], repos[-1]), strict=True)) if repos else {},
        asset_selection=[dg.AssetKey(asset) for asset in assets],
    )


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    """Whether each check passed, by asset and name."""
    return {
        f"{check.asset_key.to_user_string()}.{check.check_name}": check.passed
        for check in result.get_asset_check_evaluations()
    }


def findings(result: dg.ExecuteInProcessResult, check: str) -> dict[str, str]:
    """What a check found wrong, by repository.

    Args:
        result: of the run.
        check: the asset and the check, as `open_issues.exact`.
    """
    [evaluation] = [
        each
        for each in result.get_asset_check_evaluations()
        if f"{each.asset_key.to_user_string()}.{each.check_name}" == check
    ]
    return findings_of(evaluation.metadata)


def findings_of(metadata: Mapping[str, object]) -> dict[str, str]:
    """What the metadata of a check say of each repository."""
    table = metadata.get("findings")
    if table is None:
        return {}
    assert isinstance(table, dg.TableMetadataValue)
    return {str(record.data["repo"]): str(record.data["finding"]) for record in table.records}


def observed(result: dg.ExecuteInProcessResult, asset: str, partition: str) -> dict[str, Any]:
    """What a run observed of a partition that it did not materialise."""
    [observation] = [
        event.asset_observation_data.asset_observation
        for event in result.all_events
        if event.is_asset_observation
        and (event.asset_key, event.partition) == (dg.AssetKey(asset), partition)
    ]
    return {key: value.value for key, value in observation.metadata.items()}


def refresh_here(variables: Mapping[str, str] | None = None) -> dg.ExecuteInProcessResult:
    """Refresh in this process what a command would, over the network as the command does.

    It costs a tenth of a command. A test may use it before or after the run that it is about.

    Args:
        variables: of the environment, beside those that are set.
    """
    with patch.dict(os.environ, variables or {}), ephemeral_instance() as instance:
        settings = load_settings()
        defs = build_defs(settings, executor=dg.in_process_executor)
        job = defs.resolve_job_def("refresh_watchlist")
        return job.execute_in_process(
            instance=instance, raise_on_error=False, tags=complete_tags(job.name, {}, settings)
        )
