"""What is known of lists after they were read, and which files need not be written."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from repo_stats.defs.steps.refreshed_lists import refresh_lists
from repo_stats.github.graphql.pulse import NewestItem
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.states.repo_state import ListSummary
from repo_stats.warehouse.table_files import StoredTable
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.helpers.states import state_of
from repo_stats_tests.helpers.stored import SCAN

LATER = NOW + timedelta(hours=1)

NOW_SCAN = replace(SCAN, validated_at=LATER)

PULSE = pulse_of(
    asked_at=LATER - timedelta(seconds=2),
    newest_issue=NewestItem(1, LATER - timedelta(minutes=1), is_open=True),
)
"""A pulse with an update that is settled, but that a machine of GitHub may not know yet."""

ROWS = [
    item(1, 1, updated_at=PULSE.newest[0].updated_at),
    item(2, 1, updated_at=PULSE.newest[1].updated_at, is_pull_request=True),
    item(3, 2),
]


def scope_of(*, holds: bool = True, **changes: Any) -> Any:
    """What a step knows of the list of a/b."""
    states = {"a/b": state_of("a/b", **{"pulse": PULSE, "seen_at": NOW, **changes})}
    return SimpleNamespace(states=states, holds=lambda schema, repo: holds)


def scanned(scan: ScanInfo = NOW_SCAN, rows: Any = ROWS) -> ScannedFrame:
    return ScannedFrame(items(*rows), {"a/b": scan})


def stored_as(scan: ScanInfo | None) -> dict[str, StoredTable]:
    return {"a/b": StoredTable(to_arrow(OPEN_ISSUES, items(*ROWS)), scan, "r", is_older=False)}


def test_a_scan_after_a_pulse_gets_a_voucher_of_that_pulse() -> None:
    state = refresh_lists(scope_of(), scanned(), {}).states["a/b"]
    assert (state.seen_at, state.items) == (LATER, ListSummary(3, is_exact=True))
    assert state.voucher is not None
    assert (state.voucher.pulse, state.voucher.is_valid) == (PULSE, True)
    assert state.voucher.difference == (0, 0)


@pytest.mark.parametrize(
    ("scan", "rows"),
    [
        (replace(NOW_SCAN, is_exact=False), ROWS),
        (replace(NOW_SCAN, validated_at=NOW), ROWS),
        (NOW_SCAN, ROWS[:2]),
        (NOW_SCAN, [{**ROWS[0], "updated_at": LATER - timedelta(days=9)}, *ROWS[1:]]),
        (NOW_SCAN, ROWS[1:]),
    ],
)
def test_a_scan_that_does_not_agree_with_its_pulse_vouches_for_nothing(
    scan: ScanInfo, rows: Any
) -> None:
    scope = scope_of(seen_at=None)
    voucher = refresh_lists(scope, scanned(scan, rows), {}).states["a/b"].voucher
    assert voucher is not None
    assert not voucher.is_valid


def test_without_a_pulse_there_is_no_voucher() -> None:
    state = refresh_lists(scope_of(pulse=None), scanned(), {}).states["a/b"]
    assert (state.voucher, state.seen_at) == (None, LATER)


def test_of_a_scan_that_is_known_already_nothing_is_new() -> None:
    scope = scope_of(seen_at=LATER)
    assert refresh_lists(scope, scanned(), {}).states == scope.states


@pytest.mark.parametrize(
    ("stored", "scan", "holds", "is_unchanged"),
    [
        (SCAN, NOW_SCAN, True, True),
        (SCAN, NOW_SCAN, False, False),
        (None, NOW_SCAN, True, False),
        (replace(SCAN, changes=1), NOW_SCAN, True, False),
        (SCAN, replace(NOW_SCAN, changes=1), True, False),
        (replace(SCAN, fingerprint="g"), NOW_SCAN, True, False),
        (replace(SCAN, is_exact=False), NOW_SCAN, True, False),
    ],
)
def test_a_file_is_not_written_again_if_it_is_the_known_one_and_tells_the_same(
    stored: ScanInfo | None, scan: ScanInfo, holds: bool, is_unchanged: bool
) -> None:
    found = refresh_lists(scope_of(holds=holds), scanned(scan), stored_as(stored))
    assert set(found.unchanged) == ({"a/b"} if is_unchanged else set())
    assert set(refresh_lists(scope_of(), scanned(scan), {}).unchanged) == set()


def test_a_list_of_which_nothing_is_known_is_written_and_stays_unknown() -> None:
    scope = SimpleNamespace(states={}, holds=lambda schema, repo: True)
    unknown: Any = scope
    found = refresh_lists(unknown, scanned(), stored_as(SCAN))
    assert (found.states, set(found.unchanged)) == ({}, set())


def test_an_empty_list_has_no_items() -> None:
    state = refresh_lists(scope_of(), scanned(rows=[]), {}).states["a/b"]
    assert state.items == ListSummary(0, is_exact=True)
