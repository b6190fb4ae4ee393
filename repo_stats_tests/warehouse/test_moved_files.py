"""Which files a move touches: those of the repository, each when it is locked, and no others."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.moves import Move, find_moves
from repo_stats.warehouse.moving import Moved, move_stored
from repo_stats.warehouse.schemas import (
    ISSUE_BACKLOG,
    ISSUES,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, statistics
from repo_stats_tests.helpers.stored import OTHERS, MortalFiles, fill, paths

OLD, NEW, OTHER = "acme/old", "acme/new", "acme/other"

MOVE = Move(1, OLD, NEW)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """A warehouse on a local disk alone: `test_moving` tries other storage."""
    return Files(str(tmp_path))


def test_files_of_another_repository_stay_and_so_does_what_is_no_page(files: Files) -> None:
    fill(files, OLD, 1)
    foreign = f"open_issues/{OLD}.parquet"
    tables = Tables(files)
    rows = tables.read(OPEN_ISSUES, [OLD])
    tables.write(OPEN_ISSUES, OLD, rows.assign(repo_id=9))
    content = files.read(foreign)
    notes = f"issue_pages/{OLD}/notes.txt"
    files.write(notes, b"notes")
    assert move_stored(tables, MOVE) == Moved(files=10, rows=3 + OTHERS, problem=None)
    assert files.read(foreign) == content
    assert files.read(notes) == b"notes"
    metadata = f"repo_metadata/{OLD}.parquet"
    assert [path for path in paths(files) if NEW not in path] == sorted([foreign, metadata])
    assert tables.find(OPEN_ISSUES, NEW) is None


@pytest.mark.parametrize(
    ("lost", "moved"),
    [(OPEN_ISSUES, 6), (ISSUE_BACKLOG, 0), (REPO_STATISTICS, 0), (ISSUES, 4), (STAR_DAYS, 1)],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_new_name_keeps_its_own_files_only_if_it_has_the_last_table_made_from_them(
    files: Files, lost: TableSchema, moved: int
) -> None:
    fill(files, OLD, 1)
    fill(files, NEW, 1)
    tables = Tables(files)
    files.delete(tables.path(lost, NEW))
    assert move_stored(tables, MOVE).files == moved


def test_a_repository_without_a_history_has_none_afterwards(files: Files) -> None:
    fill(files, OLD, 1)
    tables = Tables(files)
    files.delete(tables.path(REPO_HISTORY, OLD))
    assert move_stored(tables, MOVE) == Moved(files=11, rows=OTHERS, problem=None)
    assert not tables.has(REPO_HISTORY, NEW)


def test_a_history_of_another_repository_alone_stays(files: Files) -> None:
    fill(files, OLD, 1)
    tables = Tables(files)
    tables.write(REPO_HISTORY, OLD, statistics(repo=OLD, repo_id=9))
    assert move_stored(tables, MOVE) == Moved(files=11, rows=OTHERS, problem=None)
    assert tables.repos(REPO_HISTORY) == [OLD]
    assert tables.read(REPO_HISTORY, [OLD])["repo_id"].tolist() == [9]


def test_nothing_that_is_not_there_is_removed_and_no_history_is_written_again(
    tmp_path: Path,
) -> None:
    files = MortalFiles(str(tmp_path))
    tables = Tables(files)
    fill(files, NEW, 1, days=10)
    fill(files, OLD, 1, days=4)
    files.delete(tables.path(OPEN_ISSUES, OLD))
    stored = set(paths(files))
    files.changes.clear()
    move_stored(tables, MOVE)
    assert set(files.changes) <= stored
    assert tables.path(REPO_HISTORY, NEW) not in files.changes, "it has all rows already"
    assert tables.path(REPO_HISTORY, OLD) in files.changes
    assert tables.read(REPO_HISTORY, [NEW])["stars"].tolist() == [*range(10)]


@dataclass(frozen=True)
class WatchedFiles(Files):
    """Files that know which of them were locked when one was read or removed.

    Attributes:
        held: the files that are locked.
        events: what was done with which file, and whether it was locked.
    """

    held: list[str] = field(default_factory=list)
    events: list[tuple[str, str, bool]] = field(default_factory=list)

    @contextmanager
    def locked(self, path: str, wait: float | None = None) -> Iterator[None]:
        with super().locked(path, wait):
            self.held.append(path)
            yield
            self.held.remove(path)

    def read(self, path: str) -> bytes | None:
        self.events.append(("read", path, path in self.held))
        return super().read(path)

    def delete(self, path: str) -> None:
        self.events.append(("delete", path, path in self.held))
        super().delete(path)


def test_a_history_is_locked_while_it_is_compared_and_removed_and_never_two_of_them(
    tmp_path: Path,
) -> None:
    files = WatchedFiles(str(tmp_path))
    fill(files, OLD, 1)
    fill(files, NEW, 1, days=2, stars=9)
    files.events.clear()
    tables = Tables(files)
    move_stored(tables, MOVE)
    path = tables.path(REPO_HISTORY, OLD)
    of_old = [(what, is_locked) for what, each, is_locked in files.events if each == path]
    assert of_old == [("read", False), ("read", True), ("delete", True)]
    assert files.held == []


class BusyTables(Tables):
    """Tables of which another run adds a row to the old history while rows are moved."""

    added: list[pd.DataFrame]

    def update(self, *arguments: object, **options: object) -> pd.DataFrame | None:
        rows = super().update(*arguments, **options)  # type: ignore[arg-type]
        if self.added:
            history = self.find_kept(REPO_HISTORY, OLD)
            assert history is not None
            self.write(REPO_HISTORY, OLD, join_frames(REPO_HISTORY, [history, self.added.pop()]))
        return rows


def test_a_row_that_another_run_adds_meanwhile_is_moved_as_well(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(files, OLD, 1)
    late = statistics(repo=OLD, stars=7, snapshot_at=NOW + pd.Timedelta(days=7))
    monkeypatch.setattr(BusyTables, "added", [late], raising=False)
    tables = BusyTables(files)
    assert move_stored(tables, MOVE).rows == 4 + OTHERS
    assert tables.repos(REPO_HISTORY) == [NEW]
    assert tables.read(REPO_HISTORY, [NEW])["stars"].tolist() == [0, 1, 2, 7]


def test_of_names_with_histories_alone_the_one_with_the_latest_row_comes_first(
    files: Files,
) -> None:
    tables = Tables(files)
    fill(files, OLD, 1, days=9)
    fill(files, OTHER, 1, days=2, stars=3)
    for repo in (OLD, OTHER):
        files.delete(tables.path(REPO_METADATA, repo))
    moves, unread = find_moves(tables, {NEW: 1}, {NEW})
    assert moves == [Move(1, OLD, NEW), Move(1, OTHER, NEW)]
    assert unread == {}


def test_a_name_of_which_nothing_can_be_read_is_no_move(files: Files) -> None:
    files.write(f"repo_metadata/{OLD}.parquet", b"damaged")
    assert find_moves(Tables(files), {NEW: 1}, {NEW}) == ([], {})
