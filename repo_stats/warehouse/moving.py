"""Moving what is stored of a repository to another name, after it is renamed or respelled.

GitHub's number of the repository says what belongs together. A move may be interrupted at any point
and is then done again: files are written under the new name before they are removed under the old
one, and the old row of `repo_metadata`, by which the old name is found, is removed last.

On a file system that ignores case, two spellings of a name are the same file: it is written again
and not removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa

from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.moves import Move
from repo_stats.warehouse.pages import ALL_ITEMS_FOLDER
from repo_stats.warehouse.parquet import DamagedFileError, from_parquet, read_footer, to_parquet
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_BACKLOG,
    ISSUE_PAGES,
    ISSUE_TRENDS,
    ISSUES,
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)
from repo_stats.warehouse.stale import REFRESH_FAILURES, SYNC_FAILURES, RefreshFailures
from repo_stats.warehouse.tables import Tables


@dataclass(frozen=True)
class Moved:
    """What a move did.

    Attributes:
        files: how many files have the new name now, without the history.
        rows: how many rows of the history have the new name now.
        problem: why the history has not been moved; None if it has.
    """

    files: int
    rows: int
    problem: str | None


@dataclass(frozen=True)
class _Group:
    """Pages, if any, and the tables made from them, which belong to one name as a whole.

    Attributes:
        pages: the folder of the pages; None if there are none.
        tables: the tables. If the new name has the last one, it has them all and keeps its own.
    """

    pages: str | None
    tables: Sequence[TableSchema]


_GROUPS = (
    _Group(ISSUE_PAGES.name, (ISSUES_PER_USER, REPO_STATISTICS, ISSUE_BACKLOG, OPEN_ISSUES)),
    _Group(ALL_ITEMS_FOLDER, (CONTRIBUTOR_CONCENTRATION, ISSUE_TRENDS, ISSUES)),
    _Group(None, (STAR_DAYS,)),
)


def move_stored(tables: Tables, move: Move) -> Moved:
    """Give what is stored under the old name the new one, all but the row of `repo_metadata`.

    Histories are merged in the order of time. Of everything else, what the new name has stays.
    Files of another repository stay under the old name. Damaged files that can be fetched again
    are removed.

    Raises:
        WarehouseError: a file cannot be read, written or removed; move again later.
    """
    problem, rows = None, 0
    try:
        rows = _move_history(tables, move)
    except WarehouseError as error:
        problem = str(error)
    moved = sum(_move_group(tables, group, move) for group in _GROUPS)
    for folder in (REFRESH_FAILURES, SYNC_FAILURES):
        RefreshFailures(tables.files, folder).rename(move.old, move.new)
    return Moved(moved, rows, problem)


def forget_name(tables: Tables, move: Move) -> None:
    """Remove the old row of `repo_metadata`, which ends a move. The caller stores the new one.

    Raises:
        WarehouseError: it cannot be removed.
    """
    _delete_old(tables.files, *_paths(tables, REPO_METADATA, move))


def _move_history(tables: Tables, move: Move) -> int:
    """Move the history's rows of the repository; those of others stay. Gives their number.

    Only one history is locked at a time, so that two moves cannot wait for each other. A row that
    another run adds to the old one meanwhile is moved as well.
    """
    old, new = _paths(tables, REPO_HISTORY, move)
    while True:
        with tables.files.locked(old):
            content = tables.files.read(old)
            history = tables.find_kept(REPO_HISTORY, move.old)
        if history is None:
            return 0
        is_own = history["repo_id"] == move.repo_id
        own, others = history[is_own].assign(repo=move.new), history[~is_own]
        if len(own):
            tables.update(REPO_HISTORY, move.new, partial(_merge, rows=own, repo=move.new))
        if tables.files.is_same_file(old, new):
            return len(own)
        with tables.files.locked(old):
            if tables.files.read(old) == content:
                if len(others):
                    tables.write(REPO_HISTORY, move.old, others)
                else:
                    tables.files.delete(old)
                return len(own)


def _merge(history: pd.DataFrame | None, rows: pd.DataFrame, repo: str) -> pd.DataFrame | None:
    """A history with further rows, in the order of time; None if it has them all already.

    Rows of one history keep their order: a row that a clock that was ahead has given is known by
    the earlier time of a row after it.
    """
    if history is None:
        return rows
    both = join_frames(REPO_HISTORY, [history.assign(repo=repo), rows])
    places = pd.concat([_earliest_from_here(each) for each in (history, rows)], ignore_index=True)
    in_order = both.loc[places.sort_values(kind="stable").index]
    merged = in_order.drop_duplicates()
    return None if merged.equals(history) else merged


def _earliest_from_here(history: pd.DataFrame) -> pd.Series:
    """For each row, the earliest time of this row and of those after it."""
    return history["snapshot_at"][::-1].cummin()[::-1]


def _move_group(tables: Tables, group: _Group, move: Move) -> int:
    """Move pages and tables, unless the new name has its own. Gives the number of moved files."""
    files = tables.files
    own = [pair for pair in _list_files(tables, group, move) if _is_own(files, pair[0], move)]
    is_kept = _has_its_own(tables, group.tables[-1], move)
    moved = 0 if is_kept else sum(_copy(files, old, new, move.new) for old, new in own)
    for old, new in own:
        _delete_old(files, old, new)
    return moved


def _list_files(tables: Tables, group: _Group, move: Move) -> list[tuple[str, str]]:
    """The old and the new path of each file of a group: pages first, then tables in their order."""
    names = tables.files.names(f"{group.pages}/{move.old}") if group.pages else []
    pages = [
        (f"{group.pages}/{move.old}/{name}", f"{group.pages}/{move.new}/{name}")
        for name in names
        if name.endswith(".parquet")
    ]
    return [*pages, *(_paths(tables, schema, move) for schema in group.tables)]


def _is_own(files: Files, path: str, move: Move) -> bool:
    """Whether there is a file that has no rows of another repository."""
    content = files.read(path)
    return content is not None and _numbers(content) <= {move.repo_id}


def _has_its_own(tables: Tables, schema: TableSchema, move: Move) -> bool:
    """Whether the new name has a readable table of the same repository."""
    old, new = _paths(tables, schema, move)
    if tables.files.is_same_file(old, new):
        return False
    stored = tables.find(schema, move.new, ["repo_id"])
    return stored is not None and set(stored["repo_id"]) <= {move.repo_id}


def _numbers(content: bytes) -> set[int]:
    """The numbers of the repositories in a file; none if it is empty or damaged."""
    try:
        return set(from_parquet(content, ["repo_id"])["repo_id"].to_pylist())
    except (DamagedFileError, KeyError):
        return set()


def _copy(files: Files, old: str, new: str, repo: str) -> bool:
    """Write a file's rows with another name in the column `repo`; nothing if it is damaged."""
    try:
        files.write(new, _with_repo(files.read(old) or b"", repo))
    except (DamagedFileError, KeyError):
        return False
    return True


def _with_repo(content: bytes, repo: str) -> bytes:
    """A file with the same rows and footer, but another name in the column `repo`.

    Columns stay as they are stored: pages that earlier versions stored are read by their objects.
    """
    table = from_parquet(content)
    place = table.schema.get_field_index("repo")
    field = table.schema.field("repo")
    names = pa.array([repo] * table.num_rows, field.type)
    return to_parquet(table.set_column(place, field, names), read_footer(dict[str, Any], content))


def _delete_old(files: Files, old: str, new: str) -> None:
    if not files.is_same_file(old, new):
        files.delete(old)


def _paths(tables: Tables, schema: TableSchema, move: Move) -> tuple[str, str]:
    return tables.path(schema, move.old), tables.path(schema, move.new)
