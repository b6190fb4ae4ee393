"""Single pages: when there is a request, what it costs, and what a failure leaves."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import PermanentError, TransientError
from repo_stats.github.http.responses import ApiResponse
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness, PageKey
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import LostPageError, PageFolder
from repo_stats_tests.helpers.pages import ISSUE_LIST, NOW, head
from repo_stats_tests.helpers.scanner import Scanner, outcomes


def test_within_the_maximum_age_no_request_is_sent(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(250)
    scan.scan(250)
    scan.simulator.log.clear()
    assert outcomes(scan.scan(250, max_age=3600)) == ["fresh"] * 3
    assert scan.simulator.log == []


@pytest.mark.parametrize("items", [250, 200])
def test_past_the_maximum_age_an_unchanged_list_is_free(
    scanner: Callable[..., Scanner], items: int
) -> None:
    scan = scanner(items)
    before = scan.scan(items)
    scan.simulator.log.clear()
    after = scan.scan(items)
    assert outcomes(after) == ["unchanged"] * 3
    assert [request.status for request in scan.simulator.log] == [304] * 3
    assert not any(request.charged for request in scan.simulator.log)
    ages = [
        (earlier.head.validated_at, later.head.validated_at)
        for earlier, later in zip(before, after, strict=True)
    ]
    assert [earlier < later for earlier, later in ages] == [True] * 3


def test_force_asks_unconditionally_and_finds_the_same_content(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(150)
    scan.scan(150)
    scan.simulator.log.clear()
    assert outcomes(scan.scan(150, force=True)) == ["unchanged", "unchanged"]
    assert [request.status for request in scan.simulator.log] == [200, 200]
    assert all("if-none-match" not in request.headers for request in scan.simulator.log)


def test_another_token_costs_one_full_answer_but_is_no_new_content(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(50)
    scan.scan(50)
    scan.simulator.log.clear()
    assert outcomes(scan.scan(50, token="other")) == ["unchanged"]
    assert [request.status for request in scan.simulator.log] == [200]


def test_a_change_is_fetched_and_the_rest_is_not(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(250)
    scan.scan(250)
    scan.issues("open")[-1]["state"] = "closed"
    results = scan.scan(250)
    assert outcomes(results) == ["unchanged", "unchanged", "fetched"]
    assert set(scan.stored_ids(results)) == scan.open_ids()


FAULTS = [FaultKind.SERVER_ERROR, FaultKind.BAD_GATEWAY, FaultKind.NOT_JSON, FaultKind.WRONG_SHAPE]


@pytest.mark.parametrize("kind", FAULTS)
def test_a_passing_fault_changes_nothing_but_the_number_of_requests(
    scanner: Callable[..., Scanner], kind: FaultKind
) -> None:
    scan = scanner(250, faults=[Fault(kind, 2)])
    results = scan.scan(250)
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())
    assert len(scan.simulator.log) == 4


def test_what_arrived_before_a_failure_is_kept_and_not_asked_for_again(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(450, faults=[Fault(FaultKind.SERVER_ERROR, 1, 3, "&page=3")])
    with pytest.raises(TransientError):
        scan.scan(450, max_age=3600)
    scan.simulator.log.clear()
    results = scan.scan(450, max_age=3600)
    assert [request.target.partition("&page=")[2] for request in scan.simulator.log] == ["3"]
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())


def test_a_failure_keeps_the_page_that_was_stored(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(50)
    [before] = scan.scan(50)
    scan.simulator.world.repositories.clear()
    with pytest.raises(PermanentError):
        scan.scan(50)
    assert scan.folder.head(before.key) == before.head


def test_a_damaged_page_is_fetched_again(scanner: Callable[..., Scanner], tmp_path: Path) -> None:
    scan = scanner(150)
    scan.scan(150)
    path = tmp_path / "issue_pages" / "acme" / "rocket" / "0002.parquet"
    path.write_bytes(path.read_bytes()[:100])
    results = scan.scan(150, max_age=3600)
    assert outcomes(results) == ["fresh", "fetched"]
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())


def test_a_smaller_page_size_reads_the_list_anew(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(90)
    scan.scan(90)
    scan.per_page = 50
    results = scan.scan(90, max_age=3600)
    assert outcomes(results) == ["fetched", "fetched"]
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_an_empty_page_where_items_are_expected_is_asked_for_again(
    scanner: Callable[..., Scanner], nth: int
) -> None:
    scan = scanner(250, faults=[Fault(FaultKind.EMPTY_LIST, nth)])
    results = scan.scan(250)
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())


def test_a_list_that_is_empty_twice_is_believed(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(50)
    scan.scan(50)
    for issue in scan.issues("open"):
        issue["state"] = "closed"
    scan.simulator.log.clear()
    results = scan.scan(50)
    assert [result.head.rows for result in results] == [0]
    assert len(scan.simulator.log) <= 4


def test_a_page_damaged_within_is_removed_and_fetched_by_the_next_attempt(
    scanner: Callable[..., Scanner], tmp_path: Path
) -> None:
    scan = scanner(150)
    results = scan.scan(150)
    path = tmp_path / "issue_pages" / "acme" / "rocket" / "0002.parquet"
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(bytes(content))
    with pytest.raises(LostPageError, match="acme/rocket/0002 was damaged or removed"):
        scan.stored_ids(results)
    again = scan.scan(150, max_age=3600)
    assert outcomes(again) == ["fresh", "fetched"]
    assert sorted(scan.stored_ids(again)) == sorted(scan.open_ids())


def test_a_counter_that_is_wrong_about_an_empty_list_costs_nothing_while_it_is_fresh(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(0)
    scan.scan(7)
    assert len(scan.simulator.log) == 2
    scan.simulator.log.clear()
    assert outcomes(scan.scan(7, max_age=3600)) == ["fresh"]
    assert scan.simulator.log == []


@pytest.mark.parametrize(
    ("begin", "took", "expected_begin", "expected_age"),
    [(-99, 2, -99, 2), (0, 2, 0, 2), (1, 2, 2, 2), (86_400, 2, 2, 2), (-99, -3600, -99, 300)],
)
def test_no_content_begins_after_a_request_that_confirms_it(
    tmp_path: Path, begin: int, took: int, expected_begin: int, expected_age: int
) -> None:
    answer = ApiResponse(
        asked_at=NOW,
        answered_at=NOW + timedelta(seconds=took),
        server_date=NOW,
        etag=None,
        token_id=None,
        next_url=None,
        quota=None,
        body=None,
    )
    index = PageIndex(PageFolder(Files(str(tmp_path))))
    pages = PageReader(GitHubClient(ISSUE_LIST.api_url), index, Freshness(NOW, revalidate=True))
    sent = replace(head(1), fetched_at=NOW + timedelta(seconds=begin))
    confirmed = asyncio.run(pages.confirm(PageKey.numbered("a/b", 1), sent, answer)).head
    assert confirmed.fetched_at == NOW + timedelta(seconds=expected_begin)
    assert confirmed.served_at == NOW - timedelta(seconds=expected_age)
