"""What a step does and says when repositories have other names in the watchlist."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.resources import RefreshOptions
from repo_stats.defs.steps import moved_repositories
from repo_stats.defs.steps.moved_repositories import settle_names
from repo_stats.defs.steps.sync_tables import hash_items
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import hash_content, to_frame
from repo_stats.warehouse.schemas import (
    ISSUE_BACKLOG,
    ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
)
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.items import item
from repo_stats_tests.helpers.step_context import step_context
from repo_stats_tests.helpers.stored import fill

RECORDED = ("repo_history", "issue_backlog", "issues", "issue_trends", "contributor_concentration")

OLD, NEW, OTHER = "acme/old", "acme/new", "acme/other"


class Partitions:
    """The partitions of pages, which are retired with their repository."""

    def __init__(self) -> None:
        self.known = [f"{OLD}/0001", f"{OTHER}/0001"]

    def get_dynamic_partitions(self, name: str) -> list[str]:
        return [*self.known]

    def delete_dynamic_partition(self, name: str, key: str) -> None:
        self.known.remove(key)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """A warehouse with a repository under its old name."""
    files = Files(str(tmp_path))
    fill(files, OLD, 7)
    return Tables(files)


@pytest.fixture
def context() -> Any:
    return step_context(NEW, OTHER, instance=Partitions())


def settle(
    context: Any,
    tables: Tables,
    ids: Mapping[str, int],
    *,
    watchlist: tuple[str, ...] = (NEW, OTHER),
    stored: tuple[str, ...] = (),
    **options: Any,
) -> dict[str, str]:
    return settle_names(
        context,
        tables,
        ids,
        set(stored),
        dg.StaticPartitionsDefinition([*watchlist]),
        RefreshOptions(**options),
    )


def test_a_repository_under_a_new_name_gets_what_is_stored_and_what_no_step_makes_is_recorded(
    context: Any, tables: Tables
) -> None:
    assert settle(context, tables, {NEW: 7, OTHER: 8}, stored=(OTHER,)) == {}
    assert tables.repos(REPO_METADATA) == []
    assert context.log.entries == [
        (
            "info",
            "acme/old is acme/new in the watchlist now: what is stored of it moved to the new name "
            "(rows of history: 7, other files: 11).",
        )
    ]
    assert context.instance.known == [f"{OTHER}/0001"]
    assert context.recorded == [f"{name} of {NEW}" for name in RECORDED]
    assert [event.metadata["dagster/partition_row_count"].value for event in context.events] == [
        *(3, 1, 1, 1, 1)
    ]
    assert [event.metadata["dagster/uri"].value for event in context.events] == [
        str(Path(tables.files.root, name, f"{NEW}.parquet")) for name in RECORDED
    ]
    hashes = [event.metadata["content_hash"].value for event in context.events]
    history, backlog, issues = (
        tables.read(schema, [NEW]) for schema in (REPO_HISTORY, ISSUE_BACKLOG, ISSUES)
    )
    assert hashes[:3] == [
        hash_content(REPO_HISTORY, history.tail(1)),
        hash_content(ISSUE_BACKLOG, backlog),
        hash_items(issues),
    ]


def test_the_version_of_many_items_is_that_of_the_step_that_makes_them(
    context: Any, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("repo_stats.defs.steps.sync_tables._ROWS_HASHED_AT_ONCE", 1)
    rows = [item(number, 1, repo=OLD, repo_id=7) for number in (1, 2)]
    tables.write(ISSUES, OLD, to_frame(ISSUES, rows))
    settle(context, tables, {NEW: 7})
    [made] = [event for event in context.events if event.asset_key == dg.AssetKey("issues")]
    assert made.metadata["content_hash"].value == hash_items(tables.read(ISSUES, [NEW]))


def test_what_was_never_made_is_not_recorded(context: Any, tables: Tables) -> None:
    for name in RECORDED:
        Path(tables.files.root, name, f"{OLD}.parquet").unlink()
    assert settle(context, tables, {NEW: 7}) == {}
    assert tables.repos(REPO_METADATA) == []
    assert context.recorded == []


@pytest.mark.parametrize(
    ("stored", "force", "is_looked_for"),
    [((NEW,), False, False), ((NEW,), True, True), ((), False, True), ((OTHER,), False, True)],
)
def test_old_names_are_looked_for_only_if_a_name_is_new_or_the_refresh_is_forced(
    context: Any, tables: Tables, stored: tuple[str, ...], force: bool, is_looked_for: bool
) -> None:
    assert settle(context, tables, {NEW: 7}, stored=stored, force=force) == {}
    assert (tables.repos(REPO_METADATA) == []) is is_looked_for


@pytest.mark.parametrize("options", [{"watchlist": (OLD, NEW)}, {"watched": [OLD]}])
def test_what_is_watched_under_its_old_name_stays(
    context: Any, tables: Tables, options: dict[str, Any]
) -> None:
    assert settle(context, tables, {NEW: 7}, **options) == {}
    assert tables.repos(REPO_METADATA) == [OLD]


def test_two_names_of_one_repository_are_told(context: Any, tables: Tables) -> None:
    ids = {"u/v": 9, "w/x": 9, NEW: 5, OTHER: 5, "x/y": 6}
    assert settle(context, tables, ids) == {}
    assert context.log.of("warning") == [
        "u/v and w/x are one repository (number 9). Keep one of them in the watchlist, and refresh "
        "it with --force: it gets the history of both.",
        "acme/new and acme/other are one repository (number 5). Keep one of them in the watchlist, "
        "and refresh it with --force: it gets the history of both.",
    ]


def test_a_stored_name_that_cannot_be_read_is_told_with_what_to_do(
    context: Any, tables: Tables
) -> None:
    unreadable = Path(tables.files.root, "repo_metadata", "acme", "odd.parquet")
    unreadable.mkdir()
    assert settle(context, tables, {NEW: 7}) == {}
    [warning] = context.log.of("warning")
    assert warning == (
        f"{unreadable} cannot be read (Is a directory). If it is of a repository that has another "
        "name in the watchlist now, put that right and refresh with --force."
    )


def test_what_cannot_be_moved_is_the_reason_why_the_new_name_gets_no_row_yet(
    context: Any, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    def move(*_: object) -> None:
        raise WarehouseError("The disk is full.")

    monkeypatch.setattr(moved_repositories, "move_stored", move)
    assert settle(context, tables, {NEW: 7}) == {
        NEW: "What is stored of it as acme/old cannot be moved: The disk is full."
    }

    def fail(*_: object) -> None:
        raise KeyError("colour")

    monkeypatch.setattr(moved_repositories, "move_stored", fail)
    assert list(settle(context, tables, {NEW: 7})) == [NEW]
    assert "KeyError: 'colour'" in context.log.of("debug")[0]
    assert context.recorded == []


def test_a_history_that_stays_behind_is_told(
    context: Any, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = SimpleNamespace(rows=0, files=1, problem="It is damaged; repair it.")
    monkeypatch.setattr(moved_repositories, "move_stored", lambda *_: moved)
    settle(context, tables, {NEW: 7})
    assert context.log.of("warning") == [
        "The history of acme/old has not moved: It is damaged; repair it. Then refresh acme/new "
        "with --force, which moves it."
    ]
