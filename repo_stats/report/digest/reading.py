"""Reads what changed in a week from the stored tables, as far as these changed since."""

from collections.abc import Callable, Sequence
from datetime import datetime

import pyarrow as pa

from repo_stats.json_codec import hash_json, to_json
from repo_stats.metrics.history import credible_table, of_current_repository
from repo_stats.metrics.weekly_changes import (
    HISTORY_COLUMNS,
    ITEM_COLUMNS,
    UNANSWERED_COLUMNS,
    StoredTables,
    WeeklyChange,
    find_weekly_change,
)
from repo_stats.metrics.weeks import Week
from repo_stats.report.digest.summary import Digest, make_digest
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.json_files import find_json
from repo_stats.warehouse.made_of import FOLDER
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.schemas import (
    ISSUES,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)
from repo_stats.warehouse.table_stamps import list_table_stamps
from repo_stats.warehouse.tables import Tables

_INPUTS = (REPO_STATISTICS, REPO_HISTORY, STAR_DAYS, OPEN_ISSUES, ISSUES)

_KEPT = f"{FOLDER}/digest.json"
"""The changes, each with what it was made of. If the file is lost, all tables are read."""

_VERSION = "1"
"""Change it if the same tables would give other changes."""

_Kept = dict[str, tuple[str, WeeklyChange]]


def read_digest(
    tables: Tables,
    repos: Sequence[str],
    week: Week,
    now: datetime,
    warn: Callable[[str], None],
    *,
    keeps: bool = False,
) -> Digest:
    """The digest of a week, of at least one repository; see `read_changes`.

    Raises:
        WarehouseError: there is no repository to tell of, or what was read cannot be kept.
    """
    changes = read_changes(tables, repos, week, now, warn, keeps=keeps)
    if not changes:
        raise WarehouseError(
            f"There are no statistics in {tables.files.root} that can be told of; run repo-stats "
            "refresh."
        )
    return make_digest(week, changes)


def read_changes(
    tables: Tables,
    repos: Sequence[str],
    week: Week,
    now: datetime,
    warn: Callable[[str], None],
    *,
    keeps: bool,
) -> list[WeeklyChange]:
    """What changed in repositories in a week.

    Args:
        tables: the warehouse's tables.
        repos: the repositories. One that was never refreshed is left out.
        week: the week.
        now: the present (UTC).
        warn: is called with a sentence for each that cannot be read, which is left out too.
        keeps: whether to keep what was read for the next time.

    Raises:
        WarehouseError: a folder cannot be listed, or what was read cannot be kept.
    """
    stamps = list_table_stamps(tables.files, _INPUTS, repos)
    sources = {
        repo: hash_json([_VERSION, str(week.monday), sorted(of_repo.items())])
        for repo, of_repo in stamps.items()
        if REPO_STATISTICS.name in of_repo
    }
    kept = {
        repo: (source, change)
        for repo, (source, change) in (find_json(tables.files, _KEPT, _Kept) or {}).items()
        if sources.get(repo) == source
    }
    others = [repo for repo in sources if repo not in kept]
    read, errors = read_each(tables, others, lambda repo: _read(tables, repo, week, now))
    for repo, error in errors.items():
        warn(f"The digest lacks {repo}: {error}")
    if keeps and read:
        made = {repo: (sources[repo], change) for repo, change in read.items()}
        tables.files.write(_KEPT, to_json(kept | made))
    return [*(change for _, change in kept.values()), *read.values()]


def _read(tables: Tables, repo: str, week: Week, now: datetime) -> WeeklyChange:
    """What changed in a repository that was refreshed at least once."""
    history = tables.find_kept_rows(REPO_HISTORY, repo, HISTORY_COLUMNS)
    star_days = tables.find_stored_rows(STAR_DAYS, repo, ("day", "stars"))
    open_issues = tables.find_stored_rows(OPEN_ISSUES, repo, UNANSWERED_COLUMNS)
    sync = tables.find_sync_state(ISSUES, repo)
    stored = StoredTables(
        statistics=tables.load(REPO_STATISTICS, repo).rows.to_pylist()[0],
        history=of_current_repository(credible_table(_or_empty(REPO_HISTORY, history), now)),
        star_days=_or_empty(STAR_DAYS, star_days),
        open_issues=_or_empty(OPEN_ISSUES, open_issues),
        issues=None if sync is None else tables.find_stored(ISSUES, repo, ITEM_COLUMNS),
        known_until=None if sync is None else sync.validated_at,
    )
    return find_weekly_change(stored, week)


def _or_empty(schema: TableSchema, rows: pa.Table | None) -> pa.Table:
    return schema.arrow.empty_table() if rows is None else rows
