"""Reading lists from a simulated GitHub into real page files."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import PageCapError, PermanentError, TransientError
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import (
    Outcome,
    PageReader,
    PageResult,
    with_outcomes_of,
)
from repo_stats.github.issues.pages import Freshness, PageKey
from repo_stats.github.issues.planning import plan_list
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.issues.windows import find_ends
from repo_stats.simulator.faults import Fault, FaultKind
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import JsonObject
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.pages import LostPageError, PageFolder
from repo_stats_tests.helpers.github import API_URL

Simulate = Callable[..., Simulator]


@dataclass
class Scanner:
    """Scans the only repository of a simulator, as several runs would."""

    simulator: Simulator
    folder: PageFolder
    per_page: int = 100
    counter: int = 0

    def __post_init__(self) -> None:
        [self.repository] = self.simulator.world.repositories.values()

    @property
    def issue_list(self) -> IssueList:
        return IssueList(
            self.repository.full_name,
            self.repository.id,
            API_URL,
            self.per_page,
            counter=self.counter,
        )

    def issues(self, state: str) -> list[JsonObject]:
        """The issues in a state, in the order they were created."""
        chosen = [issue for issue in self.repository.issues if issue["state"] == state]
        return sorted(chosen, key=lambda issue: issue["created_at"])

    def open_ids(self) -> set[int]:
        return {issue["id"] for issue in self.issues("open")}

    def stored_ids(self, results: list[PageResult]) -> list[int]:
        heads = {result.key: result.head for result in results}
        return self.folder.read_items(heads, find_ends(list(heads)))["id"].tolist()

    def scan(
        self,
        count: int = 0,
        *,
        max_age: int = 0,
        force: bool = False,
        token: str | None = "tok",
        walk_only: bool = False,
    ) -> list[PageResult]:
        """Plan, read and finish; gives the pages with how each came to be up to date."""

        async def run() -> list[PageResult]:
            async with GitHubClient(
                API_URL,
                token,
                transport=httpx.ASGITransport(app=self.simulator.app),
                sleep=lambda seconds: asyncio.sleep(0),
            ) as client:
                freshness = Freshness.of_run(datetime.now(timezone.utc), max_age, force=force)
                self.counter = count
                index = PageIndex(self.folder)
                reader = ListReader(PageReader(client, index, freshness), self.issue_list)
                plan = plan_list(self.issue_list, index.heads(self.issue_list.repo), freshness)
                read: list[PageResult] = []
                if not walk_only:
                    parts = await reader.pages.gather(plan.work, reader.read)
                    read = [result for part in parts for result in part]
                return with_outcomes_of(read, await reader.read_to_end())

        return asyncio.run(run())


@pytest.fixture
def scanner(simulate: Simulate, tmp_path: Path) -> Callable[..., Scanner]:
    def make(items: int, *, per_page: int = 100, **options: object) -> Scanner:
        shape = Shape("acme/rocket", items, min(items, 5))
        return Scanner(simulate(shape, **options), PageFolder(Files(str(tmp_path))), per_page)

    return make


def outcomes(results: list[PageResult]) -> list[str]:
    return [result.outcome.value for result in results]


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
    assert all(
        b.head.validated_at > a.head.validated_at for a, b in zip(before, after, strict=True)
    )


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


def test_a_walk_alone_reads_what_planning_and_reading_do(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(250)
    results = scan.scan(250, walk_only=True)
    assert [result.outcome for result in results] == [Outcome.FETCHED] * 3
    assert [key.number for key in scan.folder.keys("acme/rocket")] == [1, 2, 3]
    assert scan.folder.head(PageKey.numbered("acme/rocket", 3)) == results[-1].head


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


def test_a_cap_below_the_first_page_is_told_as_it_is(scanner: Callable[..., Scanner]) -> None:
    with pytest.raises(PageCapError):
        scanner(30, per_page=10, page_cap=5).scan(30)


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
