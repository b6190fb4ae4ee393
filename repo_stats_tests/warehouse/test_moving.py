"""What is stored under an earlier name of a repository moves to its new one, once and for all."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.moves import Move, find_moves
from repo_stats.warehouse.moving import Moved, forget_name, move_stored
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_HISTORY, REPO_METADATA
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.rows import statistics
from repo_stats_tests.helpers.stored import (
    OTHERS,
    CaseBlindFiles,
    KilledError,
    MortalFiles,
    contents,
    fill,
    paths,
)

OLD, NEW, OTHER = "acme/old", "acme/new", "acme/other"

RESPELLED = "Acme/Old"


def move_all(files: Files, new: str = NEW) -> list[Moved]:
    """Move what belongs to number 1, as the step of `repo_metadata` does."""
    tables, done = Tables(files), []
    moves, unread = find_moves(tables, {new: 1}, {new})
    assert unread == {}
    for move in moves:
        done.append(move_stored(tables, move))
        forget_name(tables, move)
    return done


def renamed(stored: dict[str, Any], new: str = NEW) -> dict[str, Any]:
    """What is expected of a move: the same with another name, without the row of the old one."""
    text = json.dumps(stored, default=str).replace(f'"repo": "{OLD}"', f'"repo": "{new}"')
    return {
        path.replace(OLD, new): found
        for path, found in json.loads(text).items()
        if not path.startswith("repo_metadata/")
    }


def plain(stored: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps(stored, default=str))
    return values


def history(files: Files, repo: str) -> pd.DataFrame:
    rows = Tables(files).find_kept(REPO_HISTORY, repo)
    return join_frames(REPO_HISTORY, []) if rows is None else rows


def test_everything_has_the_new_name_with_its_footers_and_nothing_has_the_old_one(
    files: Files,
) -> None:
    fill(files, OLD, 1)
    fill(files, OTHER, 2)
    before = contents(files)
    assert move_all(files) == [Moved(files=11, rows=3 + OTHERS, problem=None)]
    others = {path: found for path, found in before.items() if OTHER in path}
    expected = {**renamed(before), **plain(others)}
    assert plain(contents(files)) == expected
    assert move_all(files) == []


def split(files: Files) -> None:
    """Ten days under the old name, and later ones under the new name."""
    fill(files, OLD, 1, days=10)
    fill(files, NEW, 1, days=4, stars=10)


def test_a_split_history_is_one_again_in_the_order_of_time_and_the_newer_tables_stay(
    files: Files,
) -> None:
    split(files)
    kept = {path: found for path, found in contents(files).items() if OLD not in path}
    assert move_all(files) == [Moved(files=0, rows=10 + OTHERS, problem=None)]
    after = contents(files)
    assert history(files, NEW)["stars"].tolist() == list(range(14))
    assert set(history(files, NEW)["repo"]) == {NEW}
    path = f"repo_history/{NEW}.parquet"
    assert {**after, path: None} == {**kept, path: None}


@pytest.mark.parametrize(
    ("scenario", "kind", "new", "every"),
    [
        ("renamed", MortalFiles, NEW, 3),
        ("split", MortalFiles, NEW, 3),
        ("respelled", CaseBlindFiles, RESPELLED, 3),
        long("renamed", MortalFiles, NEW, 1),
        long("split", MortalFiles, NEW, 1),
        long("respelled", CaseBlindFiles, RESPELLED, 1),
    ],
)
def test_a_move_that_is_killed_at_a_change_is_completed_by_the_next(
    tmp_path: Path, scenario: str, kind: type[MortalFiles], new: str, every: int
) -> None:
    origin = kind(str(tmp_path / "origin"))
    if scenario == "split":
        split(origin)
    else:
        fill(origin, OLD, 1)
    whole = kind(str(shutil.copytree(origin.root, tmp_path / "whole")))
    move_all(whole, new)
    expected, every_row = plain(contents(whole)), len(history(whole, new))
    assert whole.changes
    for number in range(1, len(whole.changes) + 1, every):
        root = str(shutil.copytree(origin.root, tmp_path / str(number)))
        with pytest.raises(KilledError):
            move_all(kind(root, number), new)
        files = kind(root)
        rows = join_frames(REPO_HISTORY, [history(files, OLD), history(files, new)])
        assert rows["snapshot_at"].nunique() == every_row
        move_all(files, new)
        assert plain(contents(files)) == expected, f"killed before {whole.changes[number - 1]}"


def test_where_case_is_ignored_another_spelling_keeps_every_file(tmp_path: Path) -> None:
    files = CaseBlindFiles(str(tmp_path))
    fill(files, OLD, 1)
    before = contents(files)
    assert move_all(files, RESPELLED) == [Moved(files=11, rows=3 + OTHERS, problem=None)]
    after = contents(files)
    assert set(after) == set(before)
    respelled = {path: f for path, f in after.items() if not path.startswith("repo_metadata/")}
    expected = json.dumps(plain(before)).replace(f'"repo": "{OLD}"', f'"repo": "{RESPELLED}"')
    assert plain(respelled) == {path: json.loads(expected)[path] for path in respelled}
    metadata = Tables(files).find(REPO_METADATA, OLD)
    assert metadata is not None
    Tables(files).write(REPO_METADATA, RESPELLED, metadata.assign(repo=RESPELLED))
    assert find_moves(Tables(files), {RESPELLED: 1}, {RESPELLED}) == ([], {})


@pytest.mark.parametrize(
    ("stored", "ids", "watched", "found"),
    [
        ({OLD: 1}, {NEW: 1}, {NEW}, [Move(1, OLD, NEW)]),
        ({OLD: 1}, {NEW: 1}, {NEW, OLD}, []),
        ({OLD: 1}, {NEW: 2}, {NEW}, []),
        ({OLD: 1, OTHER: 2}, {NEW: 1, "a/b": 3}, {NEW, "a/b"}, [Move(1, OLD, NEW)]),
        ({OLD: 1}, {NEW: 1, OTHER: 1}, {NEW, OTHER}, [Move(1, OLD, NEW)]),
        ({}, {NEW: 1}, {NEW}, []),
    ],
    ids=["renamed", "still watched", "another one", "others", "watched twice", "nothing stored"],
)
def test_only_a_repository_whose_old_name_is_no_longer_watched_moves(
    files: Files,
    stored: dict[str, int],
    ids: dict[str, int],
    watched: set[str],
    found: list[Move],
) -> None:
    for repo, repo_id in stored.items():
        fill(files, repo, repo_id)
    assert find_moves(Tables(files), ids, watched) == (found, {})


def test_of_several_old_names_the_latest_gives_its_tables_and_all_their_histories(
    files: Files,
) -> None:
    fill(files, OLD, 1)
    fill(files, OTHER, 1, stars=3)
    tables = Tables(files)
    metadata = tables.find(REPO_METADATA, OTHER)
    assert metadata is not None
    later = metadata["validated_at"] + pd.Timedelta(days=3)
    tables.write(REPO_METADATA, OTHER, metadata.assign(validated_at=later))
    open_issues = tables.find(OPEN_ISSUES, OTHER)
    assert open_issues is not None
    tables.write(OPEN_ISSUES, OTHER, open_issues.assign(title="the latest"))
    assert [moved.files for moved in move_all(files)] == [11, 0]
    assert tables.read(OPEN_ISSUES, [NEW])["title"].tolist() == ["the latest"]
    assert history(files, NEW)["stars"].tolist() == list(range(6))
    assert [path for path in paths(files) if NEW not in path] == []


def test_rows_of_a_repository_that_had_the_name_before_stay_until_it_is_watched(
    files: Files,
) -> None:
    fill(files, OLD, 1)
    tables = Tables(files)
    first = join_frames(REPO_HISTORY, [statistics(repo=OLD, repo_id=9), history(files, OLD)])
    tables.write(REPO_HISTORY, OLD, first)
    move_all(files)
    assert history(files, OLD)["repo_id"].tolist() == [9]
    assert history(files, NEW)["repo_id"].tolist() == [1, 1, 1]
    moves, _ = find_moves(tables, {OTHER: 9}, {OTHER, NEW})
    assert moves == [Move(9, OLD, OTHER)]


def test_a_damaged_history_stays_where_it_is_and_moves_when_it_is_whole_again(
    files: Files,
) -> None:
    fill(files, OLD, 1)
    path = f"repo_history/{OLD}.parquet"
    whole = files.read(path)
    assert whole is not None
    files.write(path, b"damaged")
    [moved] = move_all(files)
    assert (moved.files, moved.rows) == (11, OTHERS)
    assert moved.problem is not None
    assert moved.problem.startswith(f"{files.uri(path)} is damaged")
    assert [path for path in paths(files) if NEW not in path] == [path]
    files.write(path, whole)
    assert move_all(files) == [Moved(files=0, rows=3, problem=None)]
    assert len(history(files, NEW)) == 3


def test_what_another_repository_left_under_the_new_name_gives_way_but_its_history_stays(
    files: Files,
) -> None:
    fill(files, OLD, 1)
    fill(files, NEW, 2, days=2, stars=7)
    [moved] = move_all(files)
    assert moved.files == 11
    assert Tables(files).read(OPEN_ISSUES, [NEW])["repo_id"].tolist() == [1]
    assert history(files, NEW)["repo_id"].tolist() == [1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    "content",
    [b"damaged", to_parquet(pa.table({"x": [1]}))],
    ids=["no Parquet", "other columns"],
)
def test_damaged_files_that_can_be_fetched_again_do_not_move(files: Files, content: bytes) -> None:
    fill(files, OLD, 1)
    for path in (f"open_issues/{OLD}.parquet", f"issue_pages/{OLD}/0001.parquet"):
        files.write(path, content)
    assert move_all(files) == [Moved(files=9, rows=3 + OTHERS, problem=None)]
    assert [path for path in paths(files) if NEW not in path] == []
    assert not files.exists(f"open_issues/{NEW}.parquet")
