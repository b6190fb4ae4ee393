"""Dagster's history of materialisations: reading the latest of a partition, and adding new ones.

`materializations.py` decides which partitions a step adds.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.schema import AssetEventTagsTable
from sqlalchemy import and_, select

from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.defs.steps.failures import Context

_DATA_VERSION_TAG = "dagster/data_version"

_TAGS = AssetEventTagsTable.c

_MADE = dg.DagsterEventType.ASSET_MATERIALIZATION

_PLANNED = dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED


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
    recorded = find_recorded(context, asset, partitions)
    return {name: latest.version for name, latest in recorded.items() if latest.version is not None}


def find_recorded(
    context: Context, asset: dg.AssetKey, partitions: Collection[str]
) -> dict[str, RecordedPartition]:
    """The latest materialisation of each partition of an asset; one query for all."""
    return _find_latest(context, asset, partitions, _MADE)[_MADE]


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
    latest = _find_latest(context, asset, partitions, _MADE, _PLANNED)
    planned = latest[_PLANNED]
    return {
        partition: recorded
        for partition, recorded in latest[_MADE].items()
        if partition not in planned or planned[partition].storage_id < recorded.storage_id
    }


def _find_latest(
    context: Context, asset: dg.AssetKey, partitions: Collection[str], *kinds: dg.DagsterEventType
) -> dict[dg.DagsterEventType, dict[str, RecordedPartition]]:
    """The latest event of each kind, by partition. Dagster would ask several times for that."""
    storage: Any = context.instance.event_log_storage
    events = storage._latest_event_ids_by_partition_subquery(asset, kinds, list(partitions))
    is_version = and_(_TAGS.event_id == events.c.id, _TAGS.key == _DATA_VERSION_TAG)
    kind, partition = events.c.dagster_event_type, events.c.partition
    query = select(kind, partition, events.c.id, _TAGS.value).select_from(
        events.outerjoin(AssetEventTagsTable, is_version)
    )
    found: dict[dg.DagsterEventType, dict[str, RecordedPartition]] = {each: {} for each in kinds}
    with storage.index_connection() as connection:
        for of_kind, repo, storage_id, version in connection.execute(query).fetchall():
            found[dg.DagsterEventType(of_kind)][repo] = RecordedPartition(storage_id, version)
    return found
