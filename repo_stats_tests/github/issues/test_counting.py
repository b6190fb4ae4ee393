"""Counting the items of a long list: which segments one look tells of."""

import asyncio
from datetime import datetime, timedelta, timezone
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.client import GitHubClient
from repo_stats.github.issues.counting import count_present, cut_segments
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.requests import BEGINNING, IssueList
from repo_stats.github.issues.walk import ListReader
from repo_stats.github.parsing import parse_issues
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.world import Repository, World, is_open
from repo_stats_tests.helpers.generated import generated
from repo_stats_tests.helpers.github import API_URL

START = datetime(2026, 9, 1, tzinfo=timezone.utc)


def _updates(*seconds: int) -> dict[int, datetime]:
    return {number: START + timedelta(seconds=at) for number, at in enumerate(seconds)}


def test_a_short_list_is_one_segment_that_ends_with_its_last_item() -> None:
    (segment,) = cut_segments(_updates(1, 2, 3), longest=10)
    assert segment.since == BEGINNING
    assert list(segment.ids) == [0, 1, 2]


def test_segments_share_the_item_that_one_ends_and_the_next_begins_with() -> None:
    updates = _updates(1, 2, 3, 4, 5)
    first, second = cut_segments(updates, longest=3)
    assert list(first.ids) == [0, 1, 2]
    assert list(second.ids) == [2, 3, 4]
    assert second.since == updates[2]


def test_no_segment_ends_with_an_item_that_shares_its_second() -> None:
    first, second = cut_segments(_updates(1, 2, 3, 3, 4), longest=4)
    assert list(first.ids) == [0, 1]
    assert list(second.ids) == [1, 2, 3, 4]


def test_items_at_the_end_that_share_their_second_are_in_no_segment() -> None:
    (segment,) = cut_segments(_updates(1, 2, 3, 3), longest=10)
    assert list(segment.ids) == [0, 1]


def test_a_crowd_in_one_second_larger_than_a_segment_is_left_out() -> None:
    updates = _updates(1, 2, *[3] * 6, 4, 5)
    first, second = cut_segments(updates, longest=4)
    assert list(first.ids) == [0, 1]
    assert list(second.ids) == [8, 9]
    assert second.since == updates[8]


def test_a_crowd_that_just_does_not_fit_a_segment_is_left_out() -> None:
    segments = cut_segments(_updates(1, 3, 3, 3, 4), longest=4)
    assert [[*segment.ids] for segment in segments] == [[0]]


@pytest.mark.parametrize("seconds", [(), (1, 1), (1, 1, 2, 2)])
def test_nothing_and_items_that_all_share_their_seconds_make_no_segment(
    seconds: tuple[int, ...],
) -> None:
    assert cut_segments(_updates(*seconds)) == []


def test_the_last_item_of_a_segment_has_its_place_on_a_page() -> None:
    (segment,) = cut_segments(_updates(*range(21)))
    assert segment.find_page(10) == (3, 0)
    assert segment.find_page(21) == (1, 20)


@given(st.lists(st.integers(0, 12), max_size=40), st.integers(2, 7))
def test_each_segment_is_all_that_was_updated_from_its_begin_to_its_end(
    seconds: list[int], longest: int
) -> None:
    updates = _updates(*seconds)
    segments = cut_segments(updates, longest)
    times = sorted(updates.values())
    ends = [place for place, time in enumerate(times) if times.count(time) == 1]
    assert bool(segments) is any(end - begin < longest for begin, end in pairwise([0, *ends]))
    for segment in segments:
        end = updates[segment.ids[-1]]
        expected = {n for n, at in updates.items() if segment.since <= at <= end}
        assert set(segment.ids) == expected
        assert len(segment.ids) <= longest
        assert list(updates.values()).count(end) == 1


@given(st.lists(st.integers(0, 99), max_size=40, unique=True), st.integers(2, 7))
def test_items_of_different_seconds_are_all_in_a_segment(seconds: list[int], longest: int) -> None:
    updates = _updates(*seconds)
    segments = cut_segments(updates, longest)
    assert {number for segment in segments for number in segment.ids} == set(updates)


class Scene:
    """A repository of 45 open items, ten a page, and when each was updated."""

    def __init__(self, page_cap: int | None = None) -> None:
        self.repository: Repository = generated(Shape("acme/long", 45, 5))
        self.simulator = Simulator(World.of([self.repository]), page_cap=page_cap)
        open_items = filter(is_open, self.repository.issues)
        rows = parse_issues(open_items, "acme/long", self.repository.id)
        self.updates: dict[int, datetime] = {row["id"]: row["updated_at"] for row in rows}

    def count(self) -> set[int]:
        return asyncio.run(self._count())

    async def _count(self) -> set[int]:
        issue_list = IssueList("acme/long", self.repository.id, API_URL, 10)
        transport = httpx.ASGITransport(app=self.simulator.app)
        async with GitHubClient(API_URL, "tok", transport=transport) as client:
            freshness = Freshness(START, revalidate=True)
            index = PageIndex(WarehouseResource(root="unused").pages)
            pages = PageReader(client, index, freshness)
            return await count_present(ListReader(pages, issue_list), self.updates)


def test_one_look_tells_of_all_items_of_a_list_that_is_still() -> None:
    scene = Scene()
    assert scene.count() == set(scene.updates)
    assert len(scene.simulator.log) == 1


@pytest.mark.parametrize("place", [0, 20, 44])
def test_nothing_is_told_of_items_that_one_has_left(place: int) -> None:
    scene = Scene()
    leaver = sorted(scene.updates, key=scene.updates.__getitem__)[place]
    scene.repository.issues = [i for i in scene.repository.issues if i["id"] != leaver]
    assert scene.count() == set()


@pytest.mark.parametrize("place", [40, 41, 43])
def test_nothing_is_told_if_another_item_stands_where_one_has_left(place: int) -> None:
    scene = Scene()
    leaver = sorted(scene.updates, key=scene.updates.__getitem__)[place]
    for issue in scene.repository.issues:
        issue["id"] += 10**12 * (issue["id"] == leaver)
    assert scene.count() == set()


def test_what_came_behind_the_items_does_not_matter() -> None:
    scene = Scene()
    newest = max(scene.updates, key=scene.updates.__getitem__)
    del scene.updates[newest]
    assert scene.count() == set(scene.updates)


def test_nothing_is_told_where_page_numbers_reach_less_than_was_ever_reported() -> None:
    scene = Scene(page_cap=10)
    assert scene.count() == set()
    assert [request.status for request in scene.simulator.log] == [422]
