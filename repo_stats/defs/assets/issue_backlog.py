"""The asset `issue_backlog`: how many items were open at the end of each day."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

import dagster as dg
import pandas as pd
import pyarrow as pa

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import REFRESHED, check_repositories, refreshed_check
from repo_stats.defs.steps.failures import fail_on, plain_failures
from repo_stats.defs.steps.github_requests import started_at
from repo_stats.defs.steps.materializations import (
    DeferredMaterialisations,
    choose_in_turn,
    defers_events,
    describe_partitions,
)
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.metrics.backlog import ITEM_COLUMNS, build_backlog
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.made_of import MadeOf
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import ISSUE_BACKLOG, ISSUES, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables


def build_issue_backlog(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(ISSUE_BACKLOG, partitions, "issues", {"pandas", "parquet"}),
        deps=[REPO_HISTORY.name, REPO_STATISTICS.name],
        check_specs=[refreshed_check(ISSUE_BACKLOG.name)],
        io_manager_key="tables",
    )
    def issue_backlog(
        context: dg.AssetExecutionContext, warehouse: WarehouseResource
    ) -> Iterator[dg.Output[pd.DataFrame] | dg.AssetCheckResult]:
        """How many issues and pull requests of a repository were open at the end of each day.

        One row per day (UTC). If all items of the repository are stored, open or not, the days are
        rebuilt from when each item was opened and closed, starting with the first item. Otherwise
        there is a row for each day with a refresh. A repository whose history cannot be read keeps
        its rows, and the check `refreshed` says why. The job `publish_report` leaves out what it
        has made before of the same tables on the same day.
        """
        tables, repos = warehouse.tables, find_repos(context)
        with plain_failures(context):
            made_of = _made_of(tables)
            described = made_of.describe_inputs(repos)
            kept = made_of.find_unchanged(described) if defers_events(context) else set()
            stored = tables.list_stored(REPO_HISTORY, repos)
        wanted = [repo for repo in stored or repos if repo not in kept]
        backlogs, errors = try_each(wanted, lambda repo: _build(tables, repo), context.log)
        if not stored:
            fail_on(errors)
        for repo, reason in errors.items():
            context.log.warning(f"The backlog of {repo} is left as it was: {reason}")
        in_turn = _read_in_turn(context, tables, kept)
        deferred = _describe(context, tables, {**backlogs, **in_turn})
        yield dg.Output(join_frames(ISSUE_BACKLOG, list(backlogs.values())))
        deferred.record()
        with plain_failures(context):
            made_of.keep({repo: described[repo] for repo in backlogs})
        # A failed step would keep `report` from making the pages of the others.
        yield check_repositories(ISSUE_BACKLOG.name, REFRESHED, errors)

    return issue_backlog


def _made_of(tables: Tables) -> MadeOf:
    """What the stored backlogs were made of; rows from the future count when their day has come."""
    today = datetime.now(timezone.utc).date()
    return MadeOf(tables.files, ISSUE_BACKLOG, (REPO_HISTORY, ISSUES), f"{CODE_VERSION} {today}")


def _read_in_turn(
    context: dg.AssetExecutionContext, tables: Tables, kept: Collection[str]
) -> dict[str, pa.Table]:
    """The stored backlogs of a few repositories that did not change, to record them in Dagster."""
    chosen = choose_in_turn(find_repos(context), started_at(context)) & set(kept)
    found, _ = try_each(chosen, lambda repo: tables.find_stored_rows(ISSUE_BACKLOG, repo))
    return {repo: rows for repo, rows in found.items() if rows is not None and len(rows)}


def _describe(
    context: dg.AssetExecutionContext, tables: Tables, backlogs: Mapping[str, pa.Table]
) -> DeferredMaterialisations:
    return describe_partitions(
        context,
        tables,
        ISSUE_BACKLOG,
        join_frames(ISSUE_BACKLOG, list(backlogs.values())),
        {repo: _facts(backlog) for repo, backlog in backlogs.items()},
        list(backlogs),
        made_of=[REPO_HISTORY, REPO_STATISTICS],
    )


def _build(tables: Tables, repo: str) -> pa.Table:
    history = tables.find_kept_rows(REPO_HISTORY, repo)
    if history is None or not len(history):
        raise WarehouseError(
            f"There is no history of {repo} yet; refresh {repo}, or materialise repo_history."
        )
    items = tables.find_stored(ISSUES, repo, ITEM_COLUMNS)
    scan = tables.find_scan(ISSUES, repo)
    read_at = scan.validated_at if scan else None
    return build_backlog(history, items, read_at, datetime.now(timezone.utc))


def _facts(backlog: pa.Table) -> dict[str, Any]:
    [last] = backlog[-1:].to_pylist()
    names = ("open_items", "open_issues", "open_pull_requests")
    return {
        **{name: last[name] for name in names},
        "days": len(backlog),
        "is_rebuilt": last["is_rebuilt"],
    }
