"""What becomes of a single page: its outcome, what is believed of it, and what is told of it."""

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from repo_stats.github.issues.page_reader import (
    EMPTY_LIST_PAUSE,
    Outcome,
    PageResult,
    with_outcomes_of,
)
from repo_stats.github.issues.pages import Freshness, PageKey
from repo_stats.github.issues.walk import ListReader
from repo_stats_tests.helpers.pages import head
from repo_stats_tests.helpers.scripted_lists import ScriptedLists, at

FIRST, SECOND = PageKey.numbered("a/b", 1), PageKey.numbered("a/b", 2)


def read(lists: ScriptedLists, number: int = 1, **options: Any) -> PageResult:
    """Read a page by its number."""
    return lists.read(
        lambda reader: reader.pages.read(reader.issue_list.numbered(number)), **options
    )


def three() -> ScriptedLists:
    return ScriptedLists({number: number for number in (1, 3, 7)})


def test_a_page_that_was_never_stored_is_new_and_has_a_highest_number() -> None:
    lists = three()
    result = read(lists)
    assert (result.key, result.outcome, result.is_new) == (FIRST, Outcome.FETCHED, True)
    assert (result.highest, result.remaining) == (3, None)
    assert lists.store.stored == {FIRST: result.head}


def test_a_page_that_changed_is_fetched_but_not_new() -> None:
    lists = three()
    read(lists)
    lists.listed[1] = 2
    result = read(lists)
    assert (result.outcome, result.is_new, result.highest) == (Outcome.FETCHED, False, 3)


def test_an_unchanged_page_is_neither_new_nor_counted() -> None:
    lists = three()
    before = read(lists)
    result = read(lists)
    assert (result.outcome, result.is_new, result.highest) == (Outcome.UNCHANGED, False, 0)
    assert result.head.validated_at > before.head.validated_at
    assert result.head.answered_at > before.head.answered_at
    assert result.head.fetched_at == before.head.fetched_at
    assert lists.store.stored == {FIRST: result.head}
    assert lists.statuses == [200, 304]


def test_a_full_answer_with_the_same_content_is_unchanged() -> None:
    lists = three()
    read(lists)
    forced = Freshness(datetime.now(timezone.utc), revalidate=False)
    assert read(lists, freshness=forced).outcome is Outcome.UNCHANGED
    assert lists.statuses == [200, 200]


def test_a_fresh_page_is_given_as_it_is_stored() -> None:
    lists = three()
    before = read(lists)
    result = read(lists, freshness=Freshness(before.head.validated_at, revalidate=True))
    assert result == PageResult(FIRST, Outcome.FRESH, before.head)
    assert (result.is_new, result.highest, result.remaining) == (False, 0, None)
    assert len(lists.asked) == 1


def test_each_page_that_was_requested_is_told_of_and_no_other() -> None:
    lists, told = three(), list[PageResult]()

    async def work(reader: ListReader) -> list[PageResult]:
        pages = replace(reader.pages, on_page=told.append)
        requests = [reader.issue_list.numbered(number) for number in (1, 2, 1)]
        return [await pages.read(request) for request in requests]

    first, second, again = lists.read(work)
    assert told == [first, second]
    assert again.outcome is Outcome.FRESH


def test_the_requests_that_are_left_are_those_that_the_response_states() -> None:
    headers = {
        "x-ratelimit-limit": "5000",
        "x-ratelimit-remaining": "4321",
        "x-ratelimit-reset": str(int(at(3600).timestamp())),
    }

    class WithQuota(ScriptedLists):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            response = super().__call__(request)
            response.headers.update(headers)
            return response

    assert read(WithQuota({1: 1})).remaining == 4321


def lose(lists: ScriptedLists, *numbers: int) -> None:
    """Let the answers to some requests be empty."""
    listed = dict(lists.listed)

    def before(number: int) -> None:
        lists.listed = {} if number in numbers else dict(listed)

    lists.before = before


@pytest.mark.parametrize(
    ("counter", "has_issues", "requests"), [(3, True, 2), (0, True, 1), (3, False, 1)]
)
def test_a_first_page_is_asked_for_again_after_a_pause_if_there_should_be_items(
    counter: int, has_issues: bool, requests: int
) -> None:
    lists = three()
    lose(lists, 1)
    result = read(lists, counter=counter, has_issues=has_issues)
    assert result.head.rows == 2 * (requests - 1)
    assert lists.paused == [EMPTY_LIST_PAUSE] * (requests - 1)
    assert len(lists.asked) == requests


def test_a_page_that_held_items_is_asked_for_again_without_its_etag() -> None:
    lists = three()
    before = read(lists)
    lose(lists, 2)
    result = read(lists)
    assert lists.statuses == [200, 200, 200]
    assert (result.outcome, result.head.content_hash) == (
        Outcome.UNCHANGED,
        before.head.content_hash,
    )
    assert lists.paused == [5.0]


EMPTY: list[tuple[dict[str, Any], int]] = [
    ({}, 2),
    ({"etag": None}, 1),
    ({"token_id": "other"}, 1),
    ({"url": "https://api.example/other"}, 1),
    ({"url": "https://api.example/other", "rows": 1}, 2),
]


@pytest.mark.parametrize(("changes", "requests"), EMPTY)
def test_an_empty_page_that_was_empty_before_should_have_been_a_304(
    changes: dict[str, Any], requests: int
) -> None:
    lists = ScriptedLists({})
    before = read(lists)
    lists.store.stored[FIRST] = replace(before.head, **{"etag": '"old"', **changes})
    lists.asked.clear()
    assert read(lists).head.rows == 0
    assert len(lists.asked) == requests


def results(*outcomes: tuple[PageKey, Outcome]) -> list[PageResult]:
    return [PageResult(key, outcome, head(1)) for key, outcome in outcomes]


@pytest.mark.parametrize(
    ("earlier", "latest", "expected"),
    [
        ([], Outcome.FRESH, Outcome.FRESH),
        ([(FIRST, Outcome.FRESH)], Outcome.FRESH, Outcome.FRESH),
        ([(FIRST, Outcome.UNCHANGED)], Outcome.FRESH, Outcome.UNCHANGED),
        ([(FIRST, Outcome.FETCHED)], Outcome.FRESH, Outcome.FETCHED),
        ([(FIRST, Outcome.FETCHED)], Outcome.UNCHANGED, Outcome.FETCHED),
        ([(FIRST, Outcome.UNCHANGED), (FIRST, Outcome.FETCHED)], Outcome.FRESH, Outcome.FETCHED),
        ([(FIRST, Outcome.FRESH)], Outcome.UNCHANGED, Outcome.UNCHANGED),
        ([(FIRST, Outcome.UNCHANGED)], Outcome.FETCHED, Outcome.FETCHED),
        ([(SECOND, Outcome.FETCHED)], Outcome.FRESH, Outcome.FRESH),
    ],
)
def test_content_that_was_new_in_a_run_stays_new(
    earlier: list[tuple[PageKey, Outcome]], latest: Outcome, expected: Outcome
) -> None:
    [result] = with_outcomes_of(results(*earlier), results((FIRST, latest)))
    assert (result.key, result.outcome) == (FIRST, expected)
