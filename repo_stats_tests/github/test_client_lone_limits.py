"""Rate limits that a server names for one repository, while it answers requests for others."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest

from repo_stats.github.auth.credentials import Credentials
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import LoneLimitError, RateLimitedError
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.github.test_client_waits import LIMITS, PRIMARY, SECONDARY, quota
from repo_stats_tests.helpers.client import API
from repo_stats_tests.helpers.fake_time import FakeTime

MAX_WAIT = 900

TOO_LONG = {
    "Retry-After: 3600": httpx.Response(429, headers={"retry-after": "3600"}),
    "a reset in an hour": httpx.Response(403, json=PRIMARY, headers=quota(0, 3600)),
    "a secondary limit of an hour": httpx.Response(
        403, json=SECONDARY, headers={"retry-after": "3600"}
    ),
}


class Server:
    """Refuses some repositories with a limit, and answers all others."""

    def __init__(self, limit: httpx.Response, refused: Sequence[str]) -> None:
        self.limit = limit
        self.refused = refused
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        repo = request.url.path.removeprefix("/repos/")
        self.asked.append(repo)
        return self.limit if repo in self.refused else httpx.Response(200, json={})


def get_all(
    server: Callable[[httpx.Request], httpx.Response],
    *batches: Sequence[str],
    tokens: int = 1,
    **options: Any,
) -> tuple[dict[str, Any], list[float]]:
    """Request repositories, a batch at a time; gives the last outcomes, and the seconds slept."""
    time = FakeTime()
    outcomes: dict[str, Any] = {}

    async def run() -> None:
        async with GitHubClient(
            API,
            Credentials.of(*"abc"[:tokens]),
            transport=httpx.MockTransport(server),
            max_wait=MAX_WAIT,
            sleep=time.sleep,
            clock=time,
            **options,
        ) as client:
            for batch in batches:
                requests = [client.get(f"{API}/repos/{r}", repo=r, shape=dict) for r in batch]
                found = await asyncio.gather(*requests, return_exceptions=True)
                outcomes.update(zip(batch, found, strict=True))

    asyncio.run(run())
    return outcomes, time.slept


def kinds(outcomes: dict[str, Any]) -> dict[str, type]:
    return {repo: type(outcome) for repo, outcome in outcomes.items()}


@pytest.mark.parametrize("tokens", [1, 3])
@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_limit_told_again_and_again_for_one_repository_gives_up_only_that_one(
    limit: httpx.Response, tokens: int
) -> None:
    server = Server(limit, ["bad/one"])
    outcomes, slept = get_all(server, ["bad/one", "a/b", "c/d"], ["e/f"], tokens=tokens)
    assert kinds(outcomes) == {
        "bad/one": LoneLimitError,
        **dict.fromkeys(["a/b", "c/d", "e/f"], ApiResponse),
    }
    assert str(outcomes["bad/one"]) == (
        "GitHub stopped bad/one with a rate limit, but answered a request for a/b at the same "
        "time, so the limit is not waited for; the next refresh tries again."
    )
    assert len(slept) <= 4
    assert server.asked.count("bad/one") <= 5 * tokens


@pytest.mark.parametrize("tokens", [1, 3])
@pytest.mark.parametrize("limit", TOO_LONG.values(), ids=TOO_LONG)
def test_a_limit_for_one_repository_that_lasts_too_long_gives_up_only_that_one(
    limit: httpx.Response, tokens: int
) -> None:
    server = Server(limit, ["bad/one"])
    batches = (["a/b"], ["bad/one"], ["bad/one", "c/d", "e/f"])
    outcomes, slept = get_all(server, *batches, tokens=tokens)
    assert kinds(outcomes) == {
        "bad/one": LoneLimitError,
        **dict.fromkeys(["a/b", "c/d", "e/f"], ApiResponse),
    }
    assert slept == []
    assert server.asked.count("bad/one") <= tokens


def test_two_repositories_with_limits_of_their_own_do_not_hide_each_other() -> None:
    server = Server(LIMITS["Retry-After: 0"], ["bad/one", "bad/other"])
    outcomes, _ = get_all(server, ["bad/one", "bad/other", "a/b", "c/d"])
    assert kinds(outcomes) == {
        **dict.fromkeys(["bad/one", "bad/other"], LoneLimitError),
        **dict.fromkeys(["a/b", "c/d"], ApiResponse),
    }


def test_a_client_that_reads_one_repository_asks_another_one_of_the_run() -> None:
    server = Server(LIMITS["Retry-After: 0"], ["bad/one"])
    others = {repo: f"{API}/repos/{repo}" for repo in ("bad/one", "a/b")}
    outcomes, slept = get_all(server, ["bad/one"], others=others)
    assert kinds(outcomes) == {"bad/one": LoneLimitError}
    assert slept == [1.0, 2.0, 4.0, 8.0]
    assert server.asked == [*["bad/one"] * 5, "a/b"]


def test_a_repository_that_was_answered_is_asked_before_many_that_are_refused_as_well() -> None:
    refused = [f"bad/{number}" for number in range(5)]
    server = Server(LIMITS["Retry-After: 0"], refused)
    outcomes, _ = get_all(server, [*refused, "a/b"])
    assert kinds(outcomes) == {**dict.fromkeys(refused, LoneLimitError), "a/b": ApiResponse}
    assert server.asked.count("a/b") == 1 + len(refused)


def test_a_limit_of_one_repository_alone_does_not_lengthen_the_next_limit_of_all() -> None:
    hour, minute = TOO_LONG["a reset in an hour"], quota(0, 60)
    limits = {
        "/repos/bad/one": [hour],
        "/repos/c/d": [httpx.Response(403, json=PRIMARY, headers=minute)],
    }

    def answer(request: httpx.Request) -> httpx.Response:
        refusals = limits.get(request.url.path)
        return refusals.pop() if refusals else httpx.Response(200, json={})

    outcomes, slept = get_all(answer, ["a/b"], ["bad/one"], ["c/d"])
    assert kinds(outcomes) == {"a/b": ApiResponse, "bad/one": LoneLimitError, "c/d": ApiResponse}
    assert slept == [61.0]


@pytest.mark.parametrize("limit", [*LIMITS.values(), *TOO_LONG.values()], ids=[*LIMITS, *TOO_LONG])
def test_a_limit_for_all_repositories_is_waited_for_and_then_ends_the_run(
    limit: httpx.Response,
) -> None:
    repos = ["a/b", "c/d", "e/f", "g/h"]
    server = Server(limit, repos)
    outcomes, slept = get_all(server, repos)
    assert kinds(outcomes) == dict.fromkeys(repos, RateLimitedError)
    assert MAX_WAIT / 3 < sum(slept) <= MAX_WAIT or (limit in TOO_LONG.values() and slept == [])
    # Each wait costs a request of each repository, and those that are asked instead are few.
    assert len(server.asked) <= len(repos) * (len(slept) + 1) + 3 * 4 * len(repos)
