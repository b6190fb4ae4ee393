"""Dagster's history of materialisations: reading the latest of a partition, and adding new ones.

`materializations.py` decides which partitions a step adds.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.defs.steps.failures import Context

_DATA_VERSION_TAG = "dagster/data_version"


@dataclass(frozen=True)
class RecordedPartition:
    """The latest materialisation of a partition in Dagster's history.

    Attributes:
        storage_id: its place in the history; a later event has a larger one.
        version: its data version; None if it has none.
    """

    storage_id: int
    version: str | None


def record_partition(
    context: Context,
    asset: dg.AssetKey,
    partition: str | None,
    metadata: Mapping[str, Any],
    inputs: Mapping[dg.AssetKey, RecordedPartition] | None = None,
) -> None:
    """Record a materialisation of a partition.

    Args:
        context: of the step that materialised it.
        asset: the asset.
        partition: the partition; None if the asset has none.
        metadata: what the UI shows of it; its `content_hash` is the data version, if it has one.
        inputs: the partitions that it was made from, by asset; None to record no inputs.
    """
    version = metadata.get("content_hash")
    tags = {_DATA_VERSION_TAG: version} if version else {}
    if inputs is not None:
        tags |= _provenance_tags(inputs)
    context.log_event(
        dg.AssetMaterialization(asset, partition=partition, metadata=metadata, tags=tags)
    )


def _provenance_tags(inputs: Mapping[dg.AssetKey, RecordedPartition]) -> dict[str, str]:
    """The tags from which Dagster works out whether a partition is up to date with its inputs."""
    tags = {"dagster/data_version_is_user_provided": "true", "dagster/code_version": CODE_VERSION}
    for key, recorded in inputs.items():
        name = key.to_user_string()
        tags[f"dagster/input_data_version/{name}"] = recorded.version or ""
        tags[f"dagster/input_event_pointer/{name}"] = str(recorded.storage_id)
    return tags


def find_versions(
    context: Context, asset: dg.AssetKey, partitions: Collection[str]
) -> dict[str, str]:
    """The data versions that partitions were last recorded with; one query for all."""
    tags = context.instance.event_log_storage.get_latest_tags_by_partition(
        asset, dg.DagsterEventType.ASSET_MATERIALIZATION, [_DATA_VERSION_TAG], list(partitions)
    )
    return {partition: by_name[_DATA_VERSION_TAG] for partition, by_name in tags.items()}


def find_recorded(
    context: Context, asset: dg.AssetKey, partitions: Collection[str]
) -> dict[str, RecordedPartition]:
    """The latest materialisation of each partition of an asset; two queries for all."""
    ids = _find_storage_ids(context, asset, partitions, dg.DagsterEventType.ASSET_MATERIALIZATION)
    versions = find_versions(context, asset, partitions)
    return {
        partition: RecordedPartition(storage_id, versions.get(partition))
        for partition, storage_id in ids.items()
    }


def find_still_valid(
    context: Context, asset: dg.AssetKey, partitions: Collection[str]
) -> dict[str, RecordedPartition]:
    """The latest materialisation of each partition, if it still describes what is stored.

    Materialisations by another code version are left out. So are those that a later run planned to
    replace but did not: such a run has usually failed, and Dagster shows the partition as failed
    until a new materialisation is recorded.
    """
    code_versions = context.instance.get_latest_materialization_code_versions([asset])
    if code_versions.get(asset) != CODE_VERSION:
        return {}
    planned = _find_storage_ids(
        context, asset, partitions, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    )
    return {
        partition: recorded
        for partition, recorded in find_recorded(context, asset, partitions).items()
        if planned.get(partition, 0) < recorded.storage_id
    }


def _find_storage_ids(
    context: Context, asset: dg.AssetKey, partitions: Collection[str], kind: dg.DagsterEventType
) -> Mapping[str, int]:
    """The place in the history of the latest event of a kind, by partition."""
    return context.instance.event_log_storage.get_latest_storage_id_by_partition(
        asset, kind, set(partitions)
    )
