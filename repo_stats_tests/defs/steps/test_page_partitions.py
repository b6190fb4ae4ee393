"""The partitions of pages: recorded when a page is new, retired when it is gone."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from repo_stats.defs.steps import page_partitions
from repo_stats.defs.steps.page_partitions import (
    PageRecorder,
    is_partition,
    retire_partitions,
    update_partitions,
)
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import Page, PageKey
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import PageFolder
from repo_stats_tests.helpers.pages import NOW, head
from repo_stats_tests.helpers.step_context import step_context


class Partitions:
    """The dynamic partitions of an instance, and how often some were added."""

    def __init__(self, *known: str) -> None:
        self.known = {*known}
        self.added: list[list[str]] = []

    def get_dynamic_partitions(self, name: str) -> list[str]:
        assert name == "issue_page"
        return sorted(self.known)

    def add_dynamic_partitions(self, name: str, keys: Sequence[str]) -> None:
        assert name == "issue_page"
        self.known.update(keys)
        self.added.append([*keys])

    def delete_dynamic_partition(self, name: str, key: str) -> None:
        assert name == "issue_page"
        self.known.remove(key)


def page(repo: str, number: int, outcome: Outcome = Outcome.FETCHED, rows: int = 3) -> PageResult:
    return PageResult(PageKey.numbered(repo, number), outcome, head(number, rows=rows))


def recorder(tmp_path: Path, instance: Partitions) -> tuple[PageRecorder, Any]:
    context: Any = step_context("a/b", instance=instance)
    return PageRecorder(context, PageFolder(Files(str(tmp_path)))), context


@pytest.mark.parametrize(
    ("rows", "number", "expected"), [(1, 2, True), (0, 2, False), (0, 1, True), (3, 1, True)]
)
def test_an_empty_page_is_a_partition_only_if_the_whole_list_is_empty(
    rows: int, number: int, expected: bool
) -> None:
    assert is_partition(page("a/b", number, rows=rows)) is expected


def test_a_page_is_recorded_if_its_content_is_new_and_all_are_added_at_once(
    tmp_path: Path,
) -> None:
    instance = Partitions()
    pages, context = recorder(tmp_path, instance)
    pages.add_partitions()
    assert instance.added == []
    for number, outcome in ((3, Outcome.FETCHED), (1, Outcome.UNCHANGED), (2, Outcome.FRESH)):
        pages.record_if_new(page("a/b", number, outcome))
    pages.record_if_new(page("a/b", 4, rows=0))
    pages.record_if_new(page("a/b", 1))
    pages.add_partitions()
    assert context.recorded == ["issue_pages of a/b/0003", "issue_pages of a/b/0001"]
    assert instance.added == [["a/b/0001", "a/b/0003"]]
    metadata = {name: value.value for name, value in context.events[0].metadata.items()}
    assert metadata == {
        "dagster/uri": str(tmp_path / "issue_pages/a/b/0003.parquet"),
        "dagster/partition_row_count": 3,
        "content_hash": "",
    }


def snapshots_of(*lists: Iterable[PageResult]) -> dict[str, ListSnapshot]:
    snapshots = [ListSnapshot([*each], True, 0, 0, NOW, NOW) for each in lists]
    return {each.repo: each for each in snapshots}


def test_partitions_become_those_of_the_lists_and_other_repositories_keep_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = PageFolder(Files(str(tmp_path)))
    for key in ("a/b/0001", "a/b/0003", "c/d/0001", "e/f/0009"):
        stored.write(PageKey.parse(key), Page(head(1, rows=0), []))
    instance = Partitions("a/b/0001", "a/b/0002", "a/b/0007", "a/bc/0001", "e/f/0009")
    versions = {"a/b/0001": "", "a/b/0002": "another", "c/d/0001": ""}
    asked: list[Any] = []

    def find_versions(context: object, asset: object, keys: object) -> dict[str, str]:
        asked.append(keys)
        return versions

    monkeypatch.setattr(page_partitions, "find_versions", find_versions)
    context: Any = step_context("a/b", "c/d", instance=instance)
    lists = snapshots_of(
        [page("a/b", 1), page("a/b", 2), page("a/b", 4, rows=0)], [page("c/d", 1, rows=0)]
    )
    update_partitions(context, stored, lists)
    assert asked == [["a/b/0001", "a/b/0002", "c/d/0001"]]
    assert context.recorded == ["issue_pages of a/b/0002", "issue_pages of c/d/0001"]
    assert instance.added == [["a/b/0002", "c/d/0001"]]
    assert instance.known == {"a/b/0001", "a/b/0002", "a/bc/0001", "c/d/0001", "e/f/0009"}
    assert [str(key) for repo in ("a/b", "c/d", "e/f") for key in stored.keys(repo)] == [
        "a/b/0001",
        "c/d/0001",
        "e/f/0009",
    ]


def test_a_repository_that_goes_takes_its_partitions_and_no_other(tmp_path: Path) -> None:
    instance = Partitions("a/b/0001", "a/b/0002", "a/bc/0001", "x/a/0001")
    context: Any = SimpleNamespace(instance=instance)
    retire_partitions(context, {"a/b", "a"})
    assert instance.known == {"a/bc/0001", "x/a/0001"}
