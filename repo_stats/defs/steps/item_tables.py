"""Making the tables that are computed from all items of a repository, for each of a run."""

from collections.abc import Callable, Iterator

import dagster as dg
import pandas as pd

from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.checks import REFRESHED, check_repositories
from repo_stats.defs.steps.failures import fail_on, plain_failures
from repo_stats.defs.steps.materializations import describe_partitions
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.stale_repositories import healthy_repos
from repo_stats.defs.steps.sync_tables import load_items
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import ISSUES, TableSchema
from repo_stats.warehouse.table_files import StoredTable


def make_from_items(
    context: dg.AssetExecutionContext,
    warehouse: WarehouseResource,
    schema: TableSchema,
    compute: Callable[[str, StoredTable], pd.DataFrame],
) -> Iterator[dg.Output[pd.DataFrame] | dg.AssetCheckResult]:
    """Yield the rows of a table, and its check `refreshed`.

    A repository whose items cannot be read keeps its rows, and the check says why.

    Args:
        context: of the step.
        warehouse: where the items are.
        schema: the table.
        compute: the rows of a repository, from its owner/name and its `issues`.
    """
    tables, repos = warehouse.tables, find_repos(context)
    with plain_failures(context):
        stored = tables.list_stored(ISSUES, repos)
        wanted = stored or healthy_repos(context, warehouse.sync_failures, repos)
    made, errors = try_each(
        wanted, lambda repo: compute(repo, load_items(tables, repo)), context.log
    )
    if not made:
        fail_on(errors)
    for repo, reason in errors.items():
        context.log.warning(f"The rows of {schema.name} of {repo} are left as they were: {reason}")
    frame = join_frames(schema, list(made.values()))
    deferred = describe_partitions(context, tables, schema, frame, {}, list(made))
    yield dg.Output(frame)
    deferred.record()
    yield check_repositories(schema.name, REFRESHED, errors)
