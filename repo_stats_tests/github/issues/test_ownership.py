"""Items of another repository are refused; a new name of the same one is not."""

import asyncio
from typing import Any

import httpx
import pytest

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import TransientError
from repo_stats.github.issues.ownership import require_own_items
from repo_stats.github.issues.requests import IssueList

API = "https://api.example"

ISSUE_LIST = IssueList("a/old", 7, API, 100, full_name="A/Known")


def named(*names: str) -> list[dict[str, Any]]:
    return [{"repository_url": f"{API}/repos/{name}"} for name in names]


def check(
    items: list[dict[str, Any]], present_name: str = "a/known", asked: list[str] | None = None
) -> int:
    """Check items of a repository that has a name now; gives the number of requests for that."""
    asked = [] if asked is None else asked

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        counters = dict.fromkeys(["stargazers_count", "forks_count", "open_issues_count"], 0)
        return httpx.Response(200, json={"id": 7, "full_name": present_name, **counters})

    async def run() -> None:
        async with GitHubClient(API, "tok", transport=httpx.MockTransport(answer)) as client:
            await require_own_items(client, ISSUE_LIST, items)

    asyncio.run(run())
    assert set(asked) <= {"/repositories/7"}
    return len(asked)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [{}, {"repository_url": None, "url": 5}, {"url": "nonsense"}],
        named("a/old", "A/OLD", "a/known"),
        [{"url": f"{API}/repos/a/old/issues/3"}, {"url": f"{API}/repositories/7/issues/3"}],
    ],
)
def test_items_of_the_known_names_or_of_the_number_cost_no_request(
    items: list[dict[str, Any]],
) -> None:
    assert check(items) == 0


def test_a_name_that_github_confirms_is_a_new_name_of_the_same_repository() -> None:
    assert check(named("a/new", "A/New"), present_name="a/NEW") == 1
    assert check(named("a/old", "a/new"), present_name="a/new") == 1


@pytest.mark.parametrize(
    "items",
    [
        named("c/d"),
        named("a/old", "c/d"),
        named("c/d", "e/f"),
        [{"url": f"{API}/repos/c/d/issues/3"}],
        [*named("a/old"), {"repository_url": f"{API}/repositories/8"}],
        [{"repository_url": f"{API}/repos/a/old", "url": f"{API}/repositories/8/issues/3"}],
    ],
)
def test_items_of_another_repository_are_worth_asking_for_again(
    items: list[dict[str, Any]],
) -> None:
    with pytest.raises(TransientError, match="A page of a/old's issues holds items of another"):
        check(items)


def test_items_of_two_unknown_names_are_refused_without_a_request() -> None:
    asked: list[str] = []
    with pytest.raises(TransientError):
        check(named("c/d", "e/f"), asked=asked)
    assert asked == []
