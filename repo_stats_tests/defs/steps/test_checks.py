"""Each check of the tables, made to fail by data, and what it says then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

from repo_stats.defs.steps.checks import CHECKS, check_lists, check_repositories, refreshed_check
from repo_stats.github.issues.requests import IssueList
from repo_stats.warehouse.scans import ScanInfo, ScannedFrame
from repo_stats.warehouse.states.repo_state import ListSummary, RepoState
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.runs import findings_of
from repo_stats_tests.helpers.states import state_of
from repo_stats_tests.helpers.stored import SCAN

RESTLESS = replace(SCAN, is_exact=False, rounds=3, changes=4)

WARN, ERROR = dg.AssetCheckSeverity.WARN, dg.AssetCheckSeverity.ERROR


def findings(result: dg.AssetCheckResult) -> dict[str, str]:
    """What a check says of each repository."""
    return findings_of(result.metadata)


def check(
    rows: list[dict[str, Any]],
    counters: Mapping[str, int],
    scans: Mapping[str, ScanInfo] | None = None,
    others: Sequence[RepoState] = (),
) -> list[dg.AssetCheckResult]:
    """The results of the checks of rows.

    Args:
        rows: of `open_issues`.
        counters: GitHub's counter of each repository.
        scans: how each list was read; if not given, all are exact.
        others: what is known of lists that the run has not made again.
    """
    scanned = dict.fromkeys(counters, SCAN) if scans is None else scans
    lists = [IssueList(r, 1, "https://api.example", 100, counter=n) for r, n in counters.items()]
    return list(check_lists(ScannedFrame(items(*rows), scanned), lists, others))


def rows_of(repo: str, count: int) -> list[dict[str, Any]]:
    return [item(number, 1, repo=repo) for number in range(count)]


def test_rows_without_fault_pass_every_check() -> None:
    results = check([*rows_of("a/b", 3), *rows_of("c/d", 2)], {"a/b": 3, "c/d": 2, "e/f": 0})
    assert [(r.check_name, r.passed, r.severity, findings(r)) for r in results] == [
        ("unique", True, ERROR, {}),
        ("only_open", True, ERROR, {}),
        ("exact", True, WARN, {}),
        ("agrees_with_counter", True, WARN, {}),
    ]
    assert {r.asset_key for r in results} == {dg.AssetKey("open_issues")}
    assert [list(r.metadata) for r in results] == [["repositories"]] * 4


@pytest.mark.parametrize(
    ("rows", "counters", "scans", "failed", "expected"),
    [
        (
            [*rows_of("a/b", 4), *rows_of("a/b", 2), *rows_of("c/d", 2)],
            {"a/b": 6, "c/d": 2},
            None,
            "unique",
            {"a/b": "2 twice"},
        ),
        (
            [*rows_of("a/b", 2), item(7, 1, state="closed"), *rows_of("c/d", 2)],
            {"a/b": 3, "c/d": 2},
            None,
            "only_open",
            {"a/b": "1 not open"},
        ),
        (
            rows_of("a/b", 2),
            {"a/b": 2, "c/d": 0},
            {"a/b": SCAN, "c/d": RESTLESS},
            "exact",
            {"c/d": "still changing after 3 rounds, 4 changes"},
        ),
        (
            [*rows_of("a/b", 2), *rows_of("c/d", 3)],
            {"a/b": 2, "c/d": 15, "e/f": 12},
            None,
            "agrees_with_counter",
            {
                "c/d": "3 items, GitHub's counter says 15",
                "e/f": "0 items, GitHub's counter says 12",
            },
        ),
    ],
)
def test_one_fault_fails_its_own_check_alone_which_names_the_repository(
    rows: list[dict[str, Any]],
    counters: Mapping[str, int],
    scans: Mapping[str, ScanInfo] | None,
    failed: str,
    expected: dict[str, str],
) -> None:
    results = check(rows, counters, scans)
    assert [r.check_name for r in results if not r.passed] == [failed]
    assert {r.check_name: findings(r) for r in results if not r.passed} == {failed: expected}
    numbers = {r.check_name: r.metadata["repositories"].value for r in results}
    assert numbers.pop(failed) == len(expected)
    assert set(numbers.values()) == {0}


@pytest.mark.parametrize(
    ("rows", "counter", "passes"),
    [
        *[(0, 10, True), (0, 11, False), (11, 0, False)],
        *[(400, 380, True), (400, 370, True), (400, 369, False)],
        *[(380, 411, False), (380, 410, True)],
    ],
)
def test_rows_may_differ_from_the_counter_by_ten_and_a_twentieth_of_the_larger(
    rows: int, counter: int, passes: bool
) -> None:
    assert check(rows_of("a/b", rows), {"a/b": counter})[-1].passed is passes


def test_the_counter_of_a_repository_that_was_not_read_is_not_compared() -> None:
    assert check(rows_of("a/b", 1), {"a/b": 1, "c/d": 99}, {"a/b": SCAN})[-1].passed


@pytest.mark.parametrize(
    ("found", "failed"),
    [
        (ListSummary(95, is_exact=True), {}),
        (None, {}),
        (
            ListSummary(100, is_exact=False),
            {"exact": {"c/d": "still changing when it was last read"}},
        ),
        (
            ListSummary(80, is_exact=True),
            {"agrees_with_counter": {"c/d": "80 items, GitHub's counter says 100"}},
        ),
    ],
)
def test_a_list_that_is_not_made_again_is_checked_by_what_is_known_of_it(
    found: ListSummary | None, failed: dict[str, dict[str, str]]
) -> None:
    other = state_of("c/d", counter=100, items=found)
    results = check(rows_of("a/b", 1), {"a/b": 1}, others=[other])
    assert {r.check_name: findings(r) for r in results if not r.passed} == failed


def test_a_check_fails_as_an_error_if_nothing_else_is_said() -> None:
    failed = check_repositories("t", "refreshed", {"a/b": "gone"})
    table = failed.metadata["findings"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [column.name for column in table.schema.columns] == ["repo", "finding"]
    assert (failed.passed, failed.severity, findings(failed)) == (False, ERROR, {"a/b": "gone"})
    assert (failed.asset_key, failed.check_name) == (dg.AssetKey("t"), "refreshed")


def test_every_check_says_what_it_is_about() -> None:
    assert refreshed_check("t").asset_key == dg.AssetKey("t")
    assert [(spec.asset_key.to_user_string(), spec.name, spec.description) for spec in CHECKS] == [
        (
            "open_issues",
            "refreshed",
            "The run could read every repository. A repository that it could not read keeps its "
            "stored rows; the reason is in the check's metadata.",
        ),
        ("open_issues", "unique", "No item appears twice."),
        ("open_issues", "only_open", "Every item is open."),
        (
            "open_issues",
            "exact",
            "The rows of each repository are proved to be exactly the items that were open at one "
            "moment. The check fails if a list keeps changing while it is read; the next refresh "
            "tries again.",
        ),
        (
            "open_issues",
            "agrees_with_counter",
            "There are as many items as GitHub's counter says, give or take 10 and 5%. The counter "
            "lags behind the list, and may have been read earlier, by up to the maximum age.",
        ),
    ]
