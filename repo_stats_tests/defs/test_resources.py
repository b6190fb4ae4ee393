"""The resources: what a step's client takes from the settings and from the environment."""

import asyncio
import logging
import subprocess
import sys
from collections.abc import Callable
from typing import Any, cast

import dagster as dg
import httpx
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.resources import GitHubResource, github_resource
from repo_stats.github.auth.credentials import Token
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.http.responses import ApiResponse
from repo_stats_tests.helpers.github import API_URL, TOKEN

LOG = cast(dg.DagsterLogManager, logging.getLogger("step"))

_requests: list[httpx.Request] = []


class RecordedGitHub(GitHubResource):
    """A GitHub that accepts every token but `refused`, and records the requests."""

    def transport(self) -> httpx.AsyncBaseTransport:
        def respond(request: httpx.Request) -> httpx.Response:
            _requests.append(request)
            is_refused = request.headers.get("authorization") == "Bearer refused"
            return httpx.Response(401 if is_refused else 200, json={})

        return httpx.MockTransport(respond)


@pytest.fixture
def ask(
    settings_for: Callable[..., Settings], caplog: pytest.LogCaptureFixture
) -> Callable[..., tuple[ApiResponse, str]]:
    """Send one request as a step does; returns the response and what was logged."""
    _requests.clear()

    def once(
        sliding_window: SlidingWindow | None = None, **variables: str
    ) -> tuple[ApiResponse, str]:
        github = RecordedGitHub(**github_resource(settings_for(**variables)).model_dump())

        async def run() -> ApiResponse:
            async with github.client(LOG, sliding_window=sliding_window) as client:
                return await client.get(f"{client.api_url}/x", repo="a/b", shape=dict)

        return asyncio.run(run()), caplog.text

    return once


def test_a_client_sends_the_user_agent_of_the_settings_and_counts_its_requests(ask: Any) -> None:
    sliding_window = SlidingWindow(5)
    response, _ = ask(sliding_window, REPO_STATS_USER_AGENT="my-org stats")
    assert _requests[0].headers["user-agent"] == "my-org stats"
    assert len(sliding_window.recent(response.asked_at.timestamp())) == 1


def test_a_token_that_is_refused_is_named_in_the_log_and_the_others_go_on(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "refused")
    monkeypatch.setenv("GITHUB_TOKENS", TOKEN)
    response, logged = ask()
    assert response.token_id == Token(TOKEN).id
    assert "GitHub does not accept GITHUB_TOKEN" in logged
    assert logged.rstrip().endswith(" The others go on without it.")
    assert "refused" not in logged
    assert TOKEN not in logged


def test_a_wait_for_a_limit_is_told_with_its_length(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [httpx.Response(429, headers={"retry-after": "7"}), httpx.Response(200, json={})]
    transport = httpx.MockTransport(lambda request: answers.pop(0))
    monkeypatch.setattr(RecordedGitHub, "transport", lambda self: transport)
    monkeypatch.setattr(RecordedGitHub, "sleep", lambda self, seconds: asyncio.sleep(0))
    _, logged = ask()
    assert answers == []
    assert logged.rstrip().endswith(" Waiting 7 s.")


def test_no_credentials_are_sent_to_another_api_than_theirs(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPO_STATS_API_URL", "https://api.github.com")
    monkeypatch.setenv("GITHUB_TOKENS", "one,two")
    response, logged = ask()
    assert response.token_id is None
    assert "authorization" not in _requests[0].headers
    names = "GITHUB_TOKEN, token 1 of GITHUB_TOKENS, token 2 of GITHUB_TOKENS"
    reason = "because they were set for https://api.github.com."
    assert f"{names} are not sent to {API_URL}, {reason}" in logged
    monkeypatch.delenv("GITHUB_TOKENS")
    _, logged = ask()
    reason = "because it was set for https://api.github.com."
    assert f"GITHUB_TOKEN is not sent to {API_URL}, {reason}" in logged


def test_libraries_that_only_an_app_needs_are_not_imported_without_one() -> None:
    source = (
        "import sys; from repo_stats.config.settings import load_settings; "
        "import repo_stats.defs.resources; "
        "load_settings(); sys.exit('jwt' in sys.modules or 'cryptography' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
