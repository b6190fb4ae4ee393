"""The GitHub App: how it signs in, how long its token serves, and where that is kept."""

import asyncio
import json
import stat
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import respx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from repo_stats.github.auth.app import sign
from repo_stats.github.auth.credentials import App, Credentials, Token, check_private_key
from repo_stats.github.auth.token_cache import InstallationToken, TokenCache
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import CredentialsError, RateLimitedError, TransientError
from repo_stats_tests.helpers.fake_time import NOON, FakeTime

API = "https://api.example"


URL = f"{API}/repos/a/b"


GRANTS = f"{API}/app/installations/42/access_tokens"


LATER = NOON + 3600


@pytest.fixture
def app(private_key: str, tmp_path: Path) -> App:
    return App("7", "42", private_key, tmp_path / "cache")


def grant(text: str, expires_at: float = LATER) -> httpx.Response:
    end = datetime.fromtimestamp(expires_at, timezone.utc)
    return httpx.Response(201, json={"token": text, "expires_at": f"{end:%Y-%m-%dT%H:%M:%SZ}"})


def ask(
    app: App,
    *pauses: float,
    tokens: tuple[Token, ...] = (),
    time: FakeTime | None = None,
    **options: Any,
) -> tuple[list[Any], GitHubClient]:
    """Ask once, and again after each pause, all within one step; gives outcomes and client."""
    time = time or FakeTime()

    async def run() -> tuple[list[Any], GitHubClient]:
        outcomes: list[Any] = []
        async with GitHubClient(
            API, Credentials(tokens, app), sleep=time.sleep, clock=time, **options
        ) as client:
            for pause in (0.0, *pauses):
                time.now += pause
                question = client.get(URL, repo="a/b", shape=dict)
                outcomes += await asyncio.gather(question, return_exceptions=True)
            return outcomes, client

    return asyncio.run(run())


def sent_tokens(route: respx.Route) -> list[str]:
    return [call.request.headers["authorization"].removeprefix("Bearer ") for call in route.calls]


def test_the_statement_says_who_signs_and_for_how_long(app: App, private_key: str) -> None:
    public = serialization.load_pem_private_key(private_key.encode(), None).public_key()

    statement = sign(app, int(NOON))
    claims = jwt.decode(
        statement, public, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert claims == {"iat": NOON - 60, "exp": NOON + 540, "iss": "7"}
    assert jwt.get_unverified_header(statement)["alg"] == "RS256"


@respx.mock
def test_requests_are_authorized_with_the_installations_token(app: App) -> None:
    grants = respx.post(GRANTS).mock(side_effect=[grant("ghs_one")])
    route = respx.get(URL).respond(json={})
    [first, second], client = ask(app, 1.0)
    assert sent_tokens(route) == ["ghs_one", "ghs_one"]
    assert first.token_id == second.token_id == Token("ghs_one").id
    assert grants.calls[0].request.headers["accept"] == "application/vnd.github+json"
    assert client.usage.status_counts == {"200": 2, "201": 1}
    assert client.usage.charged == 2


@respx.mock
def test_the_token_is_renewed_in_the_middle_of_a_step_when_five_minutes_are_left(app: App) -> None:
    respx.post(GRANTS).mock(side_effect=[grant("ghs_one"), grant("ghs_two", LATER + 3600)])
    route = respx.get(URL).respond(json={})
    ask(app, 3299.0, 2.0, 1.0)
    assert sent_tokens(route) == ["ghs_one", "ghs_one", "ghs_two", "ghs_two"]


@respx.mock
def test_another_process_uses_the_same_token(app: App) -> None:
    grants = respx.post(GRANTS).mock(side_effect=[grant("ghs_one")])
    route = respx.get(URL).respond(json={})
    ask(app)
    ask(app)
    assert sent_tokens(route) == ["ghs_one", "ghs_one"]
    assert grants.call_count == 1


@respx.mock
def test_of_two_processes_that_renew_at_once_both_use_the_first_token_kept(app: App) -> None:
    def answer_late(request: httpx.Request) -> httpx.Response:
        TokenCache(app, API).write(InstallationToken("ghs_faster", LATER))
        return grant("ghs_slower")

    respx.post(GRANTS).mock(side_effect=answer_late)
    route = respx.get(URL).respond(json={})
    ask(app)
    assert sent_tokens(route) == ["ghs_faster"]


@respx.mock
def test_many_requests_at_once_make_one_token(app: App) -> None:
    grants = respx.post(GRANTS).mock(side_effect=[grant("ghs_one")])
    respx.get(URL).respond(json={})
    time = FakeTime()

    async def run() -> None:
        async with GitHubClient(API, Credentials((), app), clock=time) as client:
            await asyncio.gather(*(client.get(URL, repo="a/b", shape=dict) for _ in range(8)))

    asyncio.run(run())
    assert grants.call_count == 1


@respx.mock
def test_the_kept_token_is_encrypted_and_for_its_owner_only(app: App) -> None:
    respx.post(GRANTS).mock(side_effect=[grant("ghs_one")])
    respx.get(URL).respond(json={})
    ask(app)
    path = TokenCache(app, API).path
    assert path is not None
    assert [*path.parent.iterdir()] == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"ghs_one" not in path.read_bytes()
    assert TokenCache(app, API).read() == InstallationToken("ghs_one", LATER)


def test_what_is_kept_serves_neither_another_key_nor_another_api(app: App) -> None:
    cache = TokenCache(app, API)
    cache.write(InstallationToken("ghs_one", LATER))
    assert TokenCache(app, "https://other.example").read() is None
    assert TokenCache(App("7", "42", "another key", app.cache), API).read() is None
    other = TokenCache(app, "https://other.example")
    assert cache.path is not None
    assert other.path is not None
    cache.path.rename(other.path)
    assert other.read() is None


@pytest.mark.parametrize("content", [b"", b"damaged", b"gAAAAA", b"\xff\x00"])
@respx.mock
def test_a_damaged_file_counts_as_none(content: bytes, app: App) -> None:
    cache = TokenCache(app, API)
    assert cache.path is not None
    cache.path.parent.mkdir()
    cache.path.write_bytes(content)
    respx.post(GRANTS).mock(side_effect=[grant("ghs_one")])
    respx.get(URL).respond(json={})
    [answer], _ = ask(app)
    assert answer.body == {}
    assert cache.read() == InstallationToken("ghs_one", LATER)


@respx.mock
def test_an_expired_token_counts_as_none(app: App) -> None:
    TokenCache(app, API).write(InstallationToken("ghs_old", NOON + 299))
    respx.post(GRANTS).mock(side_effect=[grant("ghs_new")])
    route = respx.get(URL).respond(json={})
    ask(app)
    assert sent_tokens(route) == ["ghs_new"]


@respx.mock
def test_a_folder_that_cannot_be_written_is_no_error(private_key: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    grants = respx.post(GRANTS).mock(side_effect=[grant("ghs_one"), grant("ghs_two")])
    respx.get(URL).respond(json={})
    for cache in (tmp_path / "file" / "cache", None):
        [answer], _ = ask(App("7", "42", private_key, cache))
        assert answer.body == {}
    assert grants.call_count == 2


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
    grants = respx.post(GRANTS).mock(return_value=response)
    [error, again], _ = ask(app, 1.0)
    assert isinstance(error, CredentialsError)
    assert again is error
    assert "a/b" in str(error)
    assert all(variable in str(error) for variable in variables)
    assert grants.call_count == 1


@respx.mock
def test_an_app_that_is_not_accepted_is_left_out_if_there_is_a_token(app: App) -> None:
    respx.post(GRANTS).respond(404)
    route = respx.get(URL).respond(json={})
    warnings: list[str] = []
    ask(app, 1.0, tokens=(Token("tok"),), on_drop=lambda error: warnings.append(str(error)))
    assert sent_tokens(route) == ["tok", "tok"]
    [warning] = warnings
    assert "REPO_STATS_APP_INSTALLATION_ID" in warning


@respx.mock
def test_the_apps_token_is_one_more_of_all_tokens(app: App) -> None:
    respx.post(GRANTS).mock(side_effect=[grant("ghs_one")])

    def answer(request: httpx.Request) -> httpx.Response:
        is_used_up = request.headers["authorization"] == "Bearer tok"
        headers = {
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": "0" if is_used_up else "14999",
            "x-ratelimit-reset": str(int(LATER)),
        }
        return httpx.Response(403 if is_used_up else 200, json={}, headers=headers)

    route = respx.get(URL).mock(side_effect=answer)
    ask(app, 1.0, tokens=(Token("tok"),))
    assert sent_tokens(route) == ["tok", "ghs_one", "ghs_one"]


@respx.mock
def test_a_token_that_was_revoked_within_its_hour_is_replaced_once(app: App) -> None:
    TokenCache(app, API).write(InstallationToken("ghs_revoked", LATER))
    grants = respx.post(GRANTS).mock(side_effect=[grant("ghs_new")])
    respx.get(URL, headers={"authorization": "Bearer ghs_revoked"}).respond(401)
    respx.get(URL, headers={"authorization": "Bearer ghs_new"}).respond(json={})
    [answer], _ = ask(app)
    assert answer.token_id == Token("ghs_new").id
    assert grants.call_count == 1
    assert TokenCache(app, API).read() == InstallationToken("ghs_new", LATER)


@respx.mock
def test_an_installation_whose_tokens_are_refused_is_given_up(app: App) -> None:
    respx.post(GRANTS).mock(side_effect=[grant("ghs_one"), grant("ghs_two")])
    respx.get(URL).respond(401)
    [error], _ = ask(app)
    assert isinstance(error, CredentialsError)
    assert "REPO_STATS_APP_INSTALLATION_ID" in str(error)
    assert "ghs_" not in str(error)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.ConnectError("refused"),
        httpx.Response(502),
        httpx.Response(201, text="<html>"),
        httpx.Response(201, json={"token": "ghs_x"}),
        httpx.Response(201, json={"token": "ghs_x", "expires_at": "soon"}),
    ],
    ids=str,
)
@respx.mock
def test_a_passing_trouble_with_the_app_is_retried(trouble: Any, app: App) -> None:
    respx.post(GRANTS).mock(side_effect=[trouble, grant("ghs_one")])
    respx.get(URL).respond(json={})
    [answer], _ = ask(app)
    assert answer.body == {}


@respx.mock
def test_without_a_connection_the_sentence_names_the_api(app: App) -> None:
    respx.post(GRANTS).mock(side_effect=httpx.ConnectError("refused"))
    [error], _ = ask(app)
    assert isinstance(error, TransientError)
    assert API in str(error)
    assert "check the connection and REPO_STATS_API_URL" in str(error)


@respx.mock
def test_a_rate_limit_of_the_app_itself_is_waited_for_or_given_up(app: App) -> None:
    limited = httpx.Response(
        403,
        json={"message": "You have exceeded a secondary rate limit"},
        headers={"retry-after": "9"},
    )
    respx.post(GRANTS).mock(side_effect=[limited, grant("ghs_one"), limited])
    respx.get(URL).respond(json={})
    time = FakeTime()
    [answer], client = ask(app, time=time, max_wait=60)
    assert answer.body == {}
    assert (time.slept, client.usage.waited) == ([9.0], 9.0)
    [error], _ = ask(App("7", "42", app.private_key), time=time)
    assert isinstance(error, RateLimitedError)


def test_only_an_rsa_key_signs_for_an_app(private_key: str) -> None:
    check_private_key(private_key)
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    locked = serialization.load_pem_private_key(private_key.encode(), None).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"password"),
    )
    for key in (curve, locked):
        with pytest.raises(ValueError, match=r"^not an? "):
            check_private_key(key.decode())


@respx.mock
def test_neither_key_nor_token_is_in_an_error_or_a_representation(
    app: App, private_key: str
) -> None:
    respx.post(GRANTS).mock(side_effect=[grant("ghs_one")])
    respx.get(URL).respond(404)
    [error], _ = ask(app)
    shown = f"{error!r} {app!r} {Credentials((), app)!r} {InstallationToken('ghs_one', LATER)!r}"
    assert "ghs_one" not in shown
    assert private_key[40:80] not in json.dumps(shown)
