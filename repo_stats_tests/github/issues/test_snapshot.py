"""Lists that change while they are read, one change at a time."""

from datetime import datetime, timedelta, timezone

import pytest
import time_machine

from repo_stats.clock import ClockWatch
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import BEGINNING
from repo_stats.simulator.mutations import Mutation, MutationKind
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.mutations import ITEM_KINDS
from repo_stats_tests.helpers.restless_list import LONG, REPO, RestlessList

CUT = 35
"""The number of items of a list that is cut at some of its places."""


# Without a change, four pages take 7 requests, and as windows of time 9; pieces of it take 29.
@pytest.mark.parametrize(
    ("counter", "after"),
    [
        *((counter, after) for counter in (1, LONG) for after in (1, 5)),
        (CUT, 5),
        *(long(1, after) for after in (2, 3, 4, 6)),
        *(long(LONG, after) for after in (3, 7)),
        *(long(CUT, after) for after in (1, 8, 15, 22)),
    ],
)
@pytest.mark.parametrize("kind", ITEM_KINDS)
def test_a_single_change_at_any_point_leaves_an_exact_list(
    kind: MutationKind, counter: int, after: int
) -> None:
    change = [Mutation(kind, after, index=7)]
    if counter == CUT:
        scene = RestlessList(35, change, per_page=3, counter=35, reach=20)
    else:
        scene = RestlessList(35, change, counter=counter)
    snapshot, ids, truths = scene.read()
    assert snapshot.is_exact
    assert ids in truths
    assert len(scene.simulator.log) > after


@pytest.mark.parametrize("counter", [1, LONG])
def test_an_unchanged_list_is_exact_again_for_nothing_but_free_answers(counter: int) -> None:
    scene = RestlessList(45, counter=counter)
    scene.read()
    before = len(scene.simulator.log)
    snapshot, _, _ = scene.read()
    assert snapshot.is_exact
    assert snapshot.rounds == 0
    asked = scene.simulator.log[before:]
    assert {request.status for request in asked} == {304}
    assert len(asked) == len(snapshot.results)


def test_a_list_longer_than_page_numbers_reach_meets_no_cap() -> None:
    scene = RestlessList(LONG + 100, per_page=100, counter=LONG + 100)
    snapshot, ids, truths = scene.read()
    assert snapshot.is_exact
    assert ids in truths
    assert {request.status for request in scene.simulator.log} <= {200, 304}


def test_a_long_list_is_proved_by_counting_and_not_by_reading_it_again() -> None:
    scene = RestlessList(2 * LONG, per_page=100, counter=2 * LONG)
    snapshot, ids, truths = scene.read()
    assert snapshot.is_exact
    assert ids in truths
    asked = [request.target for request in scene.simulator.log]
    targets = [target for target in asked if "per_page=1&" not in target]
    read_again = len(targets) - len(set(targets))
    assert read_again <= 1
    assert sum("&page=" in target for target in targets) <= 3


def test_a_list_that_meets_the_cap_unexpectedly_is_read_as_windows_from_then_on() -> None:
    scene = RestlessList(45, counter=1)
    scene.simulator.page_cap = 20
    _, ids, truths = scene.read()
    assert ids in truths
    assert [r.status for r in scene.simulator.log].count(422) == 1
    scene.read()
    assert [r.status for r in scene.simulator.log].count(422) == 1


@pytest.mark.parametrize("counter", [1, LONG])
def test_items_that_were_updated_before_there_was_github_are_on_the_list(counter: int) -> None:
    scene = RestlessList(45, counter=counter)
    for year, issue in enumerate(scene.repository.issues[20:35], start=1960):
        issue["updated_at"] = f"{year + (year > 1965) * 30}-05-06T07:08:09Z"
    scene.simulator.record_truth()
    for _ in range(2):
        snapshot, ids, _ = scene.read()
        assert snapshot.is_exact
        assert ids == scene.repository.open_ids()
    assert not any("since=1970" in request.target for request in scene.simulator.log)


def test_a_first_window_that_an_earlier_version_stored_is_replaced_by_one_without_a_bound() -> None:
    scene = RestlessList(45, counter=LONG)
    scene.read()
    earlier = PageKey.window(REPO, datetime(2008, 1, 1, tzinfo=timezone.utc))
    first = scene.warehouse.pages.path(PageKey.window(REPO, BEGINNING))
    files = scene.warehouse.pages.files
    files.write(scene.warehouse.pages.path(earlier), files.read(first) or b"")
    files.delete(first)
    scene.repository.issues[30]["updated_at"] = "2004-05-06T07:08:09Z"
    scene.simulator.record_truth()
    snapshot, ids, _ = scene.read()
    assert snapshot.is_exact
    assert ids == scene.repository.open_ids()
    assert earlier not in scene.warehouse.pages.keys(REPO)


def _crowd(scene: RestlessList, count: int) -> None:
    for issue in scene.repository.issues[:count]:
        issue["updated_at"] = "2026-08-01T00:00:00Z"


@pytest.mark.parametrize("crowd", [9, 10, 11, 35])
def test_more_items_than_fit_a_page_may_have_been_updated_in_one_second(crowd: int) -> None:
    scene = RestlessList(45, counter=LONG)
    _crowd(scene, crowd + 20)
    for _ in range(2):
        snapshot, ids, truths = scene.read()
        assert snapshot.is_exact
        assert ids in truths


@pytest.mark.parametrize("counter", [1, LONG])
@pytest.mark.parametrize("ahead", [timedelta(seconds=40), timedelta(days=365)])
def test_a_list_that_was_stored_while_the_clock_was_ahead_is_exact_again_at_once(
    ahead: timedelta, counter: int
) -> None:
    scene = RestlessList(45, counter=counter)
    with time_machine.travel(datetime.now(timezone.utc) + ahead):
        scene.read()
    scene.repository.issues.pop()
    scene.simulator.record_truth()
    snapshot, ids, truths = scene.read()
    assert (snapshot.is_exact, ids in truths) == (True, True)
    assert snapshot.rounds <= 1
    quiet, _, _ = scene.read()
    assert (quiet.is_exact, quiet.rounds) == (True, 0)


@pytest.mark.parametrize(("jumps", "is_exact"), [(0, True), (1, True), (2, False)])
def test_a_list_is_read_again_if_the_clock_is_set_back_meanwhile_and_not_called_exact_for_nothing(
    monkeypatch: pytest.MonkeyPatch, jumps: int, is_exact: bool
) -> None:
    scene = RestlessList(45)
    scene.read()
    before = len(scene.simulator.log)
    answers = [True] * jumps + [False] * 2
    monkeypatch.setattr(ClockWatch, "was_set_back", lambda _: answers.pop(0))
    snapshot, ids, truths = scene.read()
    assert (snapshot.is_exact, ids in truths) == (is_exact, True)
    readings = 2 if jumps else 1
    assert len(scene.simulator.log) - before >= readings * len(snapshot.results)
    assert jumps or len(scene.simulator.log) - before == len(snapshot.results)


def test_pages_that_seem_to_be_validated_after_now_do_not_prove_a_list() -> None:
    scene = RestlessList(45)
    scene.read()
    with time_machine.travel(datetime.now(timezone.utc) + timedelta(seconds=40)):
        scene.read()
    stored = scene.warehouse.pages
    [*_, end] = stored.keys(REPO)
    stored.delete(end)
    before = len(scene.simulator.log)
    snapshot, ids, truths = scene.read(max_age=3600)
    assert (snapshot.is_exact, ids in truths) == (True, True)
    assert len(scene.simulator.log) - before > len(snapshot.results)
