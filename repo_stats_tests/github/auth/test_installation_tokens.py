"""The token of an installation: when it is made, for how long it counts as new, when replaced."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest

from repo_stats.github.auth.app import InstallationTokenProvider
from repo_stats.github.auth.credentials import App, Token
from repo_stats.github.errors import CredentialsError, GitHubError, TransientError
from repo_stats.github.http.responses import RawResponse
from repo_stats_tests.helpers.app import LATER, TOKENS_URL, token_response
from repo_stats_tests.helpers.client import API
from repo_stats_tests.helpers.fake_time import NOON


class Installation:
    """An installation, what GitHub answers for it, and what it was sent."""

    def __init__(self, app: App, *answers: RawResponse) -> None:
        self.provider = InstallationTokenProvider(app, API)
        self.answers = [*answers]
        self.sent: list[tuple[str, Mapping[str, str]]] = []

    async def post(self, url: str, headers: Mapping[str, str]) -> RawResponse:
        self.sent.append((url, headers))
        return self.answers.pop(0)

    def get(self, now: float = NOON) -> Token:
        return asyncio.run(self.provider.get_token(now, self.post, "a/b"))


def made(text: str, expires_at: float = LATER) -> RawResponse:
    return RawResponse(201, {}, token_response(text, expires_at).content)


@pytest.fixture
def forgetful(private_key: str) -> App:
    """An App whose tokens are kept nowhere."""
    return App("7", "42", private_key)


def test_a_token_is_asked_for_with_the_apps_signature_and_then_used_from_memory(
    forgetful: App,
) -> None:
    installation = Installation(forgetful, made("ghs_one"))
    assert installation.get() == installation.get() == Token("ghs_one", "the GitHub App")
    [(url, headers)] = installation.sent
    assert url == TOKENS_URL
    assert [*headers] == ["Authorization"]
    signed = headers["Authorization"].removeprefix("Bearer ")
    assert jwt.decode(signed, options={"verify_signature": False})["iat"] == NOON - 60


@pytest.mark.parametrize(("seconds", "posts"), [(3299.0, 1), (3300.0, 1), (3301.0, 2)])
def test_a_token_is_replaced_when_less_than_five_minutes_are_left(
    seconds: float, posts: int, forgetful: App
) -> None:
    installation = Installation(forgetful, made("ghs_one"), made("ghs_two", LATER + 3600))
    installation.get()
    installation.get(NOON + seconds)
    assert len(installation.sent) == posts


@pytest.mark.parametrize(
    ("age", "pause"), [(-900.0, 1.0), (0.0, 1.0), (9.9, 1.0), (10.0, None), (3000.0, None)]
)
def test_only_a_token_made_within_ten_seconds_may_be_one_that_github_does_not_know_yet(
    age: float, pause: float | None, forgetful: App
) -> None:
    installation = Installation(forgetful, made("ghs_one"))
    token = installation.get()
    assert installation.provider.find_pause(token, NOON + age) == pause


def test_a_new_token_is_given_three_pauses_and_another_token_none(forgetful: App) -> None:
    installation = Installation(forgetful, made("ghs_one"))
    find_pause = installation.provider.find_pause
    assert find_pause(Token("ghs_one"), NOON) is None
    token = installation.get()
    assert find_pause(Token("ghs_other"), NOON) is None
    assert [find_pause(token, NOON) for _ in range(4)] == [1.0, 2.0, 4.0, None]


def test_the_first_refused_token_is_replaced_and_the_second_is_not(forgetful: App) -> None:
    installation = Installation(forgetful, made("ghs_one"), made("ghs_two"))
    first = installation.get()
    assert installation.provider.reject(first)
    second = installation.get()
    assert second.text == "ghs_two"
    assert installation.provider.reject(first)  # by a request that was under way
    assert installation.get() == second
    assert not installation.provider.reject(second)


OK = {"expires_at": "2026-11-23T13:00:00Z"}


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {"token": "ghs_x"},
        {"token": "ghs_x", "expires_at": 5},
        {"token": "ghs_x", "expires_at": "soon"},
        {"token": "", **OK},
        {"token": "ghs x", **OK},
        {"token": "ghs\u00e9", **OK},
    ],
)
def test_an_answer_without_a_token_is_worth_asking_for_again(body: Any, forgetful: App) -> None:
    installation = Installation(forgetful, RawResponse(201, {}, json.dumps(body).encode()))
    with pytest.raises(TransientError) as raised:
        installation.get()
    assert str(raised.value) == (
        "GitHub's response to the GitHub App holds no token (request for a/b); try again later."
    )


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (
            401,
            "",
            "GitHub does not accept the GitHub App (request for a/b); check that "
            "REPO_STATS_APP_PRIVATE_KEY_FILE is a key of the App in REPO_STATS_APP_ID, and this "
            "machine's clock.",
        ),
        (
            404,
            "",
            "GitHub knows no such installation of the GitHub App (request for a/b); check "
            "REPO_STATS_APP_INSTALLATION_ID, and that it is one of the App in REPO_STATS_APP_ID.",
        ),
        (
            403,
            '{"message": "Suspended"}',
            "GitHub gave the GitHub App no token, with status 403 (Suspended, request for a/b); "
            "check the installation of REPO_STATS_APP_INSTALLATION_ID, and REPO_STATS_API_URL.",
        ),
        (
            200,
            "",
            "GitHub gave the GitHub App no token, with status 200 (no reason given, request for "
            "a/b); check the installation of REPO_STATS_APP_INSTALLATION_ID, and "
            "REPO_STATS_API_URL.",
        ),
    ],
)
def test_a_refusal_of_the_app_names_the_setting_to_check(
    status: int, body: str, sentence: str, forgetful: App
) -> None:
    installation = Installation(forgetful, RawResponse(status, {}, body.encode()))
    with pytest.raises(CredentialsError) as raised:
        installation.get()
    assert str(raised.value) == sentence


@pytest.mark.parametrize(("status", "headers"), [(502, {}), (429, {"retry-after": "9"})])
def test_a_refusal_that_passes_is_not_held_against_the_app(
    status: int, headers: dict[str, str], forgetful: App
) -> None:
    installation = Installation(forgetful, RawResponse(status, headers, b""), made("ghs_one"))
    with pytest.raises(GitHubError) as raised:
        installation.get()
    assert not isinstance(raised.value, CredentialsError)
    assert installation.get().text == "ghs_one"
