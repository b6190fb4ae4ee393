"""The asset `issue_trends`: how many items are opened and closed, and how fast."""

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import REFRESHED, check_repositories, refreshed_check
from repo_stats.defs.steps.failures import fail_on, plain_failures
from repo_stats.defs.steps.materializations import describe_partitions
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.stale_repositories import healthy_repos
from repo_stats.defs.steps.sync_tables import read_items
from repo_stats.metrics.trends import compute_trends
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import ISSUE_TRENDS, ISSUES


def build_issue_trends(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by the repositories of which all items are kept."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(ISSUE_TRENDS, partitions, "statistics", {"pandas", "parquet"}),
        deps=[ISSUES.name],
        check_specs=[refreshed_check(ISSUE_TRENDS.name)],
        io_manager_key="tables",
    )
    def issue_trends(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.Output[pd.DataFrame] | dg.AssetCheckResult]:
        """How many items are opened and closed, how fast, and by how many new authors.

        One row per week or month and kind of item, starting with the first item. The share of bots
        counts the items that bots opened, because GitHub's list does not say who closed an item. A
        repository whose items cannot be read keeps its rows, and the check `refreshed` says why.
        """
        tables = warehouse.tables
        repos = find_repos(context)
        with plain_failures(context):
            stored = [r for r in repos if tables.has(ISSUES, r)]
            wanted = stored or healthy_repos(context, warehouse.sync_failures, repos)
        trends, errors = try_each(
            wanted, lambda repo: compute_trends(read_items(tables, repo)), context.log
        )
        if not trends:
            fail_on(errors)
        for repo, reason in errors.items():
            context.log.warning(f"The trends of {repo} are left as they were: {reason}")
        frame = join_frames(ISSUE_TRENDS, list(trends.values()))
        facts = {repo: {"periods": len(rows)} for repo, rows in trends.items()}
        deferred = describe_partitions(context, tables, ISSUE_TRENDS, frame, facts, list(trends))
        yield dg.Output(frame)
        deferred.record()
        yield check_repositories(ISSUE_TRENDS.name, REFRESHED, errors)

    return issue_trends
