"""What the partitions of a run hold, and who records that: Dagster, or the step itself.

By default Dagster plans and records every partition of every asset of a run, whether it changed or
not. That is eight events per repository, which took three quarters of the time of a quiet refresh,
and would add millions of events to the history in a year. In a run with the tag `DEFERS_EVENTS`
Dagster does not record partitions, and the step records those that changed.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.defs.partitions import DEFERS_EVENTS
from repo_stats.defs.steps.github_requests import started_at
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.recorded_partitions import (
    RecordedPartition,
    find_recorded,
    find_still_valid,
    record_partition,
)
from repo_stats.warehouse.frames import hash_content, split_by_repo
from repo_stats.warehouse.schemas import TableSchema
from repo_stats.warehouse.tables import Tables

REFRESHES_A_DAY = 24
"""The number of runs of the hourly schedule."""

MOST_RECORDED = 10
"""How many unchanged repositories a run records at most."""


def defers_events(context: dg.AssetExecutionContext) -> bool:
    """Whether the steps of the run record partitions, instead of Dagster."""
    return context.run.tags.get(DEFERS_EVENTS) == "true"


@dataclass(frozen=True)
class DeferredMaterialisations:
    """What a step has to record itself after its output is stored, because Dagster does not.

    Attributes:
        context: of the step that materialises the asset.
        asset: the asset.
        made_of: the assets that each partition is made from; of each, the same partition.
        metadata: what the UI shows, by partition; empty if Dagster records the partitions.
        hashes: the hash of each partition's content. A partition without one was not refreshed:
            it keeps what is stored.
    """

    context: dg.AssetExecutionContext
    asset: dg.AssetKey
    made_of: Sequence[dg.AssetKey]
    metadata: Mapping[str, Mapping[str, Any]]
    hashes: Mapping[str, str]

    def record(self) -> None:
        """Record the partitions that need it, once they are stored.

        A partition that was not refreshed is not materialised. An observation says why.
        """
        for repo in self.metadata.keys() - self.hashes.keys():
            self.context.log_event(
                dg.AssetObservation(self.asset, partition=repo, metadata=self.metadata[repo])
            )
        if not self.hashes:
            return
        recorded: Mapping[str, RecordedPartition] = {}
        if len(self.hashes) > 1:  # a single one is always recorded, as the one recorded longest ago
            recorded = find_still_valid(self.context, self.asset, self.hashes)
        inputs = {key: find_recorded(self.context, key, self.hashes) for key in self.made_of}
        in_turn = choose_in_turn(find_repos(self.context), started_at(self.context))
        for repo in choose_partitions(self.hashes, recorded, list(inputs.values()), in_turn):
            used = {key: latest[repo] for key, latest in inputs.items() if repo in latest}
            record_partition(self.context, self.asset, repo, self.metadata[repo], used)


def choose_in_turn(repos: Sequence[str], moment: datetime) -> set[str]:
    """A few repositories to record although they did not change, others in each hour.

    So each run updates the freshness of its assets in Dagster.
    """
    if not repos:
        return set()
    count = min(MOST_RECORDED, -(-len(repos) // REFRESHES_A_DAY))
    first = int(moment.timestamp() // 3600) * count
    return {repos[(first + place) % len(repos)] for place in range(count)}


def choose_partitions(
    hashes: Mapping[str, str],
    recorded: Mapping[str, RecordedPartition],
    inputs: Sequence[Mapping[str, RecordedPartition]],
    in_turn: Collection[str],
) -> list[str]:
    """The partitions of an asset that a step has to record, if Dagster does not.

    These are the partitions whose content changed, those with an input that was recorded after
    them, and those whose turn it is.

    Args:
        hashes: the hash of each partition's content.
        recorded: the asset's latest materialisations that are still valid.
        inputs: the latest materialisations of each asset that it is made from.
        in_turn: those that are recorded in any case.
    """
    return [
        partition
        for partition, content_hash in hashes.items()
        if partition in in_turn
        or not _is_recorded(content_hash, recorded.get(partition), _inputs_of(partition, inputs))
    ]


def _inputs_of(
    partition: str, inputs: Sequence[Mapping[str, RecordedPartition]]
) -> list[RecordedPartition]:
    return [latest[partition] for latest in inputs if partition in latest]


def _is_recorded(
    content_hash: str, recorded: RecordedPartition | None, inputs: Sequence[RecordedPartition]
) -> bool:
    """Whether the latest materialisation has this content, and is newer than its inputs."""
    if recorded is None or recorded.version != content_hash:
        return False
    return all(recorded.storage_id > used.storage_id for used in inputs)


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
) -> DeferredMaterialisations:
    """Describe what each partition of a run holds, and give its content a version.

    Args:
        context: of the step that materialises the asset.
        tables: the warehouse's tables.
        schema: the asset's table.
        frame: its rows, of all partitions of the run.
        facts: what else to show, by repository; numbers are plotted.
        written: the repositories whose rows these are; the others keep their stored rows.
        of_run: what to show with every partition.
        made_of: the tables that these rows are made from; of each, the same repository's rows.

    Returns:
        What the step has to record after the frame is stored; nothing if Dagster records it.
    """
    metadata: dict[str, dict[str, Any]] = {}
    hashes: dict[str, str] = {}
    repos, wanted = find_repos(context), {*written, *facts}
    if defers_events(context):
        repos = [repo for repo in repos if repo in wanted]
    for repo, rows in split_by_repo(schema, frame, repos).items():
        metadata[repo] = {"dagster/uri": tables.uri(schema, repo), **facts.get(repo, {})}
        if repo in written:
            hashes[repo] = hash_content(schema, rows)
            metadata[repo]["dagster/partition_row_count"] = len(rows)
            metadata[repo]["content_hash"] = hashes[repo]
    return record_later(context, schema, metadata, hashes, of_run=of_run, made_of=made_of)


def record_later(
    context: dg.AssetExecutionContext,
    schema: TableSchema,
    metadata: Mapping[str, Mapping[str, Any]],
    hashes: Mapping[str, str],
    *,
    of_run: Mapping[str, Any] | None = None,
    made_of: Sequence[TableSchema] = (),
) -> DeferredMaterialisations:
    """Tell Dagster what to record of each partition, or what the step has to record itself.

    Args:
        context: of the step that materialises the asset.
        schema: the asset's table.
        metadata: what to show, by repository.
        hashes: the hash of what is stored now, of each repository that was refreshed.
        of_run: what to show with every partition.
        made_of: the tables that the rows are made from; of each, the same repository's rows.

    Returns:
        What the step has to record after it has stored the rows; nothing if Dagster records it.
    """
    asset = dg.AssetKey(schema.name)
    if not defers_events(context):
        _pass_to_dagster(context, asset, metadata, hashes, of_run or {})
        return DeferredMaterialisations(context, asset, (), {}, {})
    shown = {repo: {**of_repo, **(of_run or {})} for repo, of_repo in metadata.items()}
    inputs = [dg.AssetKey(table.name) for table in made_of]
    return DeferredMaterialisations(context, asset, inputs, shown, hashes)


def _pass_to_dagster(
    context: dg.AssetExecutionContext,
    asset: dg.AssetKey,
    metadata: Mapping[str, Mapping[str, Any]],
    hashes: Mapping[str, str],
    of_run: Mapping[str, Any],
) -> None:
    """Give Dagster what it should record of each partition.

    Dagster gives all partitions of a run one data version (dagster-io/dagster#34013). That version
    is made from all their contents. The version of each partition is in its metadata, as
    `content_hash`.
    """
    for repo, of_partition in metadata.items():
        context.add_asset_metadata(of_partition, asset_key=asset, partition_key=repo)
    context.add_asset_metadata(of_run, asset_key=asset)
    context.set_data_version(asset, dg.DataVersion(combine_hashes(hashes)))


def describe_whole(context: dg.AssetExecutionContext, metadata: Mapping[str, Any]) -> None:
    """Record what an asset without partitions holds, or give it to Dagster to record.

    Args:
        context: of the step that has materialised the asset.
        metadata: what to show; its `content_hash` is the data version, if it has one.
    """
    if defers_events(context):
        record_partition(context, context.asset_key, None, metadata)
    else:
        context.add_asset_metadata(metadata)
        if version := metadata.get("content_hash"):
            context.set_data_version(context.asset_key, dg.DataVersion(version))


def combine_hashes(hashes: Mapping[str, str]) -> str:
    """One version for several contents. For a single content it is the content's hash."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    text = "\n".join(f"{repo} {hashes[repo]}" for repo in sorted(hashes))
    return hashlib.sha256(text.encode()).hexdigest()
