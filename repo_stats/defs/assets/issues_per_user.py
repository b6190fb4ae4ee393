"""The asset `issues_per_user`: who opened the open items."""

from collections.abc import Iterator

import dagster as dg

from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.failures import RETRY_POLICY
from repo_stats.defs.steps.materializations import describe_partitions
from repo_stats.defs.steps.stale_repositories import healthy_repos
from repo_stats.metrics.summary import count_per_user
from repo_stats.warehouse.scans import ScannedFrame
from repo_stats.warehouse.schemas import ISSUES_PER_USER, OPEN_ISSUES


def build_issues_per_user(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(ISSUES_PER_USER, partitions, "statistics", {"pandas", "parquet"}),
        io_manager_key="tables",
    )
    def issues_per_user(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource, open_issues: ScannedFrame
    ) -> Iterator[dg.Output[ScannedFrame]]:
        """Who opened the open issues and pull requests of a repository, and how many each.

        One row per author, the busiest first. Items of deleted accounts count for GitHub's user
        `ghost`.
        """
        repos = healthy_repos(context, warehouse.refresh_failures, list(open_issues.scans))
        items = open_issues.of(repos)
        counts = count_per_user(items.frame)
        users = counts.groupby("repo").size()
        facts = {repo: {"users": int(users.get(repo, 0))} for repo in repos}
        deferred = describe_partitions(
            context,
            warehouse.tables,
            ISSUES_PER_USER,
            counts,
            facts,
            repos,
            made_of=[OPEN_ISSUES],
        )
        yield dg.Output(ScannedFrame(counts, items.scans))
        deferred.record()

    return issues_per_user
