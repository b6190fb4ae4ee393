"""What `repo_activity` finds in the warehouse before and after it polls."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from repo_stats.defs.sensors.repo_activity import Tick, find_ids, find_refreshes
from repo_stats.github.activity import ActivityState
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import OPEN_ISSUES, REPO_METADATA
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.sensors.watched import Deploy
from repo_stats_tests.helpers.items import items
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.rows import NOW, metadata
from repo_stats_tests.helpers.states import state_of, voucher_of
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


def scans(**times: float) -> Any:
    """Tables of which only the scans of some lists are known, by the names of repositories."""
    found = {f"a/{name}": NOW + timedelta(seconds=at) for name, at in times.items()}

    def find_scan(_: object, repo: str) -> Any:
        return SimpleNamespace(validated_at=found[repo]) if repo in found else None

    return SimpleNamespace(find_scan=find_scan)


def tick_over(tables: Any) -> Tick:
    github: Any = None  # it is not asked
    return Tick(logging.getLogger(), github, tables, [], NOW.timestamp, NOW.timestamp())


def test_what_changed_was_refreshed_when_its_pulse_or_else_its_file_says() -> None:
    asked_at = NOW - timedelta(seconds=30)
    tables = scans(pulse=-10, ahead=-10, never=-10, scan=-20, unknown=-25, future=61)
    vouched = state_of("a", pulse=pulse_of(), voucher=voucher_of(pulse_of(asked_at=asked_at)))
    tables.states = {
        "a/pulse": vouched,
        "a/quiet": vouched,
        "a/ahead": state_of(
            "a", pulse=pulse_of(), voucher=voucher_of(pulse_of(asked_at=NOW + timedelta(hours=1)))
        ),
        "a/never": state_of("a", pulse=pulse_of()),
        "a/scan": replace(vouched, pulse=None),
    }
    names = ("pulse", "ahead", "never", "scan", "unknown", "future")
    states = {**{f"a/{name}": CHANGED for name in names}, "a/quiet": QUIET}
    assert tick_over(tables).find_refreshes(states) == {
        "a/pulse": NOW.timestamp() - 30,
        "a/scan": NOW.timestamp() - 20,
        "a/unknown": NOW.timestamp() - 25,
    }


def test_where_nothing_changed_no_state_is_read() -> None:
    assert tick_over(scans(quiet=0)).find_refreshes({"a/quiet": QUIET}) == {}
