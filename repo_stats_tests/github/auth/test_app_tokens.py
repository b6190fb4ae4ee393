"""The App's token: which answers hold one, how long it is new, and what each refusal says."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from repo_stats.github.auth.app import InstallationTokenProvider
from repo_stats.github.auth.credentials import App, Token
from repo_stats.github.auth.token_cache import InstallationToken, TokenCache
from repo_stats.github.errors import CredentialsError, GitHubError, TransientError
from repo_stats.github.http.responses import RawResponse
from repo_stats_tests.helpers.app import LATER, TOKENS_URL, token_response
from repo_stats_tests.helpers.client import API
from repo_stats_tests.helpers.fake_time import NOON


class Installation:
    """A provider of tokens, and GitHub's answers to its requests."""

    def __init__(self, app: App, *answers: RawResponse) -> None:
        self.provider = InstallationTokenProvider(app, API)
        self.answers = [*answers]
        self.posts: list[tuple[str, Mapping[str, str]]] = []

    def get(self, now: float = NOON) -> Token:
        return asyncio.run(self.provider.get_token(now, self._post, "a/b"))

    def fail(self) -> GitHubError:
        with pytest.raises(GitHubError) as error:
            self.get()
        return error.value

    async def _post(self, url: str, headers: Mapping[str, str]) -> RawResponse:
        self.posts.append((url, headers))
        return self.answers.pop(0)


def answer(status: int = 201, **body: object) -> RawResponse:
    return RawResponse(status, {}, json.dumps(body).encode())


def made(text: str) -> RawResponse:
    response = token_response(text)
    return RawResponse(201, {}, response.content)


def test_the_app_signs_its_request_and_asks_only_once(app: App) -> None:
    installation = Installation(app, made("ghs_one"))
    assert [installation.get(NOON + second).text for second in (0, 3300)] == ["ghs_one"] * 2
    [(url, headers)] = installation.posts
    assert url == TOKENS_URL
    scheme, signed = headers["Authorization"].split()
    assert (scheme, signed.count(".")) == ("Bearer", 2)


def test_a_token_in_memory_needs_no_file(app: App) -> None:
    installation = Installation(app, made("ghs_one"))
    installation.get()
    TokenCache(app, API).write(InstallationToken("ghs_other", LATER))
    assert installation.get().text == "ghs_one"


@pytest.mark.parametrize(
    ("age", "pauses"),
    [
        (0.0, [1.0, 2.0, 4.0, None]),
        (9.9, [1.0, 2.0, 4.0, None]),
        (10.0, [None]),
        (60.0, [None]),
        (-60.0, [1.0, 2.0, 4.0, None]),
    ],
)
def test_a_token_is_new_for_ten_seconds_and_is_asked_with_three_times_more(
    age: float, pauses: list[float | None], app: App
) -> None:
    installation = Installation(app, made("ghs_one"))
    token = installation.get()
    assert [installation.provider.find_pause(token, NOON + age) for _ in pauses] == pauses


def test_there_is_no_pause_for_any_other_token(app: App) -> None:
    installation = Installation(app, made("ghs_one"))
    assert installation.provider.find_pause(Token("ghs_one"), NOON) is None
    installation.get()
    assert installation.provider.find_pause(Token("ghs_other"), NOON) is None


def test_a_token_is_replaced_once_and_a_refused_one_is_never_given_again(app: App) -> None:
    installation = Installation(app, made("ghs_one"), made("ghs_two"))
    first = installation.get()
    assert installation.provider.reject(first)
    second = installation.get()
    assert second.text == "ghs_two"
    assert installation.provider.reject(first)
    assert not installation.provider.reject(second)


NO_TOKEN = "GitHub's response to the GitHub App holds no token (request for a/b); try again later."

EXPIRES = "2026-11-23T13:00:00Z"


@pytest.mark.parametrize(
    "response",
    [
        answer(),
        answer(token="ghs one", expires_at=EXPIRES),
        answer(token="ghs_one\n", expires_at=EXPIRES),
        answer(token="ghs_one"),
        answer(token="ghs_one", expires_at=None),
        answer(token="ghs_one", expires_at=5),
        answer(token="ghs_one", expires_at=[]),
        answer(token="ghs_one", expires_at="soon"),
        answer(token="ghs_one", expires_at="0001-01-01T00:00:00+23:59"),
        *(RawResponse(201, {}, body) for body in (b"", b"[1]", b'"x"', b"5", b"null", b"\xff")),
    ],
)
def test_an_answer_without_a_usable_token_is_worth_asking_for_again(
    response: RawResponse, app: App
) -> None:
    error = Installation(app, response).fail()
    assert (type(error), str(error)) == (TransientError, NO_TOKEN)
    assert TokenCache(app, API).read() is None


REFUSALS = [
    (
        answer(401),
        "GitHub does not accept the GitHub App (request for a/b); check that "
        "REPO_STATS_APP_PRIVATE_KEY_FILE is a key of the App in REPO_STATS_APP_ID, and this "
        "machine's clock.",
    ),
    (
        answer(404),
        "GitHub knows no such installation of the GitHub App (request for a/b); check "
        "REPO_STATS_APP_INSTALLATION_ID, and that it is one of the App in REPO_STATS_APP_ID.",
    ),
    (
        answer(403, message="Suspended."),
        "GitHub gave the GitHub App no token, with status 403 (Suspended., request for a/b); check "
        "the installation of REPO_STATS_APP_INSTALLATION_ID, and REPO_STATS_API_URL.",
    ),
    (
        answer(200),
        "GitHub gave the GitHub App no token, with status 200 (no reason given, request for a/b); "
        "check the installation of REPO_STATS_APP_INSTALLATION_ID, and REPO_STATS_API_URL.",
    ),
]


@pytest.mark.parametrize(("response", "sentence"), REFUSALS)
def test_a_refusal_of_the_app_names_the_setting_to_check(
    response: RawResponse, sentence: str, app: App
) -> None:
    error = Installation(app, response).fail()
    assert (type(error), str(error)) == (CredentialsError, sentence)


def test_a_fault_of_the_server_is_no_refusal_of_the_app(app: App) -> None:
    error = Installation(app, answer(502)).fail()
    assert (type(error), str(error)) == (
        TransientError,
        "GitHub answered 502 for a/b; try again later.",
    )
