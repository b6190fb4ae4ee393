"""The asset `contributor_concentration`: on how few people a repository depends."""

from collections.abc import Iterator
from datetime import datetime, timezone

import dagster as dg
import pandas as pd

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import refreshed_check
from repo_stats.defs.steps.item_tables import make_from_items
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.metrics.concentration import compute_concentration
from repo_stats.warehouse.frames import to_pandas
from repo_stats.warehouse.schemas import CONTRIBUTOR_CONCENTRATION, ISSUES
from repo_stats.warehouse.table_files import StoredTable, find_scan


def build_contributor_concentration(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by the repositories of which all items are kept."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(
            CONTRIBUTOR_CONCENTRATION, partitions, "statistics", {"pandas", "parquet"}
        ),
        deps=[ISSUES.name],
        check_specs=[refreshed_check(CONTRIBUTOR_CONCENTRATION.name)],
        io_manager_key="tables",
    )
    def contributor_concentration(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.Output[pd.DataFrame] | dg.AssetCheckResult]:
        """On how few people a repository depends.

        One row per kind of contribution, with and without bots: the fewest authors who opened half
        of the issues of the last 12 months, half of the pull requests, and half of those that were
        merged. A repository whose items cannot be read keeps its rows, and the check `refreshed`
        says why.
        """
        yield from make_from_items(context, warehouse, CONTRIBUTOR_CONCENTRATION, _compute)

    return contributor_concentration


def _compute(repo: str, stored: StoredTable) -> pd.DataFrame:
    read_at = min(find_scan(ISSUES, repo, stored).validated_at, datetime.now(timezone.utc))
    return compute_concentration(to_pandas(stored.rows), read_at)
