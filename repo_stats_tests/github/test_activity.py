"""Polls of repositories whose answers are garbled, or break some code: they rest or are told."""

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest

from repo_stats.github.activity import ActivityState, PollResult, poll_repositories
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import LoneLimitError

API = "https://api.example"

NEWEST = [{"number": 3, "updated_at": "2026-01-02T03:04:05Z"}]


def poll(
    answers: dict[int, Any],
    known: dict[str, ActivityState] | None = None,
    seconds: Iterator[float] | None = None,
) -> PollResult:
    """Poll the repositories `a/1`, `a/2`, ..., whose newest items are given by number.

    The clock shows 50, unless times are given; polls end at 90. An answer may be a response.
    """

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.path.split("/")[2])
        if isinstance(found := answers[number], httpx.Response):
            found.request = request
            return found
        return httpx.Response(200, json=found, headers={"etag": '"1"'})

    async def run() -> PollResult:
        async with GitHubClient(API, "tok", transport=httpx.MockTransport(answer)) as client:
            repos = {f"a/{number}": number for number in answers}
            clock = partial(next, seconds or itertools.repeat(50.0))
            return await poll_repositories(client, repos, known or {}, clock, 90.0)

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
        [{"number": 0, "updated_at": "2026-01-02T03:04:05Z"}],
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


def test_a_repository_that_a_passing_limit_stopped_alone_rests_for_minutes_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(items: object, repo: str) -> str:
        if repo == "a/1":
            raise LoneLimitError("GitHub stopped a/1 with a rate limit.")
        return ""

    monkeypatch.setattr("repo_stats.github.activity._describe_newest", stop)
    result = poll({1: NEWEST, 2: NEWEST})
    assert str(result.errors["a/1"]) == "GitHub stopped a/1 with a rate limit."
    assert result.states["a/1"].rests_until == 50.0 + 300
    assert result.states["a/2"].rests_until == 0


def test_no_further_repository_is_polled_when_the_time_is_up() -> None:
    answers = dict.fromkeys(range(1, 31), NEWEST)
    times = itertools.chain([50.0, 89.9], itertools.repeat(90.0))
    result = poll(answers, seconds=times)
    assert [*result.states] == ["a/1", "a/2"]
    assert (result.errors, result.refusal) == ({}, None)


def test_a_repository_that_can_be_read_again_rests_no_longer() -> None:
    [before] = poll({1: NEWEST}).states.values()
    resting = replace(before, polled_at=1.0, rests_until=49.0)
    for answer in (httpx.Response(304), NEWEST):
        result = poll({1: answer}, {"a/1": resting})
        assert result.states == {"a/1": replace(before, polled_at=50.0)}


@pytest.mark.parametrize(
    ("status", "rests_until", "is_told"),
    [(404, 3650.0, True), (500, 0.0, True), (410, 3650.0, False)],
)
def test_a_repository_rests_if_it_cannot_be_read_and_not_after_a_fault_of_the_server(
    status: int, rests_until: float, is_told: bool
) -> None:
    result = poll({1: httpx.Response(status, json={"message": "No"}), 2: NEWEST})
    assert result.states["a/1"].rests_until == rests_until
    assert ("a/1" in result.errors) is is_told
    assert result.states["a/2"].newest == "3 2026-01-02T03:04:05Z"


def test_a_validator_of_a_token_that_is_gone_is_not_sent() -> None:
    [before] = poll({1: NEWEST}).states.values()
    for state, sent in ((before, '"1"'), (replace(before, token_id="gone"), None)):
        answer = httpx.Response(200, json=NEWEST)
        poll({1: answer}, {"a/1": state})
        assert answer.request.headers.get("if-none-match") == sent
