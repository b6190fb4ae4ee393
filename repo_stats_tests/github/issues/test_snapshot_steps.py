"""A snapshot step by step: what is asked for again, how often, and what is told of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from repo_stats.clock import ClockWatch
from repo_stats.github.issues import snapshot as snapshots
from repo_stats.github.issues.page_reader import Outcome
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.planning import plan_list
from repo_stats.github.issues.settling import MOST_ROUNDS
from repo_stats.github.issues.snapshot import ListSnapshot, read_list, take_snapshot
from repo_stats.github.issues.walk import ListReader
from repo_stats_tests.helpers.scripted_lists import ScriptedLists, item


async def take(reader: ListReader) -> ListSnapshot:
    return await take_snapshot(reader.pages, reader.issue_list)


async def refresh(reader: ListReader) -> ListSnapshot:
    """Plan and read, as a run does."""
    pages, now = reader.pages, datetime.now(timezone.utc)
    heads = pages.index.heads("a/b")
    return await read_list(pages, plan_list(reader.issue_list, heads, pages.freshness, now))


def ids(snapshot: ListSnapshot) -> list[int]:
    return sorted({number for result in snapshot.results for number in result.head.updates})


def five() -> ScriptedLists:
    """A list of three pages."""
    return ScriptedLists({number: number for number in range(1, 6)})


def touch(lists: ScriptedLists, *before: int) -> Callable[[int], None]:
    """Let an item of the first page be touched before some requests."""

    def happen(number: int) -> None:
        if number in before:
            lists.listed[1] = -number  # it stays where it is, but its page is another one

    return happen


def test_a_list_that_is_read_for_the_first_time_asks_for_all_pages_but_its_end_twice() -> None:
    lists = five()
    begin = datetime.now(timezone.utc)
    snapshot = lists.read(take)
    assert (snapshot.is_exact, snapshot.rounds, snapshot.changes) == (True, 1, 0)
    assert lists.asked_for("page") == ["1", "2", "3", "1", "2"]
    assert lists.statuses == [200, 200, 200, 304, 304]
    assert [result.outcome for result in snapshot.results] == [Outcome.FETCHED] * 3
    validated = [result.head.validated_at for result in snapshot.results]
    assert begin < snapshot.started_at == min(validated)
    assert max(result.head.answered_at for result in snapshot.results) < snapshot.ended_at
    assert (snapshot.touched, snapshot.vanished, snapshot.repo) == ({}, frozenset(), "a/b")


def test_a_list_that_was_read_before_asks_for_its_end_first_and_for_each_page_once() -> None:
    lists = five()
    lists.read(take)
    lists.asked.clear()
    snapshot = lists.read(refresh)
    assert (snapshot.is_exact, snapshot.rounds) == (True, 0)
    assert lists.asked_for("page")[0] == "3"
    assert sorted(map(str, lists.asked_for("page"))) == ["1", "2", "3"]
    assert [result.outcome for result in snapshot.results] == [Outcome.UNCHANGED] * 3


def test_a_page_that_changed_behind_the_end_takes_rounds_that_are_counted() -> None:
    lists = five()
    lists.before = touch(lists, 4)
    snapshot = lists.read(take)
    assert (snapshot.is_exact, snapshot.rounds, snapshot.changes) == (True, 2, 1)
    assert lists.asked_for("page") == ["1", "2", "3", "1", "2", "3", "1", "2"]


def test_a_list_is_asked_for_again_four_times_before_it_is_read_as_windows() -> None:
    lists = five()
    lists.before = touch(lists, *range(4, 20))
    snapshot = lists.read(take)
    assert lists.asked_for("page").count("3") == 1 + MOST_ROUNDS
    assert {result.key.number for result in snapshot.results} == {None}
    assert ids(snapshot) == [1, 2, 3, 4, 5]
    assert (snapshot.is_exact, snapshot.rounds) == (True, MOST_ROUNDS + 1)


def test_an_item_on_two_pages_is_no_proof_and_the_end_is_asked_for_again() -> None:
    lists = ScriptedLists({number: number for number in range(1, 5)}, per_page=3)
    listed = dict(lists.listed)

    def lag(number: int) -> None:
        """Let the first answer for the end be of a list that had one item more."""
        lists.listed = {**listed, 0: 0} if number == 2 else dict(listed)

    lists.before = lag
    snapshot = lists.read(take)
    assert (snapshot.is_exact, snapshot.rounds, snapshot.changes) == (True, 2, 1)
    assert [[*result.head.updates] for result in snapshot.results] == [[1, 2, 3], [4]]


def test_an_end_that_moved_is_counted_with_the_page_behind_it() -> None:
    lists = five()
    touched = touch(lists, 4)

    def happen(number: int) -> None:
        touched(number)
        if number == 6:
            lists.listed[6] = 6

    lists.before = happen
    snapshot = lists.read(take)
    assert (snapshot.is_exact, snapshot.rounds, snapshot.changes) == (True, 2, 3)
    assert ids(snapshot) == [1, 2, 3, 4, 5, 6]
    assert [result.key.number for result in snapshot.results] == [1, 2, 3, 4]


def test_a_planned_page_that_was_new_stays_new_in_the_snapshot() -> None:
    lists = five()
    lists.read(take)
    lists.listed[6] = 6
    snapshot = lists.read(refresh)
    assert snapshot.is_exact
    assert [result.outcome for result in snapshot.results] == [
        *[Outcome.UNCHANGED] * 2,
        Outcome.FETCHED,
        *[Outcome.FETCHED] * (len(snapshot.results) - 3),
    ]


@pytest.mark.parametrize("counter", [1, 1_001])
def test_a_list_of_one_fresh_page_with_a_later_time_than_now_is_asked_for_again(
    counter: int,
) -> None:
    lists = ScriptedLists({1: 1})
    hour = Freshness(datetime.now(timezone.utc) - timedelta(hours=1), revalidate=True)
    assert lists.read(take, freshness=hour, counter=counter).repo == "a/b"
    quiet = lists.read(take, freshness=hour, counter=counter)
    assert (quiet.is_exact, quiet.rounds, len(lists.asked)) == (True, 0, 1)
    [(key, head)] = lists.store.stored.items()
    ahead = head.answered_at + timedelta(seconds=30)
    lists.store.stored[key] = replace(head, answered_at=ahead)
    snapshot = lists.read(take, freshness=hour, counter=counter)
    assert (snapshot.is_exact, snapshot.rounds, len(lists.asked)) == (True, 1, 2)


@pytest.mark.parametrize(("appearing", "is_exact"), [((1,), True), ((1, 3), False)])
def test_windows_with_an_item_that_nothing_explains_are_read_once_more(
    appearing: tuple[int, ...], is_exact: bool
) -> None:
    lists = five()
    lists.changes = [[item(1, 100)]]

    def happen(number: int) -> None:
        """Touch an item when its window is asked for again, and let others appear in the past."""
        if lists.asked_for("since").count(None) == 2:
            lists.listed[1] = 100
        readings = lists.asked_for("state").count("all")
        if lists.asked[-1].params["state"] == "all" and readings in appearing:
            lists.listed[8 + readings] = 5

    lists.before = happen
    snapshot = lists.read(take, counter=1_001)
    assert (snapshot.is_exact, snapshot.rounds) == (is_exact, 3)
    assert ids(snapshot) == [1, 2, 3, 4, 5, 9]
    assert snapshot.touched.keys() == {1}
    assert snapshot.changes == 1
    assert lists.asked_for("state").count("all") == 2 + len(appearing)


def test_what_was_touched_and_what_vanished_meanwhile_count_as_changes() -> None:
    lists = five()
    lists.changes = [[item(1, 100)]]

    def happen(number: int) -> None:
        if lists.asked_for("since").count(None) == 2:
            lists.listed[1] = 100
        if lists.asked[-1].params["state"] == "all":
            lists.listed.pop(3, None)

    lists.before = happen
    snapshot = lists.read(take, counter=1_001)
    assert (snapshot.is_exact, snapshot.changes) == (True, 2)
    assert ([*snapshot.touched], [*snapshot.vanished]) == ([1], [3])


def test_content_stays_new_in_a_list_that_is_read_again_because_the_clock_was_set_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [True, False]
    monkeypatch.setattr(ClockWatch, "was_set_back", lambda _: answers.pop(0))
    snapshot = five().read(take)
    assert [result.outcome for result in snapshot.results] == [Outcome.FETCHED] * 3
    assert (snapshot.is_exact, answers) == (True, [])


def test_a_list_that_is_restless_after_the_clock_was_set_back_is_not_called_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [True, False]
    monkeypatch.setattr(ClockWatch, "was_set_back", lambda _: answers.pop(0))
    take_once = snapshots._take_snapshot

    async def take_restless(reader: ListReader) -> ListSnapshot:
        return replace(await take_once(reader), is_exact=False)

    monkeypatch.setattr(snapshots, "_take_snapshot", take_restless)
    assert not five().read(take).is_exact
    assert answers == [False]
