"""Lists and parts of lists of several repositories at once: an error is that of one of them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timezone
from typing import TypeVar

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import NotFoundError, RateLimitedError
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.issues.batches import read_batch, take_snapshots
from repo_stats.github.issues.page_index import PageIndex
from repo_stats.github.issues.page_reader import PageReader
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.planning import PageBatch, plan_list
from repo_stats.github.issues.requests import IssueList
from repo_stats_tests.helpers.pages import NOW
from repo_stats_tests.helpers.scripted_lists import API, ScriptedLists

_Result = TypeVar("_Result")

FIRST, SECOND, GONE = (
    IssueList(repo, number, API, 2, counter=4)
    for number, repo in enumerate(["a/b", "c/d", "gone/x"], start=7)
)


def read(work: Callable[[PageReader], Awaitable[_Result]], *, is_limited: bool = False) -> _Result:
    """Work with lists of three items each; one repository is gone, or a limit stops all."""
    lists = ScriptedLists({1: 1, 2: 2, 3: 3})

    def answer(request: httpx.Request) -> httpx.Response:
        if f"/{GONE.repo_id}/" in request.url.path:
            return httpx.Response(404)
        if is_limited:
            return httpx.Response(429, headers={"retry-after": "99"})
        return lists(request)

    async def run() -> _Result:
        client = GitHubClient(API, "tok", in_flight=2, transport=httpx.MockTransport(answer))
        freshness = Freshness(datetime.now(timezone.utc), revalidate=True)
        return await work(PageReader(client, PageIndex(lists.store), freshness))

    return asyncio.run(run())


def batch(lists: list[IssueList], parts: list[IssueList]) -> PageBatch:
    plans = [plan_list(each, {}, Freshness(NOW, revalidate=True), NOW) for each in lists]
    work = [each.numbered(number) for each in parts for number in (1, 2)]
    return PageBatch(plans, work, 9, 2, SlidingWindow(100))


def test_lists_are_proved_and_parts_are_read() -> None:
    snapshots, results, errors = read(lambda pages: read_batch(pages, batch([FIRST], [SECOND])))
    assert snapshots.keys() == {"a/b"}
    assert (snapshots["a/b"].is_exact, len(snapshots["a/b"].results)) == (True, 2)
    assert sorted(str(result.key) for result in results) == [
        *("a/b/0001", "a/b/0002", "c/d/0001", "c/d/0002"),
    ]
    assert errors == {}


def test_the_error_of_one_repository_keeps_nothing_from_the_others() -> None:
    work = batch([FIRST, GONE], [SECOND])
    snapshots, results, errors = read(lambda pages: read_batch(pages, work))
    assert snapshots.keys() == {"a/b"}
    assert len(results) == 4
    assert [(repo, type(error)) for repo, error in errors.items()] == [("gone/x", NotFoundError)]


def test_snapshots_of_several_lists_are_taken_and_an_error_is_that_of_its_list() -> None:
    snapshots, errors = read(lambda pages: take_snapshots(pages, [GONE, SECOND, FIRST]))
    assert {repo: len(each.results) for repo, each in snapshots.items()} == {"a/b": 2, "c/d": 2}
    assert all(snapshots[repo].is_exact for repo in ("a/b", "c/d"))
    assert errors.keys() == {"gone/x"}


@pytest.mark.parametrize(
    "work",
    [
        lambda pages: read_batch(pages, batch([FIRST, SECOND], [])),
        lambda pages: take_snapshots(pages, [FIRST, SECOND]),
    ],
)
def test_a_limit_that_lasts_too_long_ends_all_work(
    work: Callable[[PageReader], Awaitable[object]],
) -> None:
    with pytest.raises(RateLimitedError, match="GitHub's secondary rate limit stopped"):
        read(work, is_limited=True)


@pytest.mark.parametrize(
    "work",
    [
        lambda pages: read_batch(pages, batch([FIRST], [])),
        lambda pages: take_snapshots(pages, [FIRST]),
    ],
)
def test_the_client_is_closed_at_the_end(
    work: Callable[[PageReader], Awaitable[object]],
) -> None:
    async def close_and_ask(pages: PageReader) -> bool:
        await work(pages)
        with pytest.raises(RuntimeError, match="closed"):
            await pages.client.get(f"{API}/repos/a/b", repo="a/b", shape=dict)
        return True

    assert read(close_and_ask)
