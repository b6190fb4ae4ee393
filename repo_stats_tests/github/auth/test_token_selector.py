"""The selection of a token by what became of requests, one method at a time."""

import asyncio
from collections.abc import Mapping

import pytest

from repo_stats.github.auth.credentials import APP_NAME, App, Credentials, Token, number_tokens
from repo_stats.github.auth.token_selector import TokenSelector
from repo_stats.github.errors import CredentialsError, RateLimitedError
from repo_stats.github.http.responses import RawResponse
from repo_stats_tests.helpers.app import token_response
from repo_stats_tests.helpers.client import API
from repo_stats_tests.helpers.fake_time import NOON
from repo_stats_tests.helpers.limiter import LimiterScene

FIRST, SECOND = number_tokens(["one", "two"])

REFUSAL = CredentialsError("GitHub does not accept it.")


class Scene:
    """A selector, with what was told of dropped tokens."""

    def __init__(self, credentials: Credentials) -> None:
        limits = LimiterScene()
        self.dropped: list[CredentialsError] = []
        self.waits = limits.limiter.waits
        self.selector = TokenSelector(
            API, credentials, limits.limiter, on_drop=self.dropped.append, clock=limits.time
        )

    def refuse(self, token: Token | None) -> None:
        """Let a token be refused twice, as that of two requests at once."""
        assert self.selector.select(None if token is None else token.id) == token
        for _ in range(2):
            self.selector.handle_refusal(token, REFUSAL, "a/b", self.waits)


def test_a_token_whose_limit_was_lifted_is_selected_again() -> None:
    selector = Scene(Credentials((FIRST, SECOND))).selector
    limit = RateLimitedError("Used up.", seconds=30.0, is_primary=True)
    selector.handle_rate_limit(FIRST, limit)
    assert selector.select(FIRST.id) == SECOND
    selector.lift_limit(FIRST)
    assert selector.select(FIRST.id) == FIRST


def test_a_token_that_was_never_used_did_not_work_lately() -> None:
    selector = Scene(Credentials((FIRST,))).selector
    assert not selector.worked_lately(FIRST)
    selector.record_answer(FIRST)
    assert selector.worked_lately(FIRST)


def test_refused_anonymous_requests_are_an_error() -> None:
    with pytest.raises(CredentialsError) as refused:
        Scene(Credentials()).refuse(None)
    assert refused.value is REFUSAL


def make_tokens(scene: Scene, count: int) -> list[str]:
    """Renew an App's token, and let it be refused at once, so many times; gives those made."""
    made: list[str] = []

    async def post(url: str, headers: Mapping[str, str]) -> RawResponse:
        made.append(f"ghs_{len(made)}")
        answer = token_response(made[-1], NOON + 3580)  # 20 seconds old
        return RawResponse(answer.status_code, answer.headers, answer.content)

    for _ in range(count):
        asyncio.run(scene.selector.renew_app_token(post, "a/b"))
        scene.refuse(Token(made[-1], APP_NAME))
    return made


def test_an_app_that_two_requests_find_refused_at_once_is_dropped_once(private_key: str) -> None:
    scene = Scene(Credentials((FIRST,), App("7", "42", private_key)))
    assert make_tokens(scene, 2) == ["ghs_0", "ghs_1"]
    [error] = scene.dropped
    assert "does not accept the token that it made for the GitHub App" in str(error)
    assert scene.selector.select(None) == FIRST


def test_an_apps_token_that_was_refused_before_a_wait_is_tried_again(private_key: str) -> None:
    scene = Scene(Credentials((), App("7", "42", private_key)))
    scene.waits = -1
    assert make_tokens(scene, 3) == ["ghs_0"]
    assert scene.dropped == []
