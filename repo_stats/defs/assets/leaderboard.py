"""The asset `leaderboard`: the repositories of the watchlist compared with each other."""

import dagster as dg
import pandas as pd

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.failures import plain_failures
from repo_stats.defs.steps.materializations import describe_whole
from repo_stats.defs.steps.standings import find_standings
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.metrics.leaderboard import format_leaderboard, rank_repositories
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.schemas import LEADERBOARD, REPO_HISTORY, REPO_STATISTICS, STAR_DAYS
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
            for schema in (REPO_STATISTICS, REPO_HISTORY, STAR_DAYS)
        ],
    )
    def leaderboard(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> None:
        """The repositories of the watchlist ranked by stars, with their growth and waiting issues.

        One row per repository that was refreshed at least once. Growth is counted up to its last
        refresh: by its history, or where that does not go back far enough, by the days on which the
        stars were given that are still held. A file that cannot be read is named in the log:
        without its statistics a repository has no place, without its other tables some of its
        columns may be null. Only the tables that changed since are read.
        """
        tables = warehouse.tables
        with plain_failures(context):
            ranked = rank_repositories(find_standings(tables, repos, context.log))
            tables.write(LEADERBOARD, None, ranked)
        context.log.info(f"Leaderboard: {len(ranked)} of {len(repos)} repositories have statistics")
        _describe(context, tables, ranked)

    return leaderboard


def _describe(context: dg.AssetExecutionContext, tables: Tables, ranked: pd.DataFrame) -> None:
    metadata = {
        "dagster/uri": tables.uri(LEADERBOARD, None),
        "dagster/row_count": len(ranked),
        "content_hash": hash_content(LEADERBOARD, ranked),
        "leaderboard": dg.MetadataValue.md(format_leaderboard(ranked)),
    }
    describe_whole(context, metadata)
