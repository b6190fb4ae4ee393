"""Rows that a step loads when it needs them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from repo_stats.defs.stored_rows import Refreshed, StoredRows
from repo_stats.warehouse.files import WarehouseError
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.table_files import StoredTable
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.stored import SCAN


def test_only_the_rows_that_a_step_needs_are_loaded_and_those_that_are_not_there_left_out() -> None:
    asked = []
    stored = {
        repo: StoredTable(
            to_arrow(OPEN_ISSUES, items(item(1, 1, repo=repo))), SCAN, "r", is_older=False
        )
        for repo in ("a/b", "c/d")
    }

    def load(repos: Sequence[str]) -> dict[str, StoredTable]:
        asked.append(list(repos))
        return {repo: stored[repo] for repo in repos if repo in stored}

    rows = StoredRows(OPEN_ISSUES, load)
    assert asked == []
    assert list(rows.load(["c/d", "x/y"])["repo"]) == ["c/d"]
    scanned = rows.load_scanned(["c/d", "a/b"])
    assert (list(scanned.frame["repo"]), scanned.scans) == (
        *(["c/d", "a/b"], {"c/d": SCAN, "a/b": SCAN}),
    )
    assert list(rows.load([]).columns) == OPEN_ISSUES.names
    assert asked == [["c/d", "x/y"], ["c/d", "a/b"], []]
    stored["a/b"] = replace(stored["a/b"], scan=None)
    with pytest.raises(WarehouseError, match="does not say how its items were read"):
        rows.load_scanned(["a/b"])


def test_all_rows_are_written_if_nothing_is_said() -> None:
    assert set(Refreshed(items(), {}).unchanged) == set()
