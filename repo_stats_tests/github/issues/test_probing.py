"""Where the items of a long list stand in time, asked before the list is cut."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.probing import Place, cut_at_places, is_long, plan_cut
from repo_stats.github.issues.requests import BEGINNING
from repo_stats.github.issues.windows import TimeRange
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


def whole(scan: Scanner) -> TimeRange:
    return TimeRange(scan.issue_list, BEGINNING, None, -(-scan.counter // scan.per_page))


def cut(scan: Scanner, time_range: TimeRange) -> list[TimeRange]:
    """Cut a range; gives the pieces in the order of time."""

    async def run() -> list[TimeRange]:
        transport = httpx.ASGITransport(app=scan.simulator.app)
        async with GitHubClient(API_URL, "tok", transport=transport) as client:
            index, now = PageIndex(scan.folder), datetime.now(timezone.utc)
            pages = PageReader(client, index, Freshness(since=now, revalidate=True))
            return await cut_at_places(pages, time_range)

    pieces = asyncio.run(run())
    order = [(piece.pages, piece.since) for piece in pieces]
    assert order == sorted(order, reverse=True)  # the longest is cut further, so it comes first
    return sorted(pieces, key=lambda piece: piece.since)


def bounds(scan: Scanner, time_range: TimeRange | None = None) -> list[datetime]:
    """Where the pieces of a range begin, without its own beginning."""
    pieces = cut(scan, time_range or whole(scan))
    assert [piece.until for piece in pieces[:-1]] == [piece.since for piece in pieces[1:]]
    return [piece.since for piece in pieces[1:]]


@pytest.mark.parametrize(("pages", "expected"), [(5, False), (6, True)])
def test_a_range_is_cut_if_it_should_have_more_pages_than_a_piece(
    pages: int, expected: bool
) -> None:
    assert is_long(TimeRange(ISSUE_LIST, BEGINNING, None, pages)) is expected


@pytest.mark.parametrize(
    ("items", "per_page", "piece", "numbers", "ends"),
    [
        (600, 100, 5, [493], 1),
        (1_000, 100, 5, [493], 1),
        (1_100, 100, 2, [193, 386], 2),
        (2_000, 100, 2, [193, 386, 579, 772, 965], 2),
        (2_500, 100, 2, [193, 386, 579, 772, 965], 2),
        (2_600, 100, 5, [493, 986], 2),
        (10_000, 100, 5, [493, 986], 2),
        (10_100, 100, 5, [986], 2),
        (1_020, 20, 2, [102, 204, 306, 408, 510], 2),
        (9_000, 1, 5, [1_000], 2),
    ],
)
def test_an_open_range_is_cut_from_both_ends_as_far_as_page_numbers_reach(
    items: int, per_page: int, piece: int, numbers: list[int], ends: int
) -> None:
    issue_list = replace(ISSUE_LIST, per_page=per_page)
    planned = plan_cut(TimeRange(issue_list, BEGINNING, None, items // per_page))
    sides = (False, True)[:ends]
    assert planned.pages == piece
    assert list(planned.places) == [Place(number, end) for end in sides for number in numbers]


@pytest.mark.parametrize(
    ("items", "piece", "numbers"),
    [
        (600, 2, [193, 386]),
        (1_000, 2, [193, 386, 579, 772]),
        (1_500, 2, [193, 386, 579, 772, 965]),
        (1_600, 5, [493, 986]),
    ],
)
def test_a_range_with_an_end_is_cut_from_its_beginning_and_last_into_short_pieces(
    items: int, piece: int, numbers: list[int]
) -> None:
    planned = plan_cut(TimeRange(ISSUE_LIST, before(99), before(1), items // 100))
    assert planned.pages == piece
    assert list(planned.places) == [Place(number, False) for number in numbers]


def test_a_list_is_cut_at_the_times_of_its_places(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(1_200)
    scan.counter = 1_200
    times = crowd(scan)
    assert bounds(scan) == [times[place] for place in (192, 385, 578, 621, 814, 1007)]
    assert [request.status for request in scan.simulator.log] == [200] * 6


def test_a_range_is_cut_between_its_bounds(scanner: Callable[..., Scanner]) -> None:
    scan = scanner(1_200)
    scan.counter = 1_200
    times = crowd(scan)
    time_range = TimeRange(scan.issue_list, times[100], times[500], 9)
    assert bounds(scan, time_range) == [times[100 + 192], times[100 + 385]]


def test_what_page_numbers_do_not_reach_is_a_long_piece_to_be_cut_further(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(1_200)
    scan.counter = 1_200
    times = crowd(scan)
    pieces = cut(scan, TimeRange(scan.issue_list, BEGINNING, times[1_100], 40))
    assert [piece.since for piece in pieces] == [BEGINNING, times[492], times[985]]
    assert [piece.pages for piece in pieces] == [5, 5, 40 - 9]


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
    for issue in scan.issues("open")[:193]:
        issue["updated_at"] = first
    assert bounds(scan) == [
        *([datetime.fromisoformat(first.replace("Z", "+00:00"))] if is_told else []),
        times[385],
        times[1200 - 386],
        times[1200 - 193],
    ]
    assert Counter(request.status for request in scan.simulator.log) == {200: 4, 422: 2}


def test_a_counter_far_above_the_list_leaves_the_cutting_to_the_pages(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(30)
    scan.counter = 1_200
    assert bounds(scan) == []
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


def test_a_range_whose_items_share_one_second_is_read_in_order(
    scanner: Callable[..., Scanner],
) -> None:
    scan = scanner(1_200)
    scan.counter = 1_200
    for issue in scan.issues("open"):
        issue["updated_at"] = "2026-01-02T03:04:05Z"
    results = scan.scan(1_200)
    assert sorted(scan.stored_ids(results)) == sorted(scan.open_ids())
