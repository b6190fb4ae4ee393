"""What the UI shows of the assets: owners, groups, columns, and facts about each partition."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any, TypedDict

import dagster as dg
import pandas as pd

from repo_stats.warehouse.schemas import TableSchema
from repo_stats.warehouse.tables import Tables, hash_content, split_by_repo

OWNERS = ["team:repo-stats"]
CODE_VERSION = "1"
"""Raised when the same answers of GitHub would give other rows: the UI then shows what is stale."""


BACKFILL_POLICY = dg.BackfillPolicy.single_run()
"""A run takes any number of repositories: one and a thousand are the same code."""


class AssetArguments(TypedDict):
    """What all assets are declared with, by the names that Dagster's decorators give it."""

    partitions_def: dg.PartitionsDefinition | None
    backfill_policy: dg.BackfillPolicy | None
    group_name: str
    owners: list[str]
    kinds: set[str]
    metadata: dict[str, Any]


def asset_arguments(
    schema: TableSchema, partitions: dg.PartitionsDefinition | None, group: str, kinds: set[str]
) -> AssetArguments:
    """What all assets are declared with, graph-backed or not.

    Args:
        schema: the asset's table.
        partitions: of the asset; None if it has none.
        group: the asset's domain.
        kinds: what it is made with, for the icons.
    """
    return {
        "partitions_def": partitions,
        "backfill_policy": BACKFILL_POLICY if partitions else None,
        "group_name": group,
        "owners": OWNERS,
        "kinds": kinds,
        "metadata": _describe_columns(schema),
    }


def _describe_columns(schema: TableSchema) -> dict[str, Any]:
    columns = [
        dg.TableColumn(
            column.name,
            str(column.type),
            column.description,
            dg.TableColumnConstraints(nullable=column.nullable),
        )
        for column in schema.columns
    ]
    return {
        "dagster/column_schema": dg.TableSchema(columns),
        "dagster/table_name": schema.name,
    }


def describe_partitions(
    context: dg.AssetExecutionContext,
    tables: Tables,
    schema: TableSchema,
    frame: pd.DataFrame,
    facts: Mapping[str, Mapping[str, Any]],
    written: Collection[str],
) -> None:
    """Attach to each partition of a run what it holds, and version the content of them all.

    Dagster gives all partitions of a run one data version (dagster-io/dagster#34013), so it is
    made of all their contents; each partition's own is in its metadata as `content_hash`.

    Args:
        context: of the step that materialises the asset.
        tables: the warehouse's tables.
        schema: the asset's table.
        frame: its rows, of all partitions of the run.
        facts: what else to show, by repository; numbers are plotted.
        written: the repositories whose rows these are; the others keep what is stored of them.
    """
    asset_key = dg.AssetKey(schema.name)
    hashes: dict[str, str] = {}
    for repo, rows in split_by_repo(schema, frame, context.partition_keys).items():
        metadata: dict[str, Any] = {"dagster/uri": tables.uri(schema, repo), **facts.get(repo, {})}
        if repo in written:
            hashes[repo] = hash_content(schema, rows)
            metadata["dagster/partition_row_count"] = len(rows)
            metadata["content_hash"] = hashes[repo]
        context.add_asset_metadata(metadata, asset_key=asset_key, partition_key=repo)
    context.set_data_version(asset_key, dg.DataVersion(combine_hashes(hashes)))


def combine_hashes(hashes: Mapping[str, str]) -> str:
    """One version of several contents; of a single one, its own hash."""
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    text = "\n".join(f"{repo} {hashes[repo]}" for repo in sorted(hashes))
    return hashlib.sha256(text.encode()).hexdigest()
