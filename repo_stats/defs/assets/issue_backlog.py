"""The asset `issue_backlog`: how many items were open at the end of each day."""

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import REFRESHED, check_repositories, refreshed_check
from repo_stats.defs.steps.failures import fail_on, plain_failures
from repo_stats.defs.steps.materializations import describe_partitions
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.metrics.backlog import ITEM_COLUMNS, build_backlog
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.frames import join_frames
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
        its rows, and the check `refreshed` says why.
        """
        tables = warehouse.tables
        repos = find_repos(context)
        with plain_failures(context):
            stored = [r for r in repos if tables.has(REPO_HISTORY, r)]
        backlogs, errors = try_each(stored or repos, lambda repo: _build(tables, repo), context.log)
        if not stored:
            fail_on(errors)
        for repo, reason in errors.items():
            context.log.warning(f"The backlog of {repo} is left as it was: {reason}")
        frame = join_frames(ISSUE_BACKLOG, list(backlogs.values()))
        facts = {repo: _facts(backlog) for repo, backlog in backlogs.items()}
        made_of = [REPO_HISTORY, REPO_STATISTICS]
        deferred = describe_partitions(
            context, tables, ISSUE_BACKLOG, frame, facts, list(backlogs), made_of=made_of
        )
        yield dg.Output(frame)
        deferred.record()
        # A failed step would keep `report` from making the pages of the others.
        yield check_repositories(ISSUE_BACKLOG.name, REFRESHED, errors)

    return issue_backlog


def _build(tables: Tables, repo: str) -> pd.DataFrame:
    history = tables.find_kept(REPO_HISTORY, repo)
    if history is None or history.empty:
        raise WarehouseError(
            f"There is no history of {repo} yet; refresh {repo}, or materialise repo_history."
        )
    items = tables.find_stored(ISSUES, repo, ITEM_COLUMNS)
    scan = tables.find_scan(ISSUES, repo)
    read_at = scan.validated_at if scan else None
    return build_backlog(history, items, read_at, datetime.now(timezone.utc))


def _facts(backlog: pd.DataFrame) -> dict[str, Any]:
    last = backlog.iloc[-1]
    names = ("open_items", "open_issues", "open_pull_requests")
    return {
        **{name: int(last[name]) for name in names},
        "days": len(backlog),
        "is_rebuilt": bool(last["is_rebuilt"]),
    }
