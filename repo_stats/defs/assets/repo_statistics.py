"""The asset `repo_statistics`: the numbers that everything else is collected for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.clock import is_ahead
from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import check_repositories
from repo_stats.defs.steps.failures import fail_on
from repo_stats.defs.steps.history_rows import (
    append_stored_rows,
    append_to_histories,
    record_histories,
)
from repo_stats.defs.steps.materializations import DeferredMaterialisations, describe_partitions
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.steps.stale_repositories import healthy_repos
from repo_stats.defs.stored_rows import Refreshed, StoredRows
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.metrics.summary import MOST_DESCRIBED, compute_statistics, describe_statistics
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_METADATA, REPO_STATISTICS
from repo_stats.warehouse.states.state_index import StateIndex
from repo_stats.warehouse.tables import Tables

OLD = timedelta(days=1)

RECENT = "recent"

RECENT_CHECK = dg.AssetCheckSpec(
    RECENT,
    asset=REPO_STATISTICS.name,
    description=(
        "The numbers of every repository of the watchlist are less than a day old, whether this "
        "run refreshed it or not. Numbers from the future, which a clock that was ahead has left, "
        "are of an unknown age, and fail it too."
    ),
)


def build_repo_statistics(partitions: dg.StaticPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(REPO_STATISTICS, partitions, "statistics", {"pandas", "parquet"}),
        check_specs=[RECENT_CHECK],
        io_manager_key="tables",
    )
    def repo_statistics(
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
        repo_metadata: StoredRows,
        issues_per_user: StoredRows,
    ) -> Iterator[dg.Output[Refreshed] | dg.AssetCheckResult]:
        """Stars, forks, open items and the average number of open items per user.

        One row per repository. The average is the number of items in GitHub's list of open issues,
        which includes pull requests, divided by the number of their authors. A second average
        leaves pull requests out. A repository without open items has no average. New numbers are
        added to `repo_history`.
        """
        healthy = healthy_repos(context, warehouse.refresh_failures, find_repos(context))
        scope = RefreshScope(context, github, refresh, warehouse)
        chosen, others = scope.choose_statistics(healthy)
        counts = issues_per_user.load_scanned(chosen)
        metadata = repo_metadata.load(list(counts.scans))
        counts = counts.of(set(metadata["repo"]))
        statistics = compute_statistics(metadata, counts.frame, counts.scans)
        deferred = _describe(context, warehouse.tables, statistics)
        longer, kept, errors = _add_to_histories(context, warehouse.tables, statistics, others)
        _log_statistics(context, warehouse.tables, healthy, statistics, {*longer, *kept})
        yield dg.Output(_refresh(scope, statistics, others, errors))
        record_histories(context, warehouse.tables, longer)
        deferred.record()
        yield check_age(context, warehouse.tables, partitions.get_partition_keys(), statistics)
        fail_on(errors)

    return repo_statistics


def _add_to_histories(
    context: dg.AssetExecutionContext,
    tables: Tables,
    statistics: pd.DataFrame,
    others: Collection[str],
) -> tuple[dict[str, pd.DataFrame], list[str], dict[str, str]]:
    """Add new statistics to histories, and the stored ones of `others`.

    Histories come before the statistics. If a run is killed before it stores the statistics, the
    history has a correct row, and the next run does not add it again. In the other order, that row
    would be lost for good.

    Returns:
        The histories that got a new row, the repositories whose history got a stored one, and the
        errors of others.
    """
    longer, errors = append_to_histories(context, tables, statistics)
    kept, failed = append_stored_rows(context, tables, others)
    return longer, kept, {**errors, **failed}


def _refresh(
    scope: RefreshScope, statistics: pd.DataFrame, others: Sequence[str], errors: Collection[str]
) -> Refreshed:
    """What has to be stored; a history that could not be written is tried again."""
    now = datetime.now(timezone.utc)
    states = {
        repo: state if repo in errors else replace(state, recorded_at=now)
        for repo in [*statistics["repo"], *others]
        if (state := scope.states.get(repo)) is not None
    }
    unchanged = {repo for repo in states if scope.is_current(REPO_STATISTICS, repo)}
    return Refreshed(statistics, states, unchanged)


def _log_statistics(
    context: dg.AssetExecutionContext,
    tables: Tables,
    repos: Sequence[str],
    statistics: pd.DataFrame,
    longer: Collection[str],
) -> None:
    """Log the statistics of all repositories if they are few, else of those that changed."""
    if len(repos) <= MOST_DESCRIBED:
        others = [repo for repo in repos if repo not in set(statistics["repo"])]
        stored, _ = try_each(others, lambda repo: tables.find(REPO_STATISTICS, repo), context.log)
        rows = [row for row in stored.values() if row is not None]
        statistics = join_frames(REPO_STATISTICS, [statistics, *rows])
    if len(repos):
        context.log.info(describe_statistics(statistics, longer, len(repos)))


def _describe(
    context: dg.AssetExecutionContext, tables: Tables, statistics: pd.DataFrame
) -> DeferredMaterialisations:
    rows = statistics.to_dict("records")
    facts = {row["repo"]: _facts(row) for row in rows}
    inputs = [REPO_METADATA, ISSUES_PER_USER]
    return describe_partitions(
        context, tables, REPO_STATISTICS, statistics, facts, list(facts), made_of=inputs
    )


def check_age(
    context: dg.AssetExecutionContext,
    tables: Tables,
    watchlist: Sequence[str],
    statistics: pd.DataFrame,
) -> dg.AssetCheckResult:
    """The result of `RECENT_CHECK`, for the repositories that were refreshed now and all others."""
    taken = dict(zip(statistics["repo"], statistics["snapshot_at"], strict=True))
    known = StateIndex(tables.files).snapshot_times()
    taken = {**{repo: known[repo] for repo in watchlist if repo in known}, **taken}
    others = set(watchlist) - taken.keys()
    rows, unread = try_each(
        others, lambda repo: tables.find(REPO_STATISTICS, repo, ["snapshot_at"]), context.log
    )
    for repo, row in rows.items():
        if row is not None and len(row) == 1:
            taken[repo] = row["snapshot_at"].item()
    listed = {repo: taken[repo] for repo in watchlist if repo in taken}
    found = {**find_old(listed, datetime.now(timezone.utc)), **unread}
    return check_repositories(REPO_STATISTICS.name, RECENT, found, dg.AssetCheckSeverity.WARN)


def find_old(taken: Mapping[str, datetime], now: datetime) -> dict[str, str]:
    """The repositories whose numbers are old, or of an unknown age, and when those were taken.

    Args:
        taken: when the numbers of each repository were taken.
        now: the present (UTC).
    """
    return {
        repo: f"from {moment:%Y-%m-%d %H:%M} UTC"
        for repo, moment in taken.items()
        if now - moment > OLD or is_ahead(moment, now)
    }


def _facts(row: Mapping[Any, Any]) -> dict[str, Any]:
    """What the UI shows of a row. The names must be short enough for its metadata table."""
    names = (
        *("stars", "forks", "open_items", "open_issues", "open_pull_requests", "users"),
        "average_open_issues_per_user",
    )
    without = row["average_open_issues_per_user_without_pull_requests"]
    numbers = {name: row[name] for name in names} | {"average_without_pull_requests": without}
    known = {name: number for name, number in numbers.items() if not pd.isna(number)}
    return {**known, "is_exact": row["is_exact"]}
