"""Polls of repositories whose answers are garbled, or break some code: they rest or are told."""

import asyncio
from typing import Any

import httpx
import pytest

from repo_stats.github.activity import ActivityState, PollResult, poll_repositories
from repo_stats.github.client import GitHubClient

API = "https://api.example"

NEWEST = [{"number": 3, "updated_at": "2026-01-02T03:04:05Z"}]


def poll(answers: dict[int, Any], known: dict[str, ActivityState] | None = None) -> PollResult:
    """Poll the repositories `a/1`, `a/2`, ..., whose newest items are given by number."""

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.split("/")[2])
        return httpx.Response(200, json=answers[number], headers={"etag": '"1"'})

    async def run() -> PollResult:
        async with GitHubClient(API, "tok", transport=httpx.MockTransport(answer)) as client:
            repos = {f"a/{number}": number for number in answers}
            return await poll_repositories(client, repos, known or {}, lambda: 50.0, 90.0)

    return asyncio.run(run())


def test_the_newest_item_is_kept_as_its_number_and_time() -> None:
    result = poll({1: NEWEST, 2: [], 3: [*NEWEST, *NEWEST]})
    assert [result.states[f"a/{number}"].newest for number in (1, 2, 3)] == [
        "3 2026-01-02T03:04:05Z",
        "",
        "3 2026-01-02T03:04:05Z",
    ]
    assert result.errors == {}


@pytest.mark.parametrize(
    "items",
    [
        [5],
        [None],
        ["number"],
        [{"number": "3", "updated_at": "2026-01-02T03:04:05Z"}],
        [{"number": 3, "updated_at": "x" * 1_000_000}],
        [{"number": 3}],
    ],
)
def test_a_garbled_answer_is_told_and_stored_nowhere(items: list[Any]) -> None:
    result = poll({1: items, 2: NEWEST})
    assert str(result.errors["a/1"]).startswith("GitHub's newest item of a/1 is not an issue (")
    assert result.states["a/1"].newest == ""
    assert result.states["a/2"].newest == "3 2026-01-02T03:04:05Z"


def test_a_poll_that_breaks_some_code_is_not_tried_again_within_the_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(items: object, repo: str) -> str:
        return "" if repo == "a/2" else str(1 // 0)

    monkeypatch.setattr("repo_stats.github.activity._describe_newest", fail)
    result = poll({1: NEWEST, 2: NEWEST})
    assert "The work on a/1 ended with an error that was not foreseen" in str(result.errors["a/1"])
    assert result.states["a/1"].rests_until == 50.0 + 3600
    assert result.states["a/2"].rests_until == 0
