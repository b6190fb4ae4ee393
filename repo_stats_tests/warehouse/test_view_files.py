"""The files of a view: which they are, and what is said of those that cannot be read."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.parquet import to_parquet
from repo_stats.warehouse.schemas import (
    ALERTS,
    ISSUE_PAGES,
    LEADERBOARD,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_STATISTICS,
    WATCHED_REPOSITORIES,
    TableSchema,
)
from repo_stats.warehouse.view_files import ViewFiles
from repo_stats_tests.helpers.rows import statistics

STORED = [
    *("alerts.parquet", "leaderboard.parquet", "leaderboard.txt", "repo_history/a/b/c.parquet"),
    *("issue_pages/a/b/0001.parquet", "issue_pages/c/d/0002.parquet", "repo_history/a/b.parquet"),
    *("repo_history/a/a.parquet", "repo_history/a/.b.parquet.lock", "repo_history/a/b.parquet.tmp"),
    "repo_history/a/.github.parquet",
]


@pytest.mark.parametrize(
    ("schema", "found", "pattern"),
    [
        (ALERTS, ["alerts.parquet"], "alerts.parquet"),
        (LEADERBOARD, ["leaderboard.parquet"], "leaderboard.parquet"),
        (WATCHED_REPOSITORIES, [], "watched_repositories.parquet"),
        (
            ISSUE_PAGES,
            ["issue_pages/a/b/0001.parquet", "issue_pages/c/d/0002.parquet"],
            "issue_pages/*/*/*.parquet",
        ),
        (
            REPO_HISTORY,
            [f"repo_history/a/{name}.parquet" for name in (".github", "a", "b")],
            "repo_history/*/*.parquet",
        ),
        (OPEN_ISSUES, [], "open_issues/*/*.parquet"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_the_files_of_a_view_are_those_that_its_table_is_stored_in(
    files: Files, schema: TableSchema, found: list[str], pattern: str
) -> None:
    for path in STORED:
        files.write(path, b"")
    view = ViewFiles(files, schema)
    assert list(view.paths) == found
    assert view.pattern == files.uri(pattern)


@pytest.mark.parametrize("character", "*?[")
def test_where_the_warehouse_itself_is_named_like_a_pattern_there_is_none(character: str) -> None:
    assert ViewFiles(Files(f"/w{character}x"), REPO_HISTORY).pattern is None


@pytest.mark.parametrize(
    ("schema", "path", "advice"),
    [
        (
            WATCHED_REPOSITORIES,
            "watched_repositories.parquet",
            "put a copy of it back, or move it away.",
        ),
        (ALERTS, "alerts.parquet", "put a copy of it back, or move it away."),
        (REPO_HISTORY, "repo_history/a/b.parquet", "put a copy of it back, or move it away."),
        (LEADERBOARD, "leaderboard.parquet", "make it again with repo-stats report."),
        (REPO_STATISTICS, "repo_statistics/a/b.parquet", "refresh a/b to write it again."),
        (ISSUE_PAGES, "issue_pages/a/b/0001.parquet", "refresh a/b to write it again."),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_file_that_is_left_out_is_named_with_the_reason_and_what_to_do(
    schema: TableSchema, path: str, advice: str
) -> None:
    assert ViewFiles(Files("/w"), schema).describe(path, "it is odd") == (
        f"/w/{path} is left out, because it is odd; {advice}"
    )


def test_each_fault_is_found_with_its_reason(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = to_parquet(to_arrow(REPO_STATISTICS, statistics()))
    contents = {
        "whole": whole,
        "foreign": to_parquet(pa.table({"x": [1]})),
        "text": b"no table" * 50,
        "flipped": whole[:300] + bytes([whole[300] ^ 4]) + whole[301:],
        "unsealed": whole.replace(b"repostat", b"nothings"),
    }
    for name, content in contents.items():
        files.write(f"repo_statistics/a/{name}.parquet", content)
    view = ViewFiles(files, REPO_STATISTICS)
    assert view.find_faults() == {
        "repo_statistics/a/flipped.parquet": "its checksum is wrong",
        "repo_statistics/a/text.parquet": "it cannot be read as Parquet",
        "repo_statistics/a/unsealed.parquet": "its checksum is missing",
    }

    monkeypatch.setattr(Files, "read", lambda *_: None)
    assert view.find_faults() == {}, "they were removed meanwhile"


def test_a_file_that_the_disk_does_not_give_is_faulty(tmp_path: Path) -> None:
    (tmp_path / "repo_statistics" / "a" / "b.parquet").mkdir(parents=True)
    assert ViewFiles(Files(str(tmp_path)), REPO_STATISTICS).find_faults() == {
        "repo_statistics/a/b.parquet": "it cannot be read from the disk"
    }


def test_what_lies_beside_the_files_of_a_view_is_none_of_them(tmp_path: Path) -> None:
    files = Files(str(tmp_path))
    for path in (
        *("leaderboard/x.parquet", "repo_history/a.parquet", "repo_history/a/b.parquet"),
        *("issue_pages/a/x.parquet", "issue_pages/x.parquet", "issue_pages/a/b/0001.parquet"),
    ):
        files.write(path, b"")
    assert list(ViewFiles(files, LEADERBOARD).paths) == []
    assert list(ViewFiles(files, REPO_HISTORY).paths) == ["repo_history/a/b.parquet"]
    assert list(ViewFiles(files, ISSUE_PAGES).paths) == ["issue_pages/a/b/0001.parquet"]


def test_rows_without_checksums_are_decoded_only_if_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "repo_statistics" / "a" / "b.parquet"
    file.parent.mkdir(parents=True)
    table = pa.table({"repo": pa.array([b"\xff"], pa.binary()).view(pa.string())})
    pq.write_table(table, file)
    view = ViewFiles(Files(str(tmp_path)), REPO_STATISTICS)
    assert view.find_faults() == {}
    assert view.find_faults(decode=True) == {
        "repo_statistics/a/b.parquet": "it cannot be read as Parquet"
    }


def test_a_file_of_another_program_is_faulty_without_the_first_column(
    tmp_path: Path,
) -> None:
    files = Files(str(tmp_path))
    (tmp_path / "repo_statistics" / "a").mkdir(parents=True)
    for name, table in (("b", pa.table({"x": [1]})), ("c", pa.table({"repo": ["a/c"]}))):
        pq.write_table(table, tmp_path / "repo_statistics" / "a" / f"{name}.parquet")
    for decode in (False, True):
        assert ViewFiles(files, REPO_STATISTICS).find_faults(decode=decode) == {
            "repo_statistics/a/b.parquet": "it has no column repo"
        }
