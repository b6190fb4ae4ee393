"""The record of what the files of a table were made of."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from repo_stats.warehouse.files import Files
from repo_stats.warehouse.made_of import MadeOf
from repo_stats.warehouse.schemas import ISSUE_BACKLOG, ISSUES, REPO_HISTORY
from repo_stats_tests.helpers.counted_files import CountedFiles
from repo_stats_tests.helpers.stored import CaseBlindFiles

REPOS = ["a/b", "a/c", "d/e"]


@pytest.fixture
def record(tmp_path: Path) -> MadeOf:
    """The record of a table that was made for all repositories."""
    record = MadeOf(CountedFiles(str(tmp_path)), ISSUE_BACKLOG, (REPO_HISTORY, ISSUES), "1")
    for repo in REPOS:
        for table in (ISSUE_BACKLOG, REPO_HISTORY):
            record.files.write(f"{table.name}/{repo}.parquet", b"x")
    record.keep(record.describe_inputs(REPOS))
    return record


def unchanged(record: MadeOf) -> set[str]:
    return record.find_unchanged(record.describe_inputs(REPOS))


def test_what_was_made_of_the_same_files_is_unchanged_without_a_read_of_them(
    record: MadeOf,
) -> None:
    assert unchanged(record) == set(REPOS)
    assert isinstance(record.files, CountedFiles)
    assert record.files.read_tables == []


def write(path: str) -> Callable[[Files], object]:
    return lambda files: files.write(path, b"x")


def delete(path: str) -> Callable[[Files], object]:
    return lambda files: files.delete(path)


@pytest.mark.parametrize(
    "change",
    [
        write("repo_history/a/c.parquet"),
        write("issues/a/c.parquet"),
        write("issue_backlog/a/c.parquet"),
        delete("repo_history/a/c.parquet"),
        delete("issue_backlog/a/c.parquet"),
    ],
)
def test_a_file_that_was_written_or_removed_changes_its_repository_alone(
    record: MadeOf, change: Callable[[Files], object]
) -> None:
    change(record.files)
    assert unchanged(record) == {"a/b", "d/e"}
    record.keep({"a/c": record.describe_inputs(["a/c"])["a/c"]})
    is_there = record.files.exists("issue_backlog/a/c.parquet")
    assert ("a/c" in unchanged(record)) is is_there


def test_another_version_changes_all(record: MadeOf) -> None:
    assert unchanged(replace(record, version="2")) == set()


@pytest.mark.parametrize("content", [b"damaged", b"[]", b'{"a/b": 1}', b""])
def test_a_damaged_record_only_costs_work(record: MadeOf, content: bytes) -> None:
    record.files.write("made_of/issue_backlog.json", content)
    assert unchanged(record) == set()
    record.keep(record.describe_inputs(["a/b"]))
    assert unchanged(record) == {"a/b"}


def test_an_input_that_changes_while_it_is_read_is_noticed_the_next_time(record: MadeOf) -> None:
    described = record.describe_inputs(REPOS)
    record.files.write("repo_history/a/b.parquet", b"newer")
    record.keep(described)
    assert unchanged(record) == {"a/c", "d/e"}


def test_where_case_is_ignored_a_file_of_another_spelling_counts(tmp_path: Path) -> None:
    files = CaseBlindFiles(str(tmp_path))
    for table in ("issue_backlog", "repo_history"):
        files.write(f"{table}/a/b.parquet", b"x")
    record = MadeOf(files, ISSUE_BACKLOG, (REPO_HISTORY,), "1")
    record.keep(record.describe_inputs(["A/B"]))
    assert record.find_unchanged(record.describe_inputs(["A/B"])) == {"A/B"}
    files.write("repo_history/a/b.parquet", b"y")
    assert record.find_unchanged(record.describe_inputs(["A/B"])) == set()
