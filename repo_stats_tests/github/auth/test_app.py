"""The GitHub App: how it signs in, how long its token serves, and what happens on a refusal."""

from typing import Any

import httpx
import jwt
import pytest
import respx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from repo_stats.github.auth.app import sign
from repo_stats.github.auth.credentials import App, Token
from repo_stats.github.auth.token_cache import InstallationToken, TokenCache
from repo_stats.github.errors import CredentialsError, RateLimitedError, UnreachableError
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats_tests.helpers.app import LATER, TOKENS_URL, send, sent_tokens, token_response
from repo_stats_tests.helpers.client import API, URL
from repo_stats_tests.helpers.fake_time import NOON, FakeTime


def test_the_signed_token_says_who_signs_and_for_how_long(app: App, private_key: str) -> None:
    key = serialization.load_pem_private_key(private_key.encode(), None)
    assert isinstance(key, RSAPrivateKey)
    signed = sign(app, int(NOON))
    claims = jwt.decode(
        signed,
        key.public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims == {"iat": NOON - 60, "exp": NOON + 540, "iss": "7"}
    assert jwt.get_unverified_header(signed)["alg"] == "RS256"


@respx.mock
def test_requests_are_authorized_with_the_installations_token(app: App) -> None:
    posts = respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])
    route = respx.get(URL).respond(json={})
    [first, second], client = send(app, 1.0)
    assert sent_tokens(route) == ["ghs_one", "ghs_one"]
    assert first.token_id == second.token_id == Token("ghs_one").id
    assert posts.calls[0].request.headers["accept"] == "application/vnd.github+json"
    assert client.usage.status_counts == {"200": 2, "201": 1}
    assert client.usage.charged == 2


@respx.mock
def test_the_token_is_renewed_in_the_middle_of_a_step_when_five_minutes_are_left(app: App) -> None:
    respx.post(TOKENS_URL).mock(
        side_effect=[token_response("ghs_one"), token_response("ghs_two", LATER + 3600)]
    )
    route = respx.get(URL).respond(json={})
    send(app, 3299.0, 2.0, 1.0)
    assert sent_tokens(route) == ["ghs_one", "ghs_one", "ghs_two", "ghs_two"]


@pytest.mark.parametrize(
    ("response", "variables"),
    [
        (httpx.Response(401), ["REPO_STATS_APP_PRIVATE_KEY_FILE", "REPO_STATS_APP_ID"]),
        (httpx.Response(404), ["REPO_STATS_APP_INSTALLATION_ID"]),
        (
            httpx.Response(403, json={"message": "This installation has been suspended"}),
            ["REPO_STATS_APP_INSTALLATION_ID", "has been suspended"],
        ),
        (httpx.Response(301, headers={"location": "https://evil.example"}), ["REPO_STATS_API_URL"]),
    ],
    ids=["key", "installation", "suspended", "redirect"],
)
@respx.mock
def test_an_app_that_is_not_accepted_fails_with_the_settings_to_check(
    response: httpx.Response, variables: list[str], app: App
) -> None:
    posts = respx.post(TOKENS_URL).mock(return_value=response)
    [error, again], _ = send(app, 1.0)
    assert isinstance(error, CredentialsError)
    assert again is error
    assert "a/b" in str(error)
    assert all(variable in str(error) for variable in variables)
    assert posts.call_count == 1


@respx.mock
def test_an_app_that_is_not_accepted_is_left_out_if_there_is_a_token(app: App) -> None:
    respx.post(TOKENS_URL).respond(404)
    route = respx.get(URL).respond(json={})
    warnings: list[str] = []
    send(app, 1.0, tokens=(Token("tok"),), on_drop=lambda error: warnings.append(str(error)))
    assert sent_tokens(route) == ["tok", "tok"]
    [warning] = warnings
    assert "REPO_STATS_APP_INSTALLATION_ID" in warning


@respx.mock
def test_the_apps_token_is_one_more_of_all_tokens(app: App) -> None:
    respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])

    def handle(request: httpx.Request) -> httpx.Response:
        is_used_up = request.headers["authorization"] == "Bearer tok"
        headers = {
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": "0" if is_used_up else "14999",
            "x-ratelimit-reset": str(int(LATER)),
        }
        return httpx.Response(403 if is_used_up else 200, json={}, headers=headers)

    route = respx.get(URL).mock(side_effect=handle)
    send(app, 1.0, tokens=(Token("tok"),))
    assert sent_tokens(route) == ["tok", "ghs_one", "ghs_one"]


@respx.mock
def test_a_token_that_was_revoked_within_its_hour_is_replaced_once(app: App) -> None:
    TokenCache(app, API).write(InstallationToken("ghs_revoked", LATER))
    posts = respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_new")])
    respx.get(URL, headers={"authorization": "Bearer ghs_revoked"}).respond(401)
    respx.get(URL, headers={"authorization": "Bearer ghs_new"}).respond(json={})
    [response], _ = send(app)
    assert response.token_id == Token("ghs_new").id
    assert posts.call_count == 1
    assert TokenCache(app, API).read() == InstallationToken("ghs_new", LATER)


@respx.mock
def test_an_installation_whose_tokens_are_refused_is_given_up(app: App) -> None:
    respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one"), token_response("ghs_two")])
    respx.get(URL).respond(401)
    [error], _ = send(app)
    assert isinstance(error, CredentialsError)
    assert "REPO_STATS_APP_INSTALLATION_ID" in str(error)
    assert "ghs_" not in str(error)


@pytest.mark.parametrize("refusals", [1, 2, 3])
@respx.mock
def test_a_new_token_that_github_does_not_know_yet_is_asked_again(refusals: int, app: App) -> None:
    posts = respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])
    unknown = [httpx.Response(401, json={"message": "Bad credentials"})] * refusals
    respx.get(URL).mock(side_effect=[*unknown, httpx.Response(200, json={})])
    time = FakeTime()
    [response], _ = send(app, time=time)
    assert response.body == {}
    assert time.slept == [1.0, 2.0, 4.0][:refusals]
    assert posts.call_count == 1


@respx.mock
def test_a_refused_token_beside_an_app_is_dropped_and_not_taken_for_the_apps(app: App) -> None:
    respx.post(TOKENS_URL).mock(side_effect=[token_response("ghs_one")])
    route = respx.get(URL, headers={"authorization": "Bearer tok"}).respond(401)
    respx.get(URL, headers={"authorization": "Bearer ghs_one"}).respond(json={})
    dropped: list[str] = []
    tokens = (Token("tok"),)
    outcomes, _ = send(app, 1.0, tokens=tokens, on_drop=lambda error: dropped.append(str(error)))
    assert [outcome.token_id for outcome in outcomes] == [Token("ghs_one").id] * 2
    assert route.call_count == 1
    [warning] = dropped
    assert "does not accept GITHUB_TOKEN (request for a/b)" in warning


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.Response(502),
        httpx.Response(201, text="<html>"),
        httpx.Response(201, json={"token": "ghs_x"}),
        httpx.Response(201, json={"token": "ghs_x", "expires_at": "soon"}),
        httpx.Response(201, json={"token": "ghs_x", "expires_at": "0001-01-01T00:00:00"}),
        httpx.Response(201, json={"token": "gh\n\u00e9", "expires_at": "2026-11-23T13:00:00Z"}),
        httpx.Response(201, content=b"[" * 100_000),
    ],
    ids=str,
)
@respx.mock
def test_a_transient_failure_of_the_app_is_retried(failure: Any, app: App) -> None:
    respx.post(TOKENS_URL).mock(side_effect=[failure, token_response("ghs_one")])
    respx.get(URL).respond(json={})
    [response], _ = send(app)
    assert response.body == {}


@respx.mock
def test_without_a_connection_the_sentence_names_the_api(app: App) -> None:
    respx.post(TOKENS_URL).mock(side_effect=httpx.ConnectError("refused"))
    [error], _ = send(app)
    assert isinstance(error, UnreachableError)
    assert API in str(error)
    assert "check the connection and REPO_STATS_API_URL" in str(error)


@respx.mock
def test_a_rate_limit_of_the_app_itself_is_waited_for_or_given_up(app: App) -> None:
    limited = httpx.Response(
        403,
        json={"message": "You have exceeded a secondary rate limit"},
        headers={"retry-after": "9"},
    )
    respx.post(TOKENS_URL).mock(side_effect=[limited, token_response("ghs_one"), limited])
    respx.get(URL).respond(json={})
    time = FakeTime()
    [response], client = send(app, time=time, max_wait=60)
    assert response.body == {}
    assert (time.slept, client.usage.waited) == ([9.0], 9.0)
    [error], _ = send(App("7", "42", app.private_key), time=time)
    assert isinstance(error, RateLimitedError)


@respx.mock
def test_the_request_for_a_token_waits_for_its_minute_as_every_other_does(app: App) -> None:
    time = FakeTime()
    asked: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(time.now)
        return token_response("ghs_one")

    respx.post(TOKENS_URL).mock(side_effect=answer)
    respx.get(URL).respond(json={})
    send(app, time=time, sliding_window=SlidingWindow(1, [NOON - 20]))
    assert asked == [NOON + 40]
