"""What `repo_activity` finds in the warehouse before and after it polls."""

from dataclasses import replace
from pathlib import Path

import pytest

from repo_stats.defs.sensors.repo_activity import find_ids, find_refreshes
from repo_stats.github.activity import ActivityState
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.sensors.watched import Deploy
from repo_stats_tests.helpers.items import items
from repo_stats_tests.helpers.rows import NOW, metadata
from repo_stats_tests.helpers.stored import SCAN

QUIET = ActivityState("7 2026-09-01T12:00:00Z", "e", "t", 1.0)

CHANGED = replace(QUIET, changed_at=1.0)


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    return Tables(Files(str(tmp_path)))


def test_only_repositories_with_one_row_of_metadata_are_polled(tables: Tables) -> None:
    tables.write(REPO_METADATA, "a/b", metadata("a/b", repo_id=7))
    tables.write(REPO_METADATA, "c/d", join_frames(REPO_METADATA, [metadata("c/d")] * 2))
    tables.write(REPO_METADATA, "e/f", join_frames(REPO_METADATA, []))
    assert find_ids(tables, ["a/b", "c/d", "e/f", "g/h"]) == {"a/b": 7}


@pytest.mark.parametrize(
    ("state", "seconds", "is_known"),
    [(CHANGED, 0.0, True), (CHANGED, -60.0, True), (CHANGED, -61.0, False), (QUIET, 0.0, False)],
)
def test_the_last_refresh_of_what_changed_is_known_unless_it_is_from_the_future(
    tables: Tables, state: ActivityState, seconds: float, is_known: bool
) -> None:
    tables.write(OPEN_ISSUES, "a/b", items(), SCAN)
    tables.write(OPEN_ISSUES, "c/d", items())
    states = dict.fromkeys(("a/b", "c/d", "e/f"), state)
    found = find_refreshes(tables, states, NOW.timestamp() + seconds)
    assert found == ({"a/b": NOW.timestamp()} if is_known else {})


def test_a_warehouse_that_cannot_be_read_is_said_and_nothing_is_polled(
    simulator: Simulator, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise WarehouseError("The disk is broken.")

    monkeypatch.setattr(Tables, "repos", fail)
    assert deploy().tick("repo_activity") == "The disk is broken."
    assert simulator.log == []
