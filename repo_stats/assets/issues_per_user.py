"""The asset `issues_per_user`: who opened the open items."""

from collections.abc import Iterator

import dagster as dg

from repo_stats.assets.asking import RETRY_POLICY
from repo_stats.assets.presentation import CODE_VERSION, asset_arguments
from repo_stats.assets.recording import describe_partitions
from repo_stats.assets.troubles import sound_repos
from repo_stats.resources import WarehouseResource
from repo_stats.statistics import count_per_user
from repo_stats.warehouse.schemas import ISSUES_PER_USER, OPEN_ISSUES
from repo_stats.warehouse.tables import ScannedRows


def build_issues_per_user(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(ISSUES_PER_USER, partitions, "statistics", {"pandas", "parquet"}),
        io_manager_key="tables",
    )
    def issues_per_user(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource, open_issues: ScannedRows
    ) -> Iterator[dg.Output[ScannedRows]]:
        """Who opened the open issues and pull requests of a repository, and how many.

        One row per author, the busiest first. Items of deleted accounts count as GitHub's user
        `ghost`.
        """
        repos = sound_repos(context, warehouse.problems, list(open_issues.scans))
        items = open_issues.of(repos)
        counts = count_per_user(items.frame)
        users = counts.groupby("repo").size()
        facts = {repo: {"users": int(users.get(repo, 0))} for repo in repos}
        materialisations = describe_partitions(
            context,
            warehouse.tables,
            ISSUES_PER_USER,
            counts,
            facts,
            repos,
            made_of=[OPEN_ISSUES],
        )
        yield dg.Output(ScannedRows(counts, items.scans))
        materialisations.record()

    return issues_per_user
