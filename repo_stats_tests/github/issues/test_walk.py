"""Lists from a simulated GitHub, read to their true end."""

from collections.abc import Callable

import pytest

from repo_stats.github.errors import PageCapError
from repo_stats.github.issues.page_reader import (
    Outcome,
)
from repo_stats.github.issues.pages import PageKey
from repo_stats_tests.helpers.scanner import Scanner, outcomes


@pytest.mark.parametrize("items", [0, 1, 99, 100, 101, 250])
def test_every_open_item_is_read_once_whatever_the_counter_says(
    scanner: Callable[..., Scanner], items: int
) -> None:
    for guess in (0, items, 3 * items):
        scan = scanner(items)
        results = scan.scan(guess, force=True)
        assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())


def test_a_full_last_page_is_looked_past(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(200)
    results = scan.scan(200)
    assert [result.head.rows for result in results] == [100, 100, 0]


def test_a_list_that_grew_past_its_stored_end_is_followed(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(100)
    scan.scan(100)
    for issue in scan.issues("closed")[:5]:
        issue["state"] = "open"
    results = scan.scan(105)
    assert set(scan.stored_ids(results)) == scan.open_ids()


@pytest.mark.parametrize("items", [35, 40, 41])
@pytest.mark.parametrize("guess", [0, 20, 40])
def test_past_the_page_cap_the_cursor_is_followed(
    scanner: Callable[..., Scanner], items: int, guess: int
) -> None:
    scan = scanner(items, per_page=10, page_cap=20)
    results = scan.scan(guess)
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())


def test_a_list_past_the_cap_is_revalidated_without_asking_for_refused_pages(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(45, per_page=10, page_cap=20)
    scan.scan(45)
    scan.simulator.log.clear()
    assert outcomes(scan.scan(45)) == ["unchanged"] * 5
    assert {request.status for request in scan.simulator.log} == {304}


def test_a_list_past_the_cap_that_changed_early_is_walked_anew(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(45, per_page=10, page_cap=20)
    scan.scan(45)
    scan.issues("open")[0]["state"] = "closed"
    scan.simulator.log.clear()
    results = scan.scan(45)
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())
    assert sum(request.status == 422 for request in scan.simulator.log) <= 1


def test_a_list_that_grew_past_a_full_last_page_beyond_the_cap_is_followed(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(40, per_page=10, page_cap=20)
    scan.scan(40)
    newest = scan.issues("closed")[-1]
    newest["created_at"] = "2026-09-01T11:59:59Z"
    newest["state"] = "open"
    results = scan.scan(40)
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())


def test_a_walk_alone_reads_what_planning_and_reading_do(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(250)
    results = scan.scan(250, walk_only=True)
    assert [result.outcome for result in results] == [Outcome.FETCHED] * 3
    assert [key.number for key in scan.folder.keys("acme/rocket")] == [1, 2, 3]
    assert scan.folder.head(PageKey.numbered("acme/rocket", 3)) == results[-1].head


def test_a_cap_below_the_first_page_is_told_as_it_is(scanner: Callable[..., Scanner]) -> None:
    with pytest.raises(PageCapError):
        scanner(30, per_page=10, page_cap=5).scan(30)
