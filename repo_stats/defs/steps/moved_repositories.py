"""Moves what is stored of a repository when the watchlist gives it a new name.

`warehouse.moving` moves the files, and this module tells Dagster. It is used by the step of
`repo_metadata`, before its rows are stored.
"""

from collections.abc import Collection

import dagster as dg
import pandas as pd

from repo_stats.defs.steps.history_rows import REPO_HISTORY_KEY, describe_history
from repo_stats.defs.steps.page_partitions import retire_partitions
from repo_stats.defs.steps.recorded_partitions import record_partition
from repo_stats.defs.steps.sync_tables import hash_items
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.moves import Move, find_moves
from repo_stats.warehouse.moving import Moved, forget_name, move_stored
from repo_stats.warehouse.schemas import ISSUE_BACKLOG, ISSUE_TRENDS, ISSUES, REPO_HISTORY
from repo_stats.warehouse.tables import Tables


def move_to_new_names(
    context: dg.AssetExecutionContext,
    tables: Tables,
    frame: pd.DataFrame,
    watched: Collection[str],
) -> None:
    """Move what is stored of repositories under names that are no longer watched.

    If the run is killed meanwhile, the next one goes on: the new names have no row of
    `repo_metadata` yet.

    Args:
        context: of the step of `repo_metadata`.
        tables: the warehouse's tables.
        frame: the new rows of `repo_metadata`, which are not stored yet.
        watched: all names that are watched.

    Raises:
        WarehouseError: a file cannot be read, written or removed.
    """
    ids = {str(repo): int(repo_id) for repo, repo_id in frame[["repo", "repo_id"]].to_numpy()}
    for move in find_moves(tables, ids, watched):
        moved = move_stored(tables, move)
        retire_partitions(context, {move.old})
        _record(context, tables, move)
        forget_name(tables, move)
        context.log.info(
            f"{move.old} is {move.new} in the watchlist now: {moved.rows} rows of its history and "
            f"{moved.files} other files moved to the new name."
        )
        _warn_of_problem(context, move, moved)


def _record(context: dg.AssetExecutionContext, tables: Tables, move: Move) -> None:
    """Record the tables that this run does not make again, which the UI would show as missing."""
    history = (
        tables.find_kept(REPO_HISTORY, move.new) if tables.has(REPO_HISTORY, move.new) else None
    )
    if history is not None:
        facts = describe_history(tables, move.new, history)
        record_partition(context, REPO_HISTORY_KEY, move.new, facts)
    for schema in (ISSUE_BACKLOG, ISSUES, ISSUE_TRENDS):
        rows = tables.find(schema, move.new)
        if rows is not None:
            facts = {
                "dagster/uri": tables.uri(schema, move.new),
                "dagster/partition_row_count": len(rows),
                "content_hash": hash_items(rows)
                if schema is ISSUES
                else hash_content(schema, rows),
            }
            record_partition(context, dg.AssetKey(schema.name), move.new, facts)


def _warn_of_problem(context: dg.AssetExecutionContext, move: Move, moved: Moved) -> None:
    if moved.problem is not None:
        context.log.warning(
            f"The history of {move.old} has not moved: {moved.problem} Then refresh {move.new} "
            "with --force, which moves it."
        )


def warn_of_doubles(context: dg.AssetExecutionContext, frame: pd.DataFrame) -> None:
    """Warn of repositories that are watched under two names.

    Args:
        context: of the step.
        frame: rows of `repo_metadata`.
    """
    for repo_id, rows in frame.groupby("repo_id", sort=False):
        if len(rows) > 1:
            context.log.warning(
                f"{' and '.join(rows['repo'])} are one repository (number {repo_id}). Keep one of "
                "them in the watchlist, and refresh it with --force: it gets the history of both."
            )
