"""What is known of lists after they were read, and which files need not be written."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from repo_stats.defs.partitions import DEFERS_EVENTS
from repo_stats.defs.steps.github_requests import usage_metadata
from repo_stats.defs.steps.list_facts import describe_readings
from repo_stats.defs.steps.refreshed_lists import describe_refresh, refresh_lists
from repo_stats.defs.steps.snapshot_tables import FetchResult
from repo_stats.github.graphql.pulse import NewestItem
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.states.repo_state import ListSummary
from repo_stats.warehouse.table_files import StoredTable
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.defs.steps.test_list_facts import ASKED, results
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.rows import NOW
from repo_stats_tests.helpers.states import state_of
from repo_stats_tests.helpers.step_context import step_context
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


def test_a_file_is_written_again_if_an_author_counts_as_a_bot_now_or_a_column_is_new() -> None:
    marked = scanned(rows=[{**ROWS[0], "is_bot": True}, *ROWS[1:]])
    assert set(refresh_lists(scope_of(), marked, stored_as(SCAN)).unchanged) == set()
    older = {"a/b": replace(stored_as(SCAN)["a/b"], is_older=True)}
    assert set(refresh_lists(scope_of(), scanned(), older).unchanged) == set()


def test_a_list_of_which_nothing_is_known_is_written_and_stays_unknown() -> None:
    scope = SimpleNamespace(states={}, holds=lambda schema, repo: True)
    unknown: Any = scope
    found = refresh_lists(unknown, scanned(), stored_as(SCAN))
    assert (found.states, set(found.unchanged)) == ({}, set())


def test_an_empty_list_has_no_items() -> None:
    state = refresh_lists(scope_of(), scanned(rows=[]), {}).states["a/b"]
    assert state.items == ListSummary(0, is_exact=True)


def test_an_empty_list_has_none_of_the_items_of_another_one() -> None:
    scope = scope_of()
    scope.states["c/d"] = state_of("c/d")
    scanned_both = ScannedFrame(items(*ROWS), {"c/d": NOW_SCAN, "a/b": NOW_SCAN})
    found = refresh_lists(scope, scanned_both, {}).states
    assert {repo: state.items for repo, state in found.items()} == {
        "c/d": ListSummary(0, is_exact=True),
        "a/b": ListSummary(3, is_exact=True),
    }


USAGE = Usage()


def describe(context: Any, tmp_path: Path, *, reads: bool) -> Any:
    """Describe a list of which an earlier step has fetched a page, or which was not read."""
    snapshots = {"a/asked": ASKED} if reads else {}
    asked = FetchResult(snapshots, results("a/asked", Outcome.FETCHED), {}, USAGE, {})
    return describe_refresh(
        context,
        Tables(Files(str(tmp_path))),
        ScannedFrame(items(), {"a/asked": NOW_SCAN} if reads else {}),
        snapshots,
        [asked],
        USAGE,
        {"a/gone": {"stale": "It is gone."}},
    )


def test_what_was_read_of_each_list_is_logged_and_shown(tmp_path: Path) -> None:
    context = step_context("a/asked", "a/gone")
    describe(context, tmp_path, reads=True)
    told = describe_readings({"a/asked": ASKED}, results("a/asked", Outcome.FETCHED))
    assert context.log.entries == [("info", told)]
    assert context.shown["a/asked"]["pages_fetched"] == 1
    assert context.shown["a/asked"]["dagster/partition_row_count"] == 0
    assert context.shown["a/gone"]["stale"] == "It is gone."
    assert "content_hash" not in context.shown["a/gone"]
    assert context.shown[None] == usage_metadata(USAGE)


def test_if_no_list_was_read_the_log_says_nothing_of_them(tmp_path: Path) -> None:
    context = step_context("a/asked", "a/gone", tags={DEFERS_EVENTS: "true"})
    deferred = describe(context, tmp_path, reads=False)
    assert context.log.entries == []
    assert [key.to_user_string() for key in deferred.made_of] == ["repo_metadata"]
    assert list(deferred.metadata) == ["a/gone"]
