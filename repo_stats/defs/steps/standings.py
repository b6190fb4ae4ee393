"""The standings of repositories: kept from the last leaderboard, or read from changed tables."""

import logging
from collections.abc import Sequence

from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.defs.steps.failures import fail_on
from repo_stats.json_codec import hash_json, to_json
from repo_stats.metrics.history import GROWTH_COLUMNS
from repo_stats.metrics.standings import ITEM_COLUMNS, Standing, find_standing
from repo_stats.warehouse.json_files import find_json
from repo_stats.warehouse.made_of import FOLDER
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.schemas import LEADERBOARD, OPEN_ISSUES, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.table_stamps import Stamps, list_table_stamps
from repo_stats.warehouse.tables import Tables

_INPUTS = (REPO_STATISTICS, REPO_HISTORY, OPEN_ISSUES)

_KEPT = f"{FOLDER}/{LEADERBOARD.name}.json"
"""The standings, each with what it was made of. If the file is lost, all tables are read."""

_Kept = dict[str, tuple[str, Standing]]


def find_standings(tables: Tables, repos: Sequence[str], log: logging.Logger) -> list[Standing]:
    """The standings of the repositories that were refreshed at least once.

    A file that cannot be read is named in the log each time: without its statistics a repository
    has no standing, without its other tables it has no growth, or no age of issues.

    Args:
        tables: the warehouse's tables.
        repos: the watchlist.
        log: gets the warnings.

    Raises:
        StepError: no repository has a standing, and files of some cannot be read.
        WarehouseError: a folder cannot be listed, or the standings cannot be kept.
    """
    stamps = list_table_stamps(tables.files, _INPUTS, repos)
    sources = {repo: _describe(of_repo) for repo, of_repo in stamps.items()}
    kept = {
        repo: (source, standing)
        for repo, (source, standing) in (find_json(tables.files, _KEPT, _Kept) or {}).items()
        if sources.get(repo) == source
    }
    moved = {repo: _move(tables, kept[repo][1], stamps[repo]) for repo in kept}
    found = {repo: standing for repo, standing in moved.items() if standing is not None}
    read, whole, errors = _read(tables, [repo for repo in repos if repo not in found], log)
    if not found and not read:
        fail_on(errors)
    if read:
        made = {repo: (sources[repo], read[repo]) for repo in whole}
        tables.files.write(_KEPT, to_json(kept | made))
    return list({**found, **read}.values())


def _describe(stamps: Stamps) -> str:
    return hash_json([CODE_VERSION, sorted(stamps.items())])


def _move(tables: Tables, standing: Standing, stamps: Stamps) -> Standing | None:
    """The standing at the last refresh, which wrote no file if it found nothing new."""
    state = tables.states.get(standing.repo)
    if state is None or not state.holds(REPO_STATISTICS.name, stamps):
        return standing
    return standing.move(state.snapshot_at or standing.snapshot_at)


def _read(
    tables: Tables, repos: Sequence[str], log: logging.Logger
) -> tuple[dict[str, Standing], list[str], dict[str, str]]:
    """The standings, whose tables could all be read, and why others have no standing."""
    stored, errors = read_each(
        tables, repos, lambda repo: tables.find_stored_rows(REPO_STATISTICS, repo), log
    )
    for repo, error in errors.items():
        log.warning(f"{repo} has no place: {error}")
    rows = {repo: row for repo, row in stored.items() if row is not None and len(row) == 1}
    histories, unread = read_each(
        tables,
        rows,
        lambda repo: tables.find_kept_rows(REPO_HISTORY, repo, GROWTH_COLUMNS),
        log,
    )
    for error in unread.values():
        log.warning(f"Growth is left out: {error}")
    items, unread_items = read_each(
        tables,
        rows,
        lambda repo: tables.find_stored_rows(OPEN_ISSUES, repo, ITEM_COLUMNS),
        log,
    )
    for error in unread_items.values():
        log.warning(f"The age of issues is left out: {error}")
    standings = {
        repo: find_standing(row.to_pylist()[0], histories.get(repo), items.get(repo))
        for repo, row in rows.items()
    }
    whole = [repo for repo in rows if repo not in unread and repo not in unread_items]
    return standings, whole, errors
