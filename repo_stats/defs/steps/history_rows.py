"""Adding rows to `repo_history` and recording that, for `repo_statistics` and `repo_history`."""

from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.defs.steps.recorded_partitions import record_partition
from repo_stats.metrics.history import append_row, append_statistics
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables

REPO_HISTORY_KEY = dg.AssetKey(REPO_HISTORY.name)


def append_to_histories(
    context: dg.AssetExecutionContext, tables: Tables, statistics: pd.DataFrame
) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Add rows of `repo_statistics` to the histories of their repositories.

    Returns:
        The histories that got a row, and the errors of others, both by repository.
    """
    rows = {str(repo): row for repo, row in statistics.groupby("repo", sort=False)}
    histories, errors = try_each(
        rows,
        lambda repo: tables.update(
            REPO_HISTORY,
            repo,
            lambda history: append_statistics(history, rows[repo], datetime.now(timezone.utc)),
        ),
        context.log,
    )
    return {repo: frame for repo, frame in histories.items() if frame is not None}, errors


def append_stored_rows(
    context: dg.AssetExecutionContext, tables: Tables, repos: Collection[str]
) -> tuple[list[str], dict[str, str]]:
    """Add the stored row of `repo_statistics` to the histories of repositories: one a day.

    This is for repositories in which nothing changed. There may be ten thousand of them.

    Returns:
        The repositories whose histories got a row, and the errors of others.
    """
    now = datetime.now(timezone.utc)

    def append(repo: str) -> bool:
        row = tables.load(REPO_STATISTICS, repo).rows
        change = partial(append_row, row=row, now=now)
        return tables.update_rows(REPO_HISTORY, repo, change) is not None

    appended, errors = read_each(tables, repos, append, context.log)
    return [repo for repo, is_longer in appended.items() if is_longer], errors


def record_histories(
    context: dg.AssetExecutionContext, tables: Tables, histories: Mapping[str, pd.DataFrame]
) -> None:
    """Record a materialisation of `repo_history` for each of the repositories.

    If a run is killed before it records one, the next row's materialisation covers both rows.
    """
    for repo, history in histories.items():
        record_partition(context, REPO_HISTORY_KEY, repo, describe_history(tables, repo, history))


def describe_history(tables: Tables, repo: str, history: pd.DataFrame) -> dict[str, Any]:
    """What the UI shows of a history.

    A history only grows, so its last row is enough to tell its versions apart: the data version is
    the hash of that row.
    """
    return {
        "dagster/uri": tables.uri(REPO_HISTORY, repo),
        "dagster/partition_row_count": len(history),
        "content_hash": hash_content(REPO_HISTORY, history.tail(1)),
    }
