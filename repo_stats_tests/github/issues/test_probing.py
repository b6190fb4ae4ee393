"""Where the items of a long list stand in time, asked before the list is cut."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.probing import Place, choose_places, find_bounds
from repo_stats.github.issues.requests import BEGINNING
from repo_stats.github.issues.windows import PAGES_PER_PROBE, TimeRange, cut_at
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.pages import ISSUE_LIST, NOW
from repo_stats_tests.helpers.scanner import Scanner


def before(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


BEGIN = datetime(2020, 1, 1, tzinfo=timezone.utc)


def crowd(scan: Scanner) -> list[datetime]:
    """Let each item be updated twice as soon after the one before; gives the times in order."""
    times = [BEGIN + timedelta(days=2000 * (1 - 0.995**place)) for place in range(scan.counter)]
    for issue, time in zip(scan.issues("open"), times, strict=True):
        issue["updated_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ")
    return [time.replace(microsecond=0) for time in times]


def probe(scan: Scanner) -> tuple[list[datetime], list[datetime]]:
    async def run() -> tuple[list[datetime], list[datetime]]:
        transport = httpx.ASGITransport(app=scan.simulator.app)
        async with GitHubClient(API_URL, "tok", transport=transport) as client:
            index, now = PageIndex(scan.folder), datetime.now(timezone.utc)
            pages = PageReader(client, index, Freshness(since=now, revalidate=True))
            return await find_bounds(pages, scan.issue_list)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("counter", "per_page", "numbers"),
    [
        (0, 100, []),
        (1_000, 100, []),
        (1_001, 100, [190, 380]),
        (1_139, 100, [190, 380]),
        (1_140, 100, [190, 380, 570]),
        (2_107, 100, [190, 380, 570, 760, 950]),
        (1_000_000, 100, [190, 380, 570, 760, 950]),
        (1_001, 10, [100, 200, 300, 400, 500]),
        (9_000, 1, [200, 400, 600, 800, 1_000]),
    ],
)
def test_places_are_asked_from_both_ends_as_far_as_page_numbers_and_the_list_reach(
    counter: int, per_page: int, numbers: list[int]
) -> None:
    expected = [Place(number, is_from_end) for is_from_end in (False, True) for number in numbers]
    assert choose_places(counter, per_page) == expected


def test_the_times_of_the_places_are_told_in_order(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(1_200)
    scan.counter = 1_200
    times = crowd(scan)
    oldest, newest = probe(scan)
    assert oldest == [times[189], times[379], times[569]]
    assert newest == [times[1200 - 570], times[1200 - 380], times[1200 - 190]]
    assert [request.status for request in scan.simulator.log] == [200] * 6


@pytest.mark.parametrize(
    ("first", "is_told"),
    [
        ("1970-01-01T00:00:00Z", False),  # a time that GitHub does not understand
        ("1970-01-02T00:00:00Z", False),
        ("1970-01-02T00:00:01Z", True),
    ],
)
def test_places_that_github_does_not_tell_are_left_out(
    scanner: Callable[..., Scanner], first: str, is_told: bool
) -> None:
    scan = scanner(1_200, page_cap=400)
    scan.counter = 1_200
    times = crowd(scan)
    for issue in scan.issues("open")[:190]:
        issue["updated_at"] = first
    oldest, newest = probe(scan)
    assert oldest == [
        *([datetime.fromisoformat(first.replace("Z", "+00:00"))] if is_told else []),
        times[379],
    ]
    assert newest == [times[1200 - 380], times[1200 - 190]]
    assert Counter(request.status for request in scan.simulator.log) == {200: 4, 422: 2}


def test_a_counter_far_above_the_list_leaves_the_cutting_to_the_pages(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(30)
    scan.counter = 1_200
    assert probe(scan) == ([], [])
    assert sorted(scan.stored_ids(scan.scan(1_200))) == sorted(scan.open_ids())


def test_windows_that_begin_at_the_places_need_no_further_cut_however_updates_crowd(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(1_200)
    scan.counter = 1_200
    crowd(scan)
    results = scan.scan(1_200)
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())
    asked = Counter(request.status for request in scan.simulator.log)
    assert asked[200] == 6 + 6 * 2 + 1  # places, two pages a place, and one between them


def test_a_whole_list_is_cut_at_known_times_and_as_usual_between_them() -> None:
    oldest, newest = [before(900), before(800)], [before(20), before(10)]
    few = cut_at(TimeRange(ISSUE_LIST, BEGINNING, None, 10), oldest, newest)
    assert [each.since for each in few] == [BEGINNING, *oldest, *newest]
    assert [each.until for each in few] == [*oldest, *newest, None]
    assert [each.pages for each in few] == [PAGES_PER_PROBE] * 5
    many = cut_at(TimeRange(ISSUE_LIST, BEGINNING, None, 8 + 16), oldest, newest)
    assert [each.since for each in many[:2]] == [BEGINNING, before(900)]
    assert [each.since for each in many[-2:]] == newest
    assert [(NOW - each.since) / timedelta(hours=1) for each in many[2:-2]] == pytest.approx(
        [800, 410, 104.7, 29.2], abs=0.1
    )


@pytest.mark.parametrize(
    ("oldest", "newest"), [([900], []), ([], [10]), ([900, 10], [800, 20]), ([10], [10])]
)
def test_known_times_that_leave_no_room_between_them_are_all_that_a_list_is_cut_at(
    oldest: list[float], newest: list[float]
) -> None:
    times = ([before(hours) for hours in given] for given in (oldest, newest))
    whole = TimeRange(ISSUE_LIST, BEGINNING, None, 100)
    found = [each.since for each in cut_at(whole, *times)]
    assert found == [BEGINNING, *sorted({*map(before, [*oldest, *newest])})]
