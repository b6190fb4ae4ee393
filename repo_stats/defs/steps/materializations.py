"""Recording what each partition of an asset holds, in Dagster's history of materialisations.

Dagster itself plans and records every partition of every asset of a run, whether it changed or not:
eight events a repository, which were three quarters of the time that a quiet refresh took, and
would fill the history with millions of them a year. A run with the tag `DEFERS_EVENTS` leaves that
to its steps, which record what changed; in all other runs Dagster does it.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.defs.partitions import DEFERS_EVENTS
from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.defs.steps.failures import Context
from repo_stats.warehouse.frames import hash_content, split_by_repo
from repo_stats.warehouse.schemas import TableSchema
from repo_stats.warehouse.tables import Tables

_DATA_VERSION_TAG = "dagster/data_version"


REFRESHES_A_DAY = 24
"""By the hourly schedule."""


@dataclass(frozen=True)
class Record:
    """The latest materialisation of a partition in Dagster's history.

    Attributes:
        storage_id: its place in the history.
        version: its data version; None if it has none.
    """

    storage_id: int
    version: str | None


def record_partition(
    context: Context,
    asset: dg.AssetKey,
    partition: str,
    metadata: Mapping[str, Any],
    tags: Mapping[str, str] | None = None,
) -> None:
    """Record a materialisation of a partition.

    Args:
        context: of the step that materialised it.
        asset: the asset.
        partition: the partition.
        metadata: what the UI shows of it; its `content_hash` is the data version.
        tags: what else Dagster is to know of it.
    """
    version = {_DATA_VERSION_TAG: metadata["content_hash"]}
    context.log_event(
        dg.AssetMaterialization(
            asset, partition=partition, metadata=metadata, tags={**version, **(tags or {})}
        )
    )


def find_versions(
    context: Context, asset: dg.AssetKey, partitions: Collection[str]
) -> dict[str, str]:
    """The data versions that partitions were last recorded with; one query for all."""
    tags = context.instance.event_log_storage.get_latest_tags_by_partition(
        asset, dg.DagsterEventType.ASSET_MATERIALIZATION, [_DATA_VERSION_TAG], list(partitions)
    )
    return {partition: by_name[_DATA_VERSION_TAG] for partition, by_name in tags.items()}


def find_records(
    context: Context, asset: dg.AssetKey, partitions: Collection[str]
) -> dict[str, Record]:
    """The latest materialisations of an asset, by partition; two queries for all."""
    ids = _find_places(context, asset, partitions, dg.DagsterEventType.ASSET_MATERIALIZATION)
    versions = find_versions(context, asset, partitions)
    return {partition: Record(place, versions.get(partition)) for partition, place in ids.items()}


def find_valid_records(
    context: Context, asset: dg.AssetKey, partitions: Collection[str]
) -> dict[str, Record]:
    """The latest materialisations of an asset that still tell of the present, by partition.

    Not those by other code; nor one that a later run planned to replace and has not: such a run has
    failed as a rule, and Dagster shows the partition as failed until there is a new record.
    """
    versions = context.instance.get_latest_materialization_code_versions([asset])
    if versions.get(asset) != CODE_VERSION:
        return {}
    planned = _find_places(
        context, asset, partitions, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    )
    return {
        partition: record
        for partition, record in find_records(context, asset, partitions).items()
        if planned.get(partition, 0) < record.storage_id
    }


def _find_places(
    context: Context, asset: dg.AssetKey, partitions: Collection[str], kind: dg.DagsterEventType
) -> Mapping[str, int]:
    """The places of the latest events of a kind in Dagster's history, by partition."""
    return context.instance.event_log_storage.get_latest_storage_id_by_partition(
        asset, kind, set(partitions)
    )


def pick_partitions(
    hashes: Mapping[str, str],
    recorded: Mapping[str, Record],
    inputs: Sequence[Mapping[str, Record]],
) -> list[str]:
    """The partitions of an asset that a run that defers events has to record.

    Those whose content changed, or that are made of what was recorded after them; and the few that
    were recorded longest ago, so that with an hourly refresh no record is older than a day, and
    that each refresh shows in the asset's freshness.

    Args:
        hashes: of the contents, by partition.
        recorded: the asset's latest records that still tell of the present.
        inputs: those of each asset that it is made of.
    """

    def is_known(partition: str) -> bool:
        record = recorded.get(partition)
        return (
            record is not None
            and record.version == hashes[partition]
            and all(
                record.storage_id > rows[partition].storage_id
                for rows in inputs
                if partition in rows
            )
        )

    by_age = sorted(recorded.keys() & hashes.keys(), key=lambda one: recorded[one].storage_id)
    oldest = set(by_age[: -(-len(hashes) // REFRESHES_A_DAY)])
    return [partition for partition in hashes if partition in oldest or not is_known(partition)]


@dataclass(frozen=True)
class Materialisations:
    """What the partitions of a run hold, as far as its step has to record it.

    Attributes:
        context: of the step that materialises the asset.
        asset: the asset.
        made_of: the assets of whose same partition each is made.
        metadata: what the UI shows, by partition; none where Dagster records them.
        hashes: of their contents; none of a partition that keeps what is stored of it.
    """

    context: dg.AssetExecutionContext
    asset: dg.AssetKey
    made_of: Sequence[dg.AssetKey]
    metadata: Mapping[str, Mapping[str, Any]]
    hashes: Mapping[str, str]

    def record(self) -> None:
        """Record those that are to be recorded, once they are stored.

        One that keeps what is stored of it is no materialisation: why, is an observation.
        """
        for repo in self.metadata.keys() - self.hashes.keys():
            self.context.log_event(
                dg.AssetObservation(self.asset, partition=repo, metadata=self.metadata[repo])
            )
        if not self.hashes:
            return
        recorded: Mapping[str, Record] = {}
        if len(self.hashes) > 1:  # a single one would always be among those recorded longest ago
            recorded = find_valid_records(self.context, self.asset, self.hashes)
        inputs = {key: find_records(self.context, key, self.hashes) for key in self.made_of}
        for repo in pick_partitions(self.hashes, recorded, list(inputs.values())):
            used = {key: records[repo] for key, records in inputs.items() if repo in records}
            tags = _tell_provenance(used)
            record_partition(self.context, self.asset, repo, self.metadata[repo], tags)


def _tell_provenance(inputs: Mapping[dg.AssetKey, Record]) -> dict[str, str]:
    """The tags by which Dagster tells whether a partition is up to date with its inputs.

    Args:
        inputs: what the partition is made of, by asset.
    """
    tags = {"dagster/data_version_is_user_provided": "true", "dagster/code_version": CODE_VERSION}
    for key, record in inputs.items():
        name = key.to_user_string()
        tags[f"dagster/input_data_version/{name}"] = record.version or ""
        tags[f"dagster/input_event_pointer/{name}"] = str(record.storage_id)
    return tags


def describe_partitions(
    context: dg.AssetExecutionContext,
    tables: Tables,
    schema: TableSchema,
    frame: pd.DataFrame,
    facts: Mapping[str, Mapping[str, Any]],
    written: Collection[str],
    *,
    of_run: Mapping[str, Any] | None = None,
    made_of: Sequence[TableSchema] = (),
) -> Materialisations:
    """Tell what each partition of a run holds, and version its content.

    Where Dagster records the partitions it gives all of a run one data version
    (dagster-io/dagster#34013), so that it is made of all their contents; each partition's own is in
    its metadata as `content_hash`.

    Args:
        context: of the step that materialises the asset.
        tables: the warehouse's tables.
        schema: the asset's table.
        frame: its rows, of all partitions of the run.
        facts: what else to show, by repository; numbers are plotted.
        written: the repositories whose rows these are; the others keep what is stored of them.
        of_run: what to show with all of them.
        made_of: the tables of whose rows of the same repository these are made.

    Returns:
        What the step has to record, once the frame is stored.
    """
    asset = dg.AssetKey(schema.name)
    metadata: dict[str, dict[str, Any]] = {}
    hashes: dict[str, str] = {}
    for repo, rows in split_by_repo(schema, frame, context.partition_keys).items():
        metadata[repo] = {"dagster/uri": tables.uri(schema, repo), **facts.get(repo, {})}
        if repo in written:
            hashes[repo] = hash_content(schema, rows)
            metadata[repo]["dagster/partition_row_count"] = len(rows)
            metadata[repo]["content_hash"] = hashes[repo]
    if context.run.tags.get(DEFERS_EVENTS) == "true":
        shown = {
            r: {**metadata[r], **(of_run or {})} for r in metadata if r in hashes or r in facts
        }
        parents = [dg.AssetKey(table.name) for table in made_of]
        return Materialisations(context, asset, parents, shown, hashes)
    for repo, of_partition in metadata.items():
        context.add_asset_metadata(of_partition, asset_key=asset, partition_key=repo)
    context.add_asset_metadata(of_run or {}, asset_key=asset)
    context.set_data_version(asset, dg.DataVersion(combine_hashes(hashes)))
    return Materialisations(context, asset, (), {}, {})


def combine_hashes(hashes: Mapping[str, str]) -> str:
    """One version of several contents; of a single one, its own hash."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    text = "\n".join(f"{repo} {hashes[repo]}" for repo in sorted(hashes))
    return hashlib.sha256(text.encode()).hexdigest()
