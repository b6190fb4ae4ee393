"""The asset `issue_trends`: how many items are opened, closed and merged, and how fast."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import check_repositories, refreshed_check
from repo_stats.defs.steps.item_tables import make_from_items
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.metrics.trends import compute_trends, find_uncounted
from repo_stats.warehouse.frames import to_pandas
from repo_stats.warehouse.schemas import ISSUE_TRENDS, ISSUES
from repo_stats.warehouse.table_files import StoredTable

_OUTCOMES = "outcomes"

_OUTCOMES_CHECK = dg.AssetCheckSpec(
    _OUTCOMES,
    asset=ISSUE_TRENDS.name,
    description=(
        "Pull requests merged, closed without a merge, and still open are together all pull "
        "requests that are stored."
    ),
)


def build_issue_trends(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by the repositories of which all items are kept."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(ISSUE_TRENDS, partitions, "statistics", {"pandas", "parquet"}),
        deps=[ISSUES.name],
        check_specs=[refreshed_check(ISSUE_TRENDS.name), _OUTCOMES_CHECK],
        io_manager_key="tables",
    )
    def issue_trends(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.Output[pd.DataFrame] | dg.AssetCheckResult]:
        """How many items are opened, closed and merged, how fast, and by how many new authors.

        One row per week or month and kind of item, starting with the first item. Of the pull
        requests that are closed, it says how many were merged. The share of bots counts the items
        that bots opened, because GitHub's list does not say who closed an item. A repository whose
        items cannot be read keeps its rows, and the check `refreshed` says why.
        """
        uncounted: dict[str, str] = {}

        def compute(repo: str, stored: StoredTable) -> pd.DataFrame:
            items = to_pandas(stored.rows)
            trends = compute_trends(items)
            if finding := find_uncounted(items, trends):
                uncounted[repo] = finding
            return trends

        yield from make_from_items(context, warehouse, ISSUE_TRENDS, compute)
        yield check_repositories(ISSUE_TRENDS.name, _OUTCOMES, uncounted)

    return issue_trends
