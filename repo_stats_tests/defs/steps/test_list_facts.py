"""What the log and the UI show of the lists that were read."""

from dataclasses import replace
from datetime import timedelta

import dagster as dg

from repo_stats.defs.steps.list_facts import describe_lists, describe_readings
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.snapshot import ListSnapshot
from repo_stats.warehouse.scans import ScannedFrame
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.pages import NOW, head


def results(repo: str, *outcomes: Outcome) -> list[PageResult]:
    return [
        PageResult(PageKey.numbered(repo, number), outcome, head(number))
        for number, outcome in enumerate(outcomes, start=1)
    ]


def snapshot(repo: str, *outcomes: Outcome) -> ListSnapshot:
    later = NOW + timedelta(seconds=30)
    return ListSnapshot(results(repo, *outcomes), True, 2, 3, NOW, later)


QUIET = snapshot("a/quiet", Outcome.FRESH, Outcome.UNCHANGED)
CHANGED = snapshot("a/changed", Outcome.FRESH, Outcome.UNCHANGED, Outcome.FETCHED)
RESTLESS = replace(snapshot("a/restless", Outcome.UNCHANGED), is_exact=False)
ASKED = snapshot("a/asked", Outcome.FRESH, Outcome.FRESH)

SNAPSHOTS = {each.repo: each for each in (QUIET, CHANGED, RESTLESS, ASKED)}


def test_the_log_has_a_line_for_each_list_that_changed_or_is_not_exact_in_the_order_of_names() -> (
    None
):
    asked = results("a/asked", Outcome.FETCHED)
    assert describe_readings(SNAPSHOTS, asked).splitlines() == [
        "a/asked: 2 pages, 1 fresh, 0 unchanged, 1 fetched",
        "a/changed: 3 pages, 1 fresh, 1 unchanged, 1 fetched",
        "a/restless: 1 pages, 0 fresh, 1 unchanged, 0 fetched; it kept changing while it was "
        "read: not exact",
        "Lists without any change: 1",
    ]


def test_the_ui_shows_the_items_the_pages_and_the_proof_of_each_list() -> None:
    rows = [
        item(1, 1, repo="a/changed"),
        item(2, 1, repo="a/changed", is_pull_request=True),
        item(3, 1, repo="a/changed", is_pull_request=True),
        item(4, 1, repo="a/quiet"),
    ]
    shown = describe_lists(ScannedFrame(items(*rows), {}), SNAPSHOTS, [])
    assert list(shown) == list(SNAPSHOTS)
    assert shown["a/changed"] == {
        "open_items": 3,
        "open_issues": 1,
        "open_pull_requests": 2,
        "pages": 3,
        "pages_fetched": 1,
        "pages_unchanged": 1,
        "pages_fresh": 1,
        "pages_asked": 2,
        "is_exact": True,
        "rounds": 2,
        "changes_seen": 3,
        "scan_started": dg.MetadataValue.timestamp(NOW.timestamp()),
        "scan_ended": dg.MetadataValue.timestamp(NOW.timestamp() + 30),
    }
    assert [facts["open_items"] for facts in shown.values()] == [1, 3, 0, 0]
    assert [facts["pages_asked"] for facts in shown.values()] == [1, 2, 1, 0]
    assert [facts["is_exact"] for facts in shown.values()] == [True, True, False, True]


def test_a_page_that_an_earlier_step_fetched_counts_as_fetched() -> None:
    asked = results("a/asked", Outcome.FETCHED, Outcome.UNCHANGED)
    facts = describe_lists(ScannedFrame(items(), {}), {"a/asked": ASKED}, asked)["a/asked"]
    assert (facts["pages_fetched"], facts["pages_unchanged"], facts["pages_fresh"]) == (1, 1, 0)
