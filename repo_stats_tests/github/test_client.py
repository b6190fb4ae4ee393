"""The client: what it sends, what it retries, what it waits for, what it gives up."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import httpx
import pytest
import respx

from repo_stats.github.auth.credentials import Token
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import PermanentError, RateLimitedError, TransientError
from repo_stats.github.http.usage import Usage

API = "https://api.example"


URL = f"{API}/repos/a/b"


SECONDARY = {"message": "You have exceeded a secondary rate limit."}


def ask(
    *, shape: type = dict, etag: str | None = None, times: int = 1, **options: Any
) -> tuple[list[Any], GitHubClient, list[float]]:
    """Ask some times at once; gives the outcomes, the client, and what it slept."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0)

    async def run() -> tuple[list[Any], GitHubClient]:
        async with GitHubClient(API, sleep=sleep, **{"credentials": "tok", **options}) as client:
            questions = [client.get(URL, repo="a/b", shape=shape, etag=etag) for _ in range(times)]
            return await asyncio.gather(*questions, return_exceptions=True), client

    outcomes, client = asyncio.run(run())
    return outcomes, client, slept


@respx.mock
def test_a_request_carries_the_headers_github_asks_for() -> None:
    route = respx.get(URL).respond(json={}, headers={"etag": 'W/"1"'})
    [answer], _, _ = ask()
    headers = route.calls[0].request.headers
    assert headers["authorization"] == "Bearer tok"
    assert headers["user-agent"].startswith("repo_stats/")
    assert headers["accept"] == "application/vnd.github+json"
    assert headers["x-github-api-version"] == "2022-11-28"
    assert "if-none-match" not in headers
    assert (answer.body, answer.etag) == ({}, 'W/"1"')


@respx.mock
def test_without_a_token_there_is_no_authorization() -> None:
    route = respx.get(URL).respond(json={})
    ask(credentials=None)
    assert "authorization" not in route.calls[0].request.headers


@respx.mock
def test_an_unchanged_answer_is_free_with_a_token_and_charged_without() -> None:
    route = respx.get(URL).respond(304)
    [answer], client, _ = ask(etag='W/"1"')
    assert route.calls[0].request.headers["if-none-match"] == 'W/"1"'
    assert answer.body is None
    assert (client.usage.requests, client.usage.charged) == (1, 0)
    _, anonymous, _ = ask(etag='W/"1"', credentials=None)
    assert anonymous.usage.charged == 1


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(500),
        httpx.Response(502, text="<html>Unicorn!</html>"),
        httpx.Response(408),
        httpx.Response(429),
        httpx.Response(200, text='{"id": 1, "na'),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, text=""),
        httpx.Response(304),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
    ],
    ids=str,
)
@respx.mock
def test_a_passing_trouble_is_retried_at_once(trouble: Any) -> None:
    respx.get(URL).mock(side_effect=[trouble, httpx.Response(200, json={"ok": 1})])
    [answer], client, slept = ask()
    assert answer.body == {"ok": 1}
    assert client.usage.requests == 2
    assert len(slept) == 1


@respx.mock
def test_a_lasting_trouble_is_given_up_after_three_requests() -> None:
    route = respx.get(URL).respond(500)
    [error], _, slept = ask()
    assert isinstance(error, TransientError)
    assert "GitHub answered 500 for a/b" in str(error)
    assert route.call_count == 3
    assert slept[0] < slept[1]


@respx.mock
def test_a_final_refusal_is_not_retried() -> None:
    route = respx.get(URL).respond(404, json={"message": "Not Found"})
    [error], _, _ = ask()
    assert isinstance(error, PermanentError)
    assert route.call_count == 1


def test_a_rate_limit_is_waited_for_once_by_all_requests_under_way() -> None:
    arrived = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal arrived
        arrived += 1
        is_limited = arrived <= 3
        await asyncio.sleep(0.01)
        if is_limited:
            return httpx.Response(429, json=SECONDARY, headers={"retry-after": "5"})
        return httpx.Response(200, json={})

    waits: list[float] = []
    answers, client, slept = ask(
        times=3,
        max_wait=10,
        on_wait=lambda error, seconds: waits.append(seconds),
        transport=httpx.MockTransport(answer),
    )
    assert [answer.body for answer in answers] == [{}, {}, {}]
    assert waits == slept == [5.0]
    assert client.usage.waited == 5.0


@respx.mock
def test_a_limit_that_lasts_longer_than_allowed_is_given_up_by_all_requests() -> None:
    limited = httpx.Response(429, json=SECONDARY, headers={"retry-after": "11"})
    route = respx.get(URL).mock(side_effect=[limited] * 9)
    errors, _, slept = ask(times=9, in_flight=2, max_wait=10)
    assert all(isinstance(error, RateLimitedError) for error in errors)
    assert slept == []
    assert route.call_count <= 2


@respx.mock
def test_a_secondary_limit_that_comes_back_is_waited_for_twice_as_long() -> None:
    limited = httpx.Response(403, json=SECONDARY)
    respx.get(URL).mock(side_effect=[limited, limited, httpx.Response(200, json={})])
    [answer], _, slept = ask(max_wait=900)
    assert answer.body == {}
    assert slept == [60.0, 120.0]


@respx.mock
def test_a_rename_is_followed_on_the_same_host() -> None:
    respx.get(URL).respond(301, headers={"location": f"{API}/repositories/7"})
    respx.get(f"{API}/repositories/7").respond(json={"id": 7})
    [answer], client, _ = ask()
    assert answer.body == {"id": 7}
    assert client.usage.charged == 2


@respx.mock
def test_a_redirect_to_another_host_is_refused_without_asking_it() -> None:
    respx.get(URL).respond(301, headers={"location": "https://evil.example/repositories/7"})
    elsewhere = respx.get("https://evil.example/repositories/7").respond(json={})
    [error], _, _ = ask()
    assert isinstance(error, PermanentError)
    assert "evil.example" in str(error)
    assert not elsewhere.called


@respx.mock
def test_redirects_in_a_circle_end() -> None:
    respx.get(URL).respond(301, headers={"location": URL})
    [error], _, _ = ask()
    assert "more than 5 times" in str(error)


@respx.mock
def test_a_next_page_on_another_host_is_refused() -> None:
    link = '<https://evil.example/x?page=2>; rel="next"'
    respx.get(URL).respond(json=[], headers={"link": link})
    [error], _, _ = ask(shape=list)
    assert isinstance(error, PermanentError)


@respx.mock
def test_the_next_page_is_read_from_the_link_header() -> None:
    link = f'<{API}/x?page=1>; rel="prev", <{API}/x?after=c,d&page=3>; rel="next"'
    respx.get(URL).respond(json=[], headers={"link": link})
    [answer], _, _ = ask(shape=list)
    assert answer.next_url == f"{API}/x?after=c,d&page=3"


def test_no_more_requests_are_under_way_than_allowed() -> None:
    under_way = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return httpx.Response(200, json={})

    ask(times=20, in_flight=3, transport=httpx.MockTransport(answer))
    assert most == 3


@pytest.mark.parametrize("respond", [lambda: httpx.Response(401), lambda: httpx.Response(500)])
@respx.mock
def test_the_token_is_in_no_error_text(respond: Callable[[], httpx.Response]) -> None:
    respx.get(URL).mock(side_effect=lambda request: respond())
    [error], _, _ = ask(credentials="s3cret")
    assert "s3cret" not in f"{error!r} {error}"


def test_usages_add_up_and_the_smallest_quota_counts() -> None:
    first, second = Usage(), Usage()
    first.count(200, has_token=True)
    second.count(304, has_token=True)
    second.waited = 2.0
    total = Usage.total([first, second])
    assert (total.requests, total.charged, total.waited, total.quota) == (2, 1, 2.0, None)


def test_what_was_spent_is_told_as_json_takes_it() -> None:
    first, second = Usage(paced=1.5), Usage(paced=2.0)
    for status in (500, 200, 0, 200):
        first.count(status, has_token=True)
    second.count_free(201)
    total = Usage.total([first, second])
    assert total.paced == 3.5
    assert total.charged == 2
    assert list(total.status_counts.items()) == [("0", 1), ("200", 2), ("201", 1), ("500", 1)]


@respx.mock
def test_an_answer_tells_when_it_was_asked_for_when_it_came_and_what_time_the_server_had() -> None:
    times = iter([1000.0, 1000.0, 1003.0])
    date = {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}
    respx.get(URL).respond(json={}, headers=date)
    [answer], _, _ = ask(clock=lambda: next(times))
    assert answer.asked_at == datetime.fromtimestamp(1000, timezone.utc)
    assert answer.answered_at == datetime.fromtimestamp(1003, timezone.utc)
    assert answer.server_date == datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


@respx.mock
def test_an_answer_tells_whose_its_etag_is_by_a_fingerprint() -> None:
    respx.get(URL).respond(json={})
    [answer], _, _ = ask()
    [anonymous], _, _ = ask(credentials=None)
    assert answer.token_id == Token("tok").id
    assert anonymous.token_id is None


@respx.mock
def test_requests_introduce_themselves_as_they_are_told() -> None:
    route = respx.get(URL).respond(json={})
    ask(user_agent="my-org stats")
    assert route.calls[0].request.headers["user-agent"] == "my-org stats"
