"""The standings of repositories: kept from the last leaderboard, or read from changed tables."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from repo_stats.defs.steps.asset_specs import CODE_VERSION
from repo_stats.defs.steps.failures import fail_on
from repo_stats.json_codec import hash_json, to_json
from repo_stats.metrics.history import GROWTH_COLUMNS
from repo_stats.metrics.standings import (
    ITEM_COLUMNS,
    Standing,
    find_standing,
    is_seen_long_enough,
)
from repo_stats.metrics.stars import GIVEN_COLUMNS
from repo_stats.warehouse.json_files import find_json
from repo_stats.warehouse.made_of import FOLDER
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.schemas import (
    LEADERBOARD,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)
from repo_stats.warehouse.table_stamps import Stamps, list_table_stamps
from repo_stats.warehouse.tables import Tables

_INPUTS = (REPO_STATISTICS, REPO_HISTORY, STAR_DAYS, OPEN_ISSUES)

_KEPT = f"{FOLDER}/{LEADERBOARD.name}.json"
"""The standings, each with what it was made of. If the file is lost, all tables are read."""

_Kept = dict[str, tuple[str, Standing]]


def find_standings(tables: Tables, repos: Sequence[str], log: logging.Logger) -> list[Standing]:
    """The standings of the repositories that were refreshed at least once.

    A file that cannot be read is named in the log each time: without its statistics a repository
    has no standing, without its other tables it may have no growth, or no age of issues.

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
    """The standings, whose tables could all be read, and why others have no standing.

    The days of stars are read where the history does not go back far enough.
    """
    stored, errors = read_each(
        tables, repos, lambda repo: tables.find_stored_rows(REPO_STATISTICS, repo), log
    )
    for repo, error in errors.items():
        log.warning(f"{repo} has no place: {error}")
    rows = {repo: row for repo, row in stored.items() if row is not None and len(row) == 1}
    statistics = {repo: row.to_pylist()[0] for repo, row in rows.items()}
    others = _OtherTables(tables, log)
    histories = others.read(REPO_HISTORY, rows, GROWTH_COLUMNS, "Growth")
    unseen = [r for r in rows if not is_seen_long_enough(statistics[r], histories.get(r))]
    given = others.read(STAR_DAYS, unseen, GIVEN_COLUMNS, "Growth")
    items = others.read(OPEN_ISSUES, rows, ITEM_COLUMNS, "The age of issues")
    standings = {
        repo: find_standing(row, histories.get(repo), given.get(repo), items.get(repo))
        for repo, row in statistics.items()
    }
    return standings, [repo for repo in rows if repo not in others.unread], errors


@dataclass
class _OtherTables:
    """The tables that a standing can do without.

    Attributes:
        tables: the warehouse's tables.
        log: gets a warning for each file that cannot be read.
        unread: the repositories with such a file.
    """

    tables: Tables
    log: logging.Logger
    unread: set[str] = field(default_factory=set)

    def read(
        self, schema: TableSchema, repos: Iterable[str], columns: Sequence[str], told: str
    ) -> dict[str, pa.Table | None]:
        """Some columns of the rows of repositories.

        Args:
            schema: the table.
            repos: the repositories.
            columns: the columns.
            told: what is told without the rows of a file that cannot be read.
        """
        find = (
            self.tables.find_kept_rows if schema is REPO_HISTORY else self.tables.find_stored_rows
        )
        found, errors = read_each(
            self.tables, repos, lambda repo: find(schema, repo, columns), self.log
        )
        for error in errors.values():
            self.log.warning(f"{told} is told without what cannot be read: {error}")
        self.unread |= errors.keys()
        return found
