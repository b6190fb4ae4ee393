"""The client when GitHub refuses a token: once more if it works, then without it."""

import httpx
import pytest

from repo_stats.github.errors import CredentialsError
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.accounts import TEXTS, accounts, send
from repo_stats_tests.helpers.fake_time import NOON


@pytest.mark.parametrize("in_flight", [1, 10])
def test_a_refused_token_is_dropped_with_one_warning_that_names_its_position(
    in_flight: int,
) -> None:
    github = accounts(5000, 5000, 5000, refused=(TEXTS[0],))
    warnings: list[str] = []
    responses, _ = send(
        github, 12, in_flight=in_flight, on_drop=lambda error: warnings.append(str(error))
    )
    assert [response.body for response in responses] == [{}] * 12
    [warning] = warnings
    assert "does not accept token 1 of GITHUB_TOKENS (request for a/b)" in warning
    assert "s3cret" not in warning
    assert github.tokens.count(TEXTS[0]) <= in_flight


@pytest.mark.parametrize("in_flight", [1, 10])
def test_when_every_token_is_refused_all_requests_fail_and_no_more_are_sent(
    in_flight: int,
) -> None:
    github = accounts(1, 1, 1, refused=TEXTS)
    errors, _ = send(github, 12, in_flight=in_flight)
    assert [type(error) for error in errors] == [CredentialsError] * 12
    assert len(github.requests) <= 3 * in_flight
    assert "s3cret" not in f"{errors!r}"


def test_a_single_refused_token_is_no_reason_to_go_on_without_any() -> None:
    github = accounts(1, 1, 1, refused=TEXTS)
    dropped: list[CredentialsError] = []
    errors, _ = send(github, 3, texts=TEXTS[:1], on_drop=dropped.append)
    told = "GitHub does not accept GITHUB_TOKEN (request for a/b)"
    assert [str(error).startswith(told) for error in errors] == [True] * 3
    assert (len(github.requests), dropped) == (1, [])


@pytest.mark.parametrize("in_flight", [1, 10])
@pytest.mark.parametrize("tokens", [1, 3])
def test_a_single_refusal_of_a_token_that_works_is_asked_again(in_flight: int, tokens: int) -> None:
    github = accounts(5000, 5000, 5000)
    answers = github.__call__
    refused = [8]

    def respond(request: httpx.Request) -> httpx.Response:
        if len(github.requests) in refused:
            refused.clear()
            return httpx.Response(401, json={"message": "Bad credentials"})
        return answers(request)

    dropped: list[CredentialsError] = []
    responses, _ = send(
        github,
        30,
        in_flight=in_flight,
        texts=TEXTS[:tokens],
        transport=httpx.MockTransport(respond),
        on_drop=dropped.append,
    )
    assert [response.body for response in responses] == [{}] * 30
    assert (dropped, refused) == ([], [])


def test_a_token_that_stops_working_is_asked_once_more_and_then_dropped() -> None:
    github = accounts(5000, 5000, 5000)
    answers = github.__call__

    def respond(request: httpx.Request) -> httpx.Response:
        if len(github.requests) >= 3:
            github.refused = TEXTS
        return answers(request)

    outcomes, _ = send(github, 9, texts=TEXTS[:1], transport=httpx.MockTransport(respond))
    assert [type(outcome) for outcome in outcomes] == [ApiResponse] * 3 + [CredentialsError] * 6
    assert len(github.requests) == 5
    assert github.time.slept == [1.0]


@pytest.mark.parametrize(("seconds", "requests"), [(30, 2), (90, 1)])
def test_a_token_that_worked_in_an_earlier_step_is_asked_once_more(
    seconds: int, requests: int
) -> None:
    github = accounts(5000, 5000, 5000, refused=TEXTS)
    window = SlidingWindow(100, [NOON - seconds])
    [error], _ = send(github, texts=TEXTS[:1], sliding_window=window)
    assert isinstance(error, CredentialsError)
    assert len(github.requests) == requests
    assert github.time.slept == [1.0] * (requests - 1)
