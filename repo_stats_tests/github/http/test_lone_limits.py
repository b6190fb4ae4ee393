"""Limits for one repository: who is asked, in which order, how often, and what is remembered."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from repo_stats.github.errors import (
    GitHubError,
    GoneError,
    LoneLimitError,
    NotFoundError,
    RateLimitedError,
)
from repo_stats.github.http.lone_limits import LoneLimits

OTHERS = {repo: f"https://api.example/{repo}" for repo in "abcdef"}

LIMIT = RateLimitedError("Wait.", seconds=6, is_primary=False)


class Server:
    """Answers some repositories, and refuses all others."""

    def __init__(self, *answered: str, by: GitHubError | None = None) -> None:
        self.answered = answered
        self.asked: list[tuple[str, str]] = []
        self._answer = by

    async def ask(self, repo: str, url: str) -> object:
        self.asked.append((repo, url))
        await asyncio.sleep(0)
        if repo not in self.answered:
            raise LIMIT
        if self._answer is not None:
            raise self._answer
        return object()


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def sentence(repo: str, spared: str) -> str:
    return (
        f"GitHub stopped {repo} with a rate limit, but answered a request for {spared} at the same "
        "time, so the limit is not waited for; the next refresh tries again."
    )


def test_three_others_are_asked_at_most_and_the_refused_one_never() -> None:
    server, limits = Server("e"), LoneLimits(OTHERS)
    run(lambda: limits.require_general("a", server.ask))
    assert server.asked == [(repo, OTHERS[repo]) for repo in "bcd"]


def test_who_was_answered_before_is_asked_first_at_its_first_address() -> None:
    async def work() -> None:
        limits.expect("x", "https://api.example/first")
        limits.expect("x", "https://api.example/second")
        limits.record_answer("f", "https://api.example/page1")
        limits.record_answer("f", "https://api.example/page2")
        await limits.require_general("a", server.ask)

    server, limits = Server(), LoneLimits({"b": OTHERS["b"]})
    run(work)
    assert server.asked == [
        ("f", "https://api.example/page1"),
        ("b", OTHERS["b"]),
        ("x", "https://api.example/first"),
    ]


@pytest.mark.parametrize(
    "answer", [None, NotFoundError("It is gone."), GoneError("It is gone.")], ids=str
)
def test_an_answer_of_any_kind_gives_up_the_one_that_was_refused(
    answer: GitHubError | None,
) -> None:
    async def work() -> None:
        for _ in range(2):
            with pytest.raises(LoneLimitError) as error:
                await limits.require_general("a", server.ask)
            assert str(error.value) == sentence("a", "c")
        with pytest.raises(LoneLimitError) as error:
            limits.expect("a", OTHERS["a"])
        assert str(error.value) == sentence("a", "c")

    server, limits = Server("c", by=answer), LoneLimits(OTHERS)
    run(work)
    assert [repo for repo, _ in server.asked] == ["b", "c"], "what was found out is not asked again"


def test_one_that_was_given_up_is_no_witness_for_another() -> None:
    async def work() -> None:
        for repo, spared in (("a", "c"), ("b", "c")):
            with pytest.raises(LoneLimitError) as error:
                await limits.require_general(repo, server.ask)
            assert str(error.value) == sentence(repo, spared)

    server, limits = Server("c"), LoneLimits(OTHERS)
    run(work)
    assert [repo for repo, _ in server.asked] == ["b", "c", "c"]


def test_requests_that_are_refused_at_once_ask_others_one_after_the_other() -> None:
    async def work() -> None:
        waiting = (limits.require_general("a", server.ask) for _ in range(3))
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == [sentence("a", "b")] * 3

    server, limits = Server("b"), LoneLimits(OTHERS)
    run(work)
    assert [repo for repo, _ in server.asked] == ["b"]


def test_an_error_that_is_no_answer_of_github_ends_it() -> None:
    async def fail(repo: str, url: str) -> object:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(lambda: LoneLimits(OTHERS).require_general("a", fail))
