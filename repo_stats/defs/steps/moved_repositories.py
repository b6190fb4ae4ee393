"""Moves what is stored of a repository when the watchlist gives it a new name.

`warehouse.moving` moves the files, and this module tells Dagster. It is used by the step of
`repo_metadata`, before its rows are stored.
"""

from collections.abc import Collection, Mapping

import dagster as dg

from repo_stats.defs.resources import RefreshOptions
from repo_stats.defs.steps.history_rows import REPO_HISTORY_KEY, describe_history
from repo_stats.defs.steps.page_partitions import retire_partitions
from repo_stats.defs.steps.recorded_partitions import record_partition
from repo_stats.defs.steps.sync_tables import hash_items
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.moves import Move, find_moves
from repo_stats.warehouse.moving import forget_name, move_stored
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_BACKLOG,
    ISSUE_TRENDS,
    ISSUES,
    REPO_HISTORY,
)
from repo_stats.warehouse.tables import Tables


def settle_names(
    context: dg.AssetExecutionContext,
    tables: Tables,
    ids: Mapping[str, int],
    known: Collection[str],
    watchlist: dg.PartitionsDefinition,
    refresh: RefreshOptions,
) -> dict[str, str]:
    """Move what is stored of repositories under names that are no longer watched.

    Nothing is looked for unless one of the names is new, or the refresh is forced. If the run is
    killed while it moves files, the next one goes on, because the new name still has no row of
    `repo_metadata`.

    Args:
        context: of the step of `repo_metadata`.
        tables: the warehouse's tables.
        ids: GitHub's numbers of the repositories of the run, by name.
        known: the names that have a stored row. Where case is ignored, the row of an earlier
            spelling is found under the new one.
        watchlist: all repositories, also those that are not in the run.
        refresh: the options of the run.

    Returns:
        Why repositories cannot get what is stored of them. Their new rows must not be stored: the
        next run then tries again.

    Raises:
        WarehouseError: the stored names cannot be listed.
    """
    _warn_of_doubles(context, ids)
    if ids.keys() <= set(known) and not refresh.force:
        return {}
    watched = {*watchlist.get_partition_keys(), *refresh.watched}
    moves, unread = find_moves(tables, ids, watched)
    for reason in unread.values():
        context.log.warning(
            f"{reason} If it is of a repository that has another name in the watchlist now, put "
            "that right and refresh with --force."
        )
    reasons = [(move.new, _try_move(context, tables, move)) for move in moves]
    return {repo: reason for repo, reason in reasons if reason is not None}


def _try_move(context: dg.AssetExecutionContext, tables: Tables, move: Move) -> str | None:
    """Move what is stored of a repository; why that failed, or None."""
    _, errors = try_each([move.new], lambda _: _move(context, tables, move), context.log)
    reasons = [f"What is stored of it as {move.old} cannot be moved: {e}" for e in errors.values()]
    return reasons[0] if reasons else None


def _move(context: dg.AssetExecutionContext, tables: Tables, move: Move) -> None:
    moved = move_stored(tables, move)
    retire_partitions(context, {move.old})
    _record(context, tables, move)
    forget_name(tables, move)
    context.log.info(
        f"{move.old} is {move.new} in the watchlist now: what is stored of it moved to the new "
        f"name (rows of history: {moved.rows}, other files: {moved.files})."
    )
    if moved.problem is not None:
        context.log.warning(
            f"The history of {move.old} has not moved: {moved.problem} Then refresh {move.new} "
            "with --force, which moves it."
        )


def _record(context: dg.AssetExecutionContext, tables: Tables, move: Move) -> None:
    """Record the tables that this run does not make again, which the UI would show as missing."""
    history = tables.find(REPO_HISTORY, move.new)
    if history is not None:
        facts = describe_history(tables, move.new, history)
        record_partition(context, REPO_HISTORY_KEY, move.new, facts)
    for schema in (ISSUE_BACKLOG, ISSUES, ISSUE_TRENDS, CONTRIBUTOR_CONCENTRATION):
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


def _warn_of_doubles(context: dg.AssetExecutionContext, ids: Mapping[str, int]) -> None:
    """Warn of repositories that are watched under two names."""
    names: dict[int, list[str]] = {}
    for repo, repo_id in ids.items():
        names.setdefault(repo_id, []).append(repo)
    for repo_id, repos in names.items():
        if len(repos) > 1:
            context.log.warning(
                f"{' and '.join(repos)} are one repository (number {repo_id}). Keep one of "
                "them in the watchlist, and refresh it with --force: it gets the history of both."
            )
