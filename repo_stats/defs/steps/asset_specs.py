"""What the UI shows of the assets: owners, groups, kinds and columns."""

from collections.abc import Sequence
from typing import Any, TypedDict

import dagster as dg

from repo_stats.json_codec import hash_json
from repo_stats.warehouse.schemas import OPEN_ISSUES, TableSchema
from repo_stats.warehouse.states.repo_state import INPUTS

OWNERS = ["team:repo-stats"]

CODE_VERSION = "3"
"""Change it if the same responses would give other rows: the UI then shows what is out of date."""

BACKFILL_POLICY = dg.BackfillPolicy.single_run()
"""One run refreshes any number of repositories: the code is the same for one and a thousand."""


def version_rows(bots: Sequence[str]) -> dict[str, str]:
    """Of each table of a refresh: a version of what its rows depend on beside its inputs.

    Args:
        bots: logins and patterns of the bots whose accounts are those of plain users.
    """
    versions = dict.fromkeys(INPUTS, CODE_VERSION)
    return {**versions, OPEN_ISSUES.name: f"{CODE_VERSION} {hash_json(list(bots))}"}


class AssetArguments(TypedDict):
    """The arguments that every asset is declared with, as Dagster's decorators name them."""

    partitions_def: dg.PartitionsDefinition | None
    backfill_policy: dg.BackfillPolicy | None
    group_name: str
    owners: list[str]
    kinds: set[str]
    metadata: dict[str, Any]


def asset_arguments(
    schema: TableSchema, partitions: dg.PartitionsDefinition | None, group: str, kinds: set[str]
) -> AssetArguments:
    """The arguments that every asset is declared with, graph-backed or not.

    Args:
        schema: the asset's table.
        partitions: of the asset; None if it has none.
        group: the group that the UI shows the asset in.
        kinds: what the asset is made with; the UI shows an icon for each.
    """
    return {
        "partitions_def": partitions,
        "backfill_policy": BACKFILL_POLICY if partitions else None,
        "group_name": group,
        "owners": OWNERS,
        "kinds": kinds,
        "metadata": describe_columns(schema),
    }


def asset_spec(
    schema: TableSchema,
    partitions: dg.PartitionsDefinition,
    group: str,
    kinds: set[str],
    description: str,
    deps: Sequence[dg.AssetDep],
) -> dg.AssetSpec:
    """What one of several assets of a step is declared with; see `asset_arguments`.

    Args:
        schema: the asset's table.
        partitions: of the asset.
        group: the group that the UI shows the asset in.
        kinds: what the asset is made with.
        description: what the UI says of it.
        deps: the assets that it is made from.
    """
    return dg.AssetSpec(
        schema.name,
        deps=deps,
        description=description,
        partitions_def=partitions,
        group_name=group,
        owners=OWNERS,
        kinds=kinds,
        metadata=describe_columns(schema),
        code_version=CODE_VERSION,
    )


def describe_columns(schema: TableSchema) -> dict[str, Any]:
    """The metadata with a table's name and columns."""
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
