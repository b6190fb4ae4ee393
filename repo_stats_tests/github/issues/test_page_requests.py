"""How a single page is asked for, and which answers are refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest

from repo_stats.github.concurrency import run_bounded
from repo_stats.github.errors import EndlessListError, GoneError, PermanentError, TransientError
from repo_stats.github.issues.page_reader import PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import BEGINNING, PageRequest
from repo_stats.github.issues.walk import ListReader
from repo_stats_tests.helpers.scripted_lists import ScriptedLists, at

FIRST, SECOND = PageKey.numbered("a/b", 1), PageKey.numbered("a/b", 2)


def read(lists: ScriptedLists, **options: Any) -> PageResult:
    """Read the first page."""
    return lists.read(lambda reader: reader.pages.read(reader.issue_list.numbered(1)), **options)


def three() -> ScriptedLists:
    return ScriptedLists({number: number for number in (1, 3, 7)})


@pytest.mark.parametrize(
    ("changes", "status"),
    [({}, 304), ({"token_id": "other"}, 200), ({"url": "https://api.example/other"}, 200)],
)
def test_a_validator_is_sent_only_to_its_own_address_and_with_its_own_token(
    changes: dict[str, Any], status: int
) -> None:
    lists = three()
    stored = read(lists).head
    lists.store.stored[FIRST] = replace(stored, **changes)
    result = read(lists)
    assert lists.statuses == [200, status]
    assert (result.head.url, result.head.token_id) == (stored.url, stored.token_id)


def test_an_unconditional_reader_sends_no_validator_and_takes_nothing_as_fresh() -> None:
    lists = three()

    async def work(reader: ListReader) -> bool:
        await reader.pages.read(reader.issue_list.numbered(1))
        await reader.pages.unconditional().read(reader.issue_list.numbered(1))
        return reader.pages.is_alone

    assert not lists.read(work)
    assert lists.statuses == [200, 200]


def test_a_reader_since_a_moment_revalidates_what_is_older() -> None:
    lists = three()

    async def work(reader: ListReader) -> None:
        request = reader.issue_list.numbered(1)
        result = await reader.pages.read(request)
        await reader.pages.since(result.head.validated_at).read(request)
        await reader.pages.since(result.head.answered_at).read(request)

    lists.read(work)
    assert lists.statuses == [200, 304]


def test_pages_are_read_again_from_where_they_were_read() -> None:
    lists = three()

    async def work(reader: ListReader) -> list[PageResult]:
        counted = reader.issue_list.counted_url(at(0), 2)
        first = await reader.pages.read(reader.issue_list.numbered(1))
        second = await reader.pages.read(PageRequest(reader.issue_list, SECOND, counted))
        return await reader.pages.unconditional().read_again([first, second], reader.issue_list)

    results = lists.read(work)
    assert [result.key for result in results] == [FIRST, SECOND]
    assert len(lists.asked) == 4
    assert sorted(map(str, lists.asked[:2])) == sorted(map(str, lists.asked[2:]))


class Foreign(ScriptedLists):
    """Answers with an item of another repository."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        address = {"url": "https://api.example/repositories/8/issues/1"}
        [page] = [super().__call__(request).json()]
        return httpx.Response(200, json=[{**each, **address} for each in page])


def test_a_page_with_an_item_of_another_repository_is_refused_and_not_stored() -> None:
    lists = Foreign({1: 1})
    with pytest.raises(TransientError, match="holds items of another repository"):
        read(lists)
    assert lists.store.stored == {}


def test_an_error_that_nobody_foresaw_is_told_of_the_repository_that_the_caller_names() -> None:
    async def fail(item: int) -> None:
        raise ZeroDivisionError(item)

    async def work(reader: ListReader) -> str:
        _, errors = await run_bounded(
            1, [1], lambda _: reader.pages.gather([2], fail), lambda _: "a/b"
        )
        return str(errors["a/b"])

    assert three().read(work).startswith("The work on a/b ended with an error")


class Gone(ScriptedLists):
    """A repository whose list is gone."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        return httpx.Response(410)


def test_a_list_that_is_gone_is_empty_if_issues_are_disabled_and_else_an_error() -> None:
    lists = Gone({})
    begin = datetime.now(timezone.utc)
    result = read(lists, has_issues=False)
    assert (result.head.rows, result.head.ends_list, result.highest) == (0, True, 0)
    assert begin <= result.head.validated_at <= result.head.answered_at
    with pytest.raises(GoneError):
        read(lists)


def window_from(second: int, **options: Any) -> Callable[[ListReader], Any]:
    return lambda reader: reader.pages.read(reader.issue_list.window(at(second)))


class Heedless(ScriptedLists):
    """A server that gives items from before the time that it is asked for."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return super().__call__(httpx.Request("GET", request.url.copy_remove_param("since")))


def test_a_window_that_ends_before_it_begins_is_refused_and_not_stored() -> None:
    lists = Heedless({1: 1, 2: 5})
    with pytest.raises(EndlessListError, match="a/b holds only items from before the time"):
        lists.read(window_from(6))
    assert lists.store.stored == {}
    assert lists.read(window_from(5)).head.rows == 2
    assert Heedless({}).read(window_from(6)).head.rows == 0
    before_1970 = ScriptedLists({1: -2_200_000_000})
    first = before_1970.read(lambda reader: reader.pages.read(reader.issue_list.window(BEGINNING)))
    assert first.head.rows == 1


def test_one_page_that_cannot_be_read_fails_the_list_after_all_others_were_read() -> None:
    lists = three()

    async def work(reader: ListReader) -> list[PageResult]:
        bad = PageRequest(reader.issue_list, SECOND, "https://other.example/x")
        requests = [bad, reader.issue_list.numbered(1)]
        return await reader.pages.gather(requests, reader.pages.read)

    with pytest.raises(PermanentError):
        lists.read(work)
    assert lists.store.stored.keys() == {FIRST}
