"""What a poll makes of the state from before: what counts as a change, and what leaves it alone."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx
import pytest

from repo_stats.github.activity import ActivityState, PollResult, poll_repositories
from repo_stats.github.auth.credentials import Token
from repo_stats.github.client import GitHubClient

API = "https://api.example"

NEWEST = "3 2026-01-02T03:04:05Z"

BEFORE = ActivityState(
    newest=NEWEST,
    etag='"old"',
    token_id=Token("tok").id,
    polled_at=10.0,
    changed_at=5.0,
    requested_at=6.0,
    requests=2,
    rests_until=40.0,
)


def item(number: int, updated_at: str) -> dict[str, Any]:
    return {"number": number, "updated_at": updated_at}


class Poll:
    """A poll of one repository at second 50, and the requests that it took."""

    def __init__(self, answer: httpx.Response | Exception, before: ActivityState | None) -> None:
        self.requests: list[httpx.Request] = []
        self.answer = answer
        self.before = before
        self.result: PollResult = asyncio.run(self._run())

    @property
    def state(self) -> ActivityState:
        return self.result.states["a/b"]

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def _run(self) -> PollResult:
        async def sleep(seconds: float) -> None:
            await asyncio.sleep(0)

        transport = httpx.MockTransport(self._handle)
        async with GitHubClient(API, "tok", transport=transport, sleep=sleep) as client:
            known = {} if self.before is None else {"a/b": self.before}
            return await poll_repositories(client, {"a/b": 7}, known, lambda: 50.0, 90.0)


def answer(*items: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json=items, headers={"etag": '"new"'})


def test_one_request_asks_for_the_item_that_was_updated_last_whatever_its_state() -> None:
    poll = Poll(answer(item(3, "2026-01-02T03:04:05Z")), None)
    [request] = poll.requests
    assert str(request.url) == (
        f"{API}/repositories/7/issues?state=all&sort=updated&direction=desc&per_page=1"
    )
    assert "if-none-match" not in request.headers


def test_a_repository_that_was_never_polled_counts_as_changed() -> None:
    first = ActivityState(NEWEST, '"new"', Token("tok").id, 50.0, changed_at=50.0)
    assert Poll(answer(item(3, "2026-01-02T03:04:05Z")), None).state == first
    assert Poll(answer(), None).state == replace(first, newest="")


@pytest.mark.parametrize(
    ("items", "newest"),
    [
        ([item(4, "2026-01-02T03:04:05Z")], "4 2026-01-02T03:04:05Z"),
        ([item(3, "2026-01-02T03:04:06Z")], "3 2026-01-02T03:04:06Z"),
        ([], ""),
    ],
    ids=["another item of the same second", "the same item a second later", "no item any more"],
)
def test_another_newest_item_is_a_change_of_now(items: list[dict[str, Any]], newest: str) -> None:
    assert Poll(answer(*items), BEFORE).state == replace(
        BEFORE, newest=newest, etag='"new"', polled_at=50.0, changed_at=50.0, rests_until=0.0
    )


def test_the_same_newest_item_leaves_the_change_that_was_noticed_before() -> None:
    for changed_at in (None, 5.0):
        before = replace(BEFORE, changed_at=changed_at)
        poll = Poll(answer(item(3, "2026-01-02T03:04:05Z")), before)
        assert poll.state == replace(before, etag='"new"', polled_at=50.0, rests_until=0.0)


def test_an_unchanged_answer_leaves_all_but_when_it_was_polled() -> None:
    poll = Poll(httpx.Response(304), BEFORE)
    assert [request.headers["if-none-match"] for request in poll.requests] == ['"old"']
    assert poll.state == replace(BEFORE, polled_at=50.0, rests_until=0.0)


@pytest.mark.parametrize(
    ("status", "rests_until", "requests", "is_told"),
    [(500, 0.0, 3, True), (404, 3650.0, 1, True), (410, 3650.0, 1, False)],
)
def test_a_failure_leaves_what_was_noticed_before(
    status: int, rests_until: float, requests: int, is_told: bool
) -> None:
    poll = Poll(httpx.Response(status), BEFORE)
    assert poll.state == replace(BEFORE, polled_at=50.0, rests_until=rests_until)
    assert len(poll.requests) == requests
    assert (["a/b"] if is_told else []) == [*poll.result.errors]
    unknown = Poll(httpx.Response(status), None)
    assert unknown.state == ActivityState("", None, None, 50.0, rests_until=rests_until)


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        (httpx.Response(401), "does not accept GITHUB_TOKEN"),
        (httpx.Response(429, headers={"retry-after": "9"}), "secondary rate limit"),
    ],
)
def test_what_says_nothing_of_the_repository_leaves_its_state_and_ends_the_poll(
    refusal: httpx.Response, says: str
) -> None:
    result = Poll(refusal, BEFORE).result
    assert (result.states, result.errors) == ({}, {})
    assert says in str(result.refusal)


def test_memory_that_is_used_up_is_no_failure_of_one_repository() -> None:
    with pytest.raises(MemoryError):
        Poll(MemoryError(), BEFORE)


def test_a_repository_whose_answer_takes_too_long_delays_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def wait_for(polling: Any, timeout: float) -> None:
        polling.close()
        assert timeout == 10.0
        raise asyncio.TimeoutError

    monkeypatch.setattr(asyncio, "wait_for", wait_for)
    poll = Poll(answer(), BEFORE)
    assert poll.state == replace(BEFORE, polled_at=50.0, rests_until=0.0)
    assert str(poll.result.errors["a/b"]) == (
        "GitHub took more than 10 s to answer for a/b; the next poll tries again."
    )
