"""Moving what is stored of a repository to another name, after it is renamed or respelled.

GitHub's number of the repository says what belongs together. A move may be interrupted at any point
and is then done again: files are written under the new name before they are removed under the old
one, and the old row of `repo_metadata`, by which the old name is found, is removed last.

On a file system that ignores case, two spellings of a name are the same file: it is written again
and not removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.moves import Move
from repo_stats.warehouse.moving_kept import move_kept
from repo_stats.warehouse.pages import ALL_ITEMS_FOLDER
from repo_stats.warehouse.parquet import DamagedFileError, from_parquet, read_footer, to_parquet
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_BACKLOG,
    ISSUE_PAGES,
    ISSUE_TRENDS,
    ISSUES,
    ISSUES_PER_USER,
    KEPT,
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)
from repo_stats.warehouse.stale import FAILURES, RefreshFailures
from repo_stats.warehouse.tables import Tables


@dataclass(frozen=True)
class Moved:
    """What a move did.

    Attributes:
        files: how many files have the new name now, without those of histories.
        rows: how many rows that cannot be fetched again have the new name now.
        problem: why some of these have not been moved; None if all have.
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

    What cannot be fetched again is merged. Of everything else, what the new name has stays.
    Files of another repository stay under the old name. Damaged files that can be fetched again
    are removed.

    Raises:
        WarehouseError: a file cannot be read, written or removed; move again later.
    """
    problems, rows = [], 0
    for schema in KEPT:
        try:
            rows += move_kept(tables, schema, move)
        except WarehouseError as error:  # noqa: PERF203 - one table must not stop the others
            problems.append(str(error))
    moved = sum(_move_group(tables, group, move) for group in _GROUPS)
    for folder in FAILURES:
        RefreshFailures(tables.files, folder).rename(move.old, move.new)
    return Moved(moved, rows, " ".join(problems) or None)


def forget_name(tables: Tables, move: Move) -> None:
    """Remove the old row of `repo_metadata`, which ends a move. The caller stores the new one.

    Raises:
        WarehouseError: it cannot be removed.
    """
    _delete_old(tables.files, *_paths(tables, REPO_METADATA, move))


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
