"""The asset `issues_per_user`: who opened the open items."""

from collections.abc import Iterator

import dagster as dg

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.materializations import describe_partitions
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.steps.stale_repositories import healthy_repos
from repo_stats.defs.stored_rows import Refreshed, StoredRows
from repo_stats.defs.warehouse_resource import WarehouseResource
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
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
        open_issues: StoredRows,
    ) -> Iterator[dg.Output[Refreshed]]:
        """Who opened the open issues and pull requests of a repository, and how many each.

        One row per author, the busiest first. Items of deleted accounts count for GitHub's user
        `ghost`.
        """
        healthy = healthy_repos(context, warehouse.refresh_failures, find_repos(context))
        scope = RefreshScope(context, github, refresh, warehouse)
        items = open_issues.load_scanned(scope.choose(ISSUES_PER_USER, healthy))
        repos = list(items.scans)
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
        unchanged = {repo for repo in repos if scope.is_current(ISSUES_PER_USER, repo)}
        states = {repo: scope.states[repo] for repo in repos if repo in scope.states}
        yield dg.Output(Refreshed(ScannedFrame(counts, items.scans), states, unchanged))
        deferred.record()

    return issues_per_user
