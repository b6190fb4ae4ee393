"""Lists without an end: servers that do not answer as GitHub does are left soon."""

import asyncio
import inspect
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from math import ceil
from typing import Any

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import EndlessListError
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.bounds import NewItems, Walk
from repo_stats.github.issues.changes import iterate_changes
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness, PageKey
from repo_stats.github.issues.planning import plan_list
from repo_stats.github.issues.probing import MOST_PLACES
from repo_stats.github.issues.requests import IssueList, believe_number, most_pages
from repo_stats.github.issues.snapshot import read_list
from repo_stats.github.issues.sync import sync_issues
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.issues.windows import list_time_ranges
from repo_stats_tests.helpers.pages import NOW, MemoryStore

API = "https://api.example"

NEXT = {"link": f'<{API}/repositories/7/issues?after=x>; rel="next"'}

START = datetime(2020, 1, 1, tzinfo=timezone.utc)


def item(number: int, updated_at: datetime = START) -> dict[str, Any]:
    stamp = updated_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": number,
        "number": number,
        "state": "open",
        "created_at": stamp,
        "updated_at": stamp,
    }


class Server:
    """Answers the same whatever it is asked, always with a full page of ten items."""

    def __init__(self) -> None:
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        return httpx.Response(200, json=self.answer(request.url), headers=NEXT)

    def answer(self, url: httpx.URL) -> list[dict[str, Any]]:
        return [item(number) for number in range(1, 11)]


class SpreadPage(Server):
    """The same, but the items were updated on different days."""

    def answer(self, url: httpx.URL) -> list[dict[str, Any]]:
        return [item(number, START + timedelta(days=number)) for number in range(1, 11)]


class EmptyPages(Server):
    """Each page is empty, and names a next one."""

    def answer(self, url: httpx.URL) -> list[dict[str, Any]]:
        return []


class NewItemsOnly(Server):
    """Each page is full of items that were on none before, from the time that is asked for."""

    def answer(self, url: httpx.URL) -> list[dict[str, Any]]:
        since = url.params.get("since", "2020-01-01T00:00:00Z").replace("Z", "+00:00")
        first = 10 * len(self.asked)
        return [
            item(number, datetime.fromisoformat(since) + timedelta(seconds=number % 10))
            for number in range(first, first + 10)
        ]


class OneNewItem(NewItemsOnly):
    """Each page has nine items that are always the same, and a new one."""

    def answer(self, url: httpx.URL) -> list[dict[str, Any]]:
        *_, new = super().answer(url)
        return [*(item(number) for number in range(1, 10)), new]


UNDER_WAY = 20
"""Requests that are under way, or just answered, when the bound is met."""

SERVERS = [Server, SpreadPage, EmptyPages, NewItemsOnly, OneNewItem]

Read = Callable[[PageReader, IssueList], Any]


async def read_open(pages: PageReader, issue_list: IssueList) -> None:
    await read_list(pages, plan_list(issue_list, {}, pages.freshness, NOW))


async def sync_all(pages: PageReader, issue_list: IssueList) -> None:
    await sync_issues(pages, issue_list, None, NOW)


async def read_changes(pages: PageReader, issue_list: IssueList) -> None:
    async for _ in iterate_changes(ListReader(pages, issue_list), START):
        pass


def read(
    server: Server, store: MemoryStore, counter: int, state: str, work: Read, api: str = API
) -> str:
    """Read a list from a server; gives the sentence of the error that ends it."""

    async def run() -> None:
        async with GitHubClient(
            api,
            "tok",
            transport=httpx.MockTransport(server),
            sleep=lambda seconds: asyncio.sleep(0),
        ) as client:
            issue_list = IssueList("a/b", 7, api, 10, counter=counter, state=state)
            freshness = Freshness(datetime.now(timezone.utc), revalidate=True)
            await work(PageReader(client, PageIndex(store), freshness), issue_list)

    with pytest.raises(EndlessListError) as error:
        asyncio.run(run())
    return str(error.value)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore({})


@pytest.mark.parametrize("counter", [0, 25, 1_001])
@pytest.mark.parametrize("kind", SERVERS)
def test_an_open_list_without_an_end_is_left_and_nothing_of_it_is_kept(
    store: MemoryStore, kind: type[Server], counter: int
) -> None:
    server = kind()
    sentence = read(server, store, counter, "open", read_open)
    assert sentence.startswith("GitHub's list of a/b ")
    assert sentence.endswith("so it was not read further; the next refresh tries again.")
    pages = [url for url in server.asked if "per_page=1&" not in str(url)]
    assert len(server.asked) - len(pages) <= 2 * MOST_PLACES
    assert len(pages) <= 2 * ceil(counter / 10) + 20 + UNDER_WAY
    assert store.stored == {}


@pytest.mark.parametrize("kind", SERVERS)
def test_a_list_of_all_items_without_an_end_is_left_and_nothing_of_it_is_kept(
    store: MemoryStore, kind: type[Server]
) -> None:
    server = kind()
    read(server, store, 0, "all", sync_all)
    assert len(server.asked) <= 2 * 10 * 21 + 20 + UNDER_WAY
    assert store.stored == {}


def test_hundreds_of_pages_in_a_row_are_not_read_within_each_other(store: MemoryStore) -> None:
    server, limit = NewItemsOnly(), sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 200)
    try:
        sentence = read(server, store, 1_990, "open", read_open)
    finally:
        sys.setrecursionlimit(limit)
    assert len(server.asked) > 400
    assert "goes on after 419 pages" in sentence


@pytest.mark.parametrize("kind", SERVERS)
def test_a_list_of_changes_without_an_end_is_left(store: MemoryStore, kind: type[Server]) -> None:
    server = kind()
    read(server, store, 0, "open", read_changes)
    assert len(server.asked) <= 2 * 10 * 20 + 20 + 2


def test_far_more_windows_than_a_list_can_need_are_no_plan_for_it() -> None:
    """A list that shrank is read anew, so that its old windows do not count as a list too long."""
    days = [START + timedelta(days=day) for day in range(50)]
    keys = [PageKey.window("a/b", day) for day in days]

    def ranges(counter: int) -> int:
        return len(list_time_ranges(IssueList("a/b", 7, API, 10, counter=counter), keys))

    assert ranges(25) == 51
    assert ranges(0) == 1


def test_no_counter_however_large_lets_a_list_be_read_for_ever() -> None:
    assert most_pages(0, 100) == 20
    assert most_pages(101, 100) == 24
    assert most_pages(2**63 - 1, 100) == 10_000


def test_numbers_of_items_are_believed_up_to_ten_times_what_the_counter_allows() -> None:
    assert believe_number(5_100, 100, 100) == 5_100
    assert believe_number(2**62, 100, 100) == 21_000
    assert believe_number(7, 100, 100) == 100


def test_an_item_that_was_touched_meanwhile_is_new() -> None:
    new_items = NewItems("a/b")
    new_items.require({1: 5, 2: 5})
    new_items.require({1: 6})
    new_items.require({1: 6, 3: 5})
    with pytest.raises(EndlessListError, match="brought no new item"):
        new_items.require({1: 5, 2: 5, 3: 5})


def test_after_one_part_has_met_a_bound_no_other_is_read() -> None:
    met = Walk(IssueList("a/b", 7, API, 100, counter=10_000), Usage(), is_alone=False)
    with pytest.raises(EndlessListError), met.read_part():
        NewItems("a/b").require({})
    with pytest.raises(EndlessListError), met.read_part():
        raise AssertionError("read")
