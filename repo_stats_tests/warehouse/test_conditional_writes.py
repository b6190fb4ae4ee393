"""Storage whose library has no conditional writes, and the one that every machine has: memory."""

from functools import partial

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from repo_stats.metrics.history import append_statistics
from repo_stats.warehouse import changes
from repo_stats.warehouse.changes import change_file, replace_content
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.objects.choice import deletes_conditionally, writes_conditionally
from repo_stats.warehouse.objects.memory import MemoryStore
from repo_stats.warehouse.objects.store import ObjectStore
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_HISTORY
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, statistics


@pytest.mark.parametrize("root", ["gs://bucket/stats", "az://bucket/stats"])
def test_what_cannot_be_fetched_again_is_refused_where_no_conditional_writes_are_known(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "_tried", {})
    monkeypatch.setattr(Files, "filesystem", MemoryFileSystem())
    tables = Tables(Files(root))
    change = partial(append_statistics, row=statistics(), now=NOW)
    with pytest.raises(WarehouseError) as raised:
        tables.update(REPO_HISTORY, "a/b", change)
    assert str(raised.value) == (
        f"{root} cannot hold tables whose rows cannot be fetched again, because its storage does "
        "not write on a condition (If-Match), so that two runs at once would lose rows; set "
        "REPO_STATS_WAREHOUSE to a folder, or to storage that does."
    )
    assert not tables.has(REPO_HISTORY, "a/b")
    tables.write(OPEN_ISSUES, "a/b", OPEN_ISSUES.arrow.empty_table())
    assert tables.list_stored(OPEN_ISSUES, ["a/b", "c/d"]) == ["a/b"]


def test_memory_keeps_conditions_and_other_libraries_are_not_known_to() -> None:
    filesystem = MemoryFileSystem()
    for store, keeps in ((MemoryStore(filesystem), True), (ObjectStore(filesystem), False)):
        assert writes_conditionally(store, "memory://conditions") is keeps
        assert deletes_conditionally(store, "memory://conditions") is keeps


def test_memory_changes_what_was_read_and_nothing_else() -> None:
    files = Files("memory://changes")
    change_file(files, "t/n", lambda content: (content or b"") + b"1")
    change_file(files, "t/n", lambda content: (content or b"") + b"2")
    assert files.read("t/n") == b"12"
    assert not replace_content(files, "t/n", b"1", None)
    assert replace_content(files, "t/n", b"12", None)
    assert not files.exists("t/n")
