"""The asset `leaderboard`: the repositories of the watchlist compared with each other."""

import dagster as dg
import pandas as pd
import pyarrow as pa

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.failures import fail_on, plain_failures
from repo_stats.defs.steps.materializations import describe_whole
from repo_stats.metrics.history import GROWTH_COLUMNS
from repo_stats.metrics.leaderboard import ITEM_COLUMNS, format_leaderboard, rank_repositories
from repo_stats.warehouse.frames import hash_content, join_frames, to_pandas
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.schemas import LEADERBOARD, OPEN_ISSUES, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables


def build_leaderboard(partitions: dg.StaticPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, one table for all repositories.

    It reads its inputs from the warehouse instead of loading them as inputs. A repository that was
    never refreshed has no place yet, and must not make the asset fail.

    Args:
        partitions: the watchlist.
    """
    repos = list(partitions.get_partition_keys())
    every = dg.AllPartitionMapping()

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(LEADERBOARD, None, "statistics", {"pandas", "parquet"}),
        deps=[
            dg.AssetDep(schema.name, partition_mapping=every)
            for schema in (REPO_STATISTICS, REPO_HISTORY)
        ],
    )
    def leaderboard(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> None:
        """The repositories of the watchlist ranked by stars, with their growth and waiting issues.

        One row per repository that was refreshed at least once. Growth is counted up to its last
        refresh, and is null if its history does not go back far enough. A file that cannot be read
        is named in the log: without its statistics a repository has no place, without its other
        tables some of its columns are null.
        """
        tables = warehouse.tables
        with plain_failures(context):
            statistics = _read_statistics(context, tables, repos)
            ranked = rank_repositories(
                statistics,
                _read_histories(context, tables, statistics["repo"]),
                _read_items(context, tables, statistics["repo"]),
            )
            tables.write(LEADERBOARD, None, ranked)
        context.log.info(f"Leaderboard: {len(ranked)} of {len(repos)} repositories have statistics")
        _describe(context, tables, ranked)

    return leaderboard


def _read_statistics(
    context: dg.AssetExecutionContext, tables: Tables, repos: list[str]
) -> pd.DataFrame:
    stored, errors = read_each(
        tables, repos, lambda repo: tables.find_stored_rows(REPO_STATISTICS, repo), context.log
    )
    for repo, error in errors.items():
        context.log.warning(f"{repo} has no place: {error}")
    found = [row for row in stored.values() if row is not None]
    if not found:
        fail_on(errors)
    return join_frames(REPO_STATISTICS, found)


def _read_histories(
    context: dg.AssetExecutionContext, tables: Tables, repos: pd.Series
) -> dict[str, pa.Table]:
    """The histories that can be read. A repository without one has a place, but no growth."""
    histories, errors = read_each(
        tables,
        repos,
        lambda repo: tables.find_kept_rows(REPO_HISTORY, repo, GROWTH_COLUMNS),
        context.log,
    )
    for error in errors.values():
        context.log.warning(f"Growth is left out: {error}")
    return {repo: history for repo, history in histories.items() if history is not None}


def _read_items(
    context: dg.AssetExecutionContext, tables: Tables, repos: pd.Series
) -> pd.DataFrame:
    empty = OPEN_ISSUES.arrow.empty_table().select(list(ITEM_COLUMNS))
    stored, errors = read_each(
        tables,
        repos,
        lambda repo: tables.find_stored_rows(OPEN_ISSUES, repo, ITEM_COLUMNS),
        context.log,
    )
    for error in errors.values():
        context.log.warning(f"The age of issues is left out: {error}")
    found = [items for items in stored.values() if items is not None]
    return to_pandas(pa.concat_tables([empty, *found]))


def _describe(context: dg.AssetExecutionContext, tables: Tables, ranked: pd.DataFrame) -> None:
    metadata = {
        "dagster/uri": tables.uri(LEADERBOARD, None),
        "dagster/row_count": len(ranked),
        "content_hash": hash_content(LEADERBOARD, ranked),
        "leaderboard": dg.MetadataValue.md(format_leaderboard(ranked)),
    }
    describe_whole(context, metadata)
