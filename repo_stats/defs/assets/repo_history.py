"""The asset `repo_history`: the statistics of a repository over time."""

import dagster as dg

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.failures import fail_on, plain_failures
from repo_stats.defs.steps.history_rows import append_to_histories, describe_history
from repo_stats.defs.steps.materializations import DeferredMaterialisations, record_later
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables


def build_repo_history(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(REPO_HISTORY, partitions, "statistics", {"pandas", "parquet"}),
        deps=[REPO_STATISTICS.name],
    )
    def repo_history(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> None:
        """How the statistics of a repository changed over time.

        One row per refresh in which a number changed, and at least one a day. Each refresh adds
        its own row. If you materialise this asset by hand, it adds the stored statistics if they
        are missing. GitHub does not provide past numbers, so a file that cannot be read is never
        replaced.
        """
        tables = warehouse.tables
        repos = find_repos(context)
        with plain_failures(context):
            stored = tables.list_stored(REPO_STATISTICS, repos)
            statistics = tables.read(REPO_STATISTICS, stored or repos)
        longer, errors = append_to_histories(context, tables, statistics)
        context.log.info(f"Histories: {len(longer)} of {len(stored)} got a row")
        fail_on(errors)
        with plain_failures(context):
            _describe(context, tables, stored).record()

    return repo_history


def _describe(
    context: dg.AssetExecutionContext, tables: Tables, repos: list[str]
) -> DeferredMaterialisations:
    histories = {repo: tables.find_kept(REPO_HISTORY, repo) for repo in repos}
    metadata = {
        repo: describe_history(tables, repo, history)
        for repo, history in histories.items()
        if history is not None
    }
    hashes = {repo: of_repo["content_hash"] for repo, of_repo in metadata.items()}
    return record_later(context, REPO_HISTORY, metadata, hashes, made_of=[REPO_STATISTICS])
