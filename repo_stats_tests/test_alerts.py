"""Alerts: each failure is told once and its end once, to the log and to a real webhook."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from repo_stats.alerts import (
    Alert,
    EndedRun,
    find_failures,
    find_low_quota,
    find_recoveries,
    post,
)
from repo_stats.sensors.alerting import read_state
from repo_stats.settings import Settings, SettingsError, load_alerting
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules
from repo_stats.simulator.server import Server
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.deployment import Deployment

ALERT = Alert("All is lost.", ["a/b"], "refresh_repo", "run-1", "why", "http://ui/runs/run-1")
REPOS = ["acme/one", "acme/two"]


@dataclass
class Webhook:
    """A webhook that keeps what it is told, and answers as it is told to.

    Attributes:
        answers: the statuses to answer with, in turn; 200 after the last. 0 does not answer.
        told: the bodies that it was sent.
    """

    answers: list[int] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/secret", self._receive, methods=["POST"])])

    async def _receive(self, request: Request) -> Response:
        self.told.append(await request.json())
        status = self.answers.pop(0) if self.answers else 200
        while status == 0 and not await request.is_disconnected():
            await asyncio.sleep(0.01)
        return Response(status_code=status or 200)


@pytest.fixture
def serve_webhook() -> Iterator[Callable[[Webhook], str]]:
    """Serve a webhook on a socket; gives its address."""
    with ExitStack() as stack:
        yield lambda webhook: stack.enter_context(Server(webhook.app)).url + "/secret"


async def _no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


def tell(url: str, caplog: pytest.LogCaptureFixture) -> str:
    """Post an alert; gives what the log has to say of it."""
    caplog.clear()
    post(url, [ALERT], logging.getLogger("alerts"), sleep=_no_sleep)
    return caplog.text


def test_a_webhook_is_told_in_the_form_that_slack_understands(
    serve_webhook: Callable[[Webhook], str], caplog: pytest.LogCaptureFixture
) -> None:
    webhook = Webhook()
    assert tell(serve_webhook(webhook), caplog) == ""
    assert webhook.told == [
        {
            "text": "All is lost. <http://ui/runs/run-1>",
            "repositories": ["a/b"],
            "job": "refresh_repo",
            "run_id": "run-1",
            "reason": "why",
            "run_url": "http://ui/runs/run-1",
        }
    ]


def test_a_webhook_that_fails_for_a_moment_is_told_again(
    serve_webhook: Callable[[Webhook], str], caplog: pytest.LogCaptureFixture
) -> None:
    webhook = Webhook([500, 503])
    assert tell(serve_webhook(webhook), caplog) == ""
    assert len(webhook.told) == 3


def test_a_webhook_that_keeps_failing_is_a_warning_without_its_address(
    serve_webhook: Callable[[Webhook], str], caplog: pytest.LogCaptureFixture
) -> None:
    said = tell(serve_webhook(Webhook([500] * 3)), caplog)
    assert "REPO_STATS_WEBHOOK_URL was not told: it answers with HTTP 500." in said
    assert "secret" not in said


def test_a_dead_webhook_is_a_warning_without_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/secret"
        said = tell(url, caplog)
    assert "was not told: it cannot be reached (ConnectError)." in said
    assert "secret" not in said


def test_a_webhook_that_hangs_is_given_up(
    serve_webhook: Callable[[Webhook], str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repo_stats.alerts.TIMEOUT", 0.1)
    said = tell(serve_webhook(Webhook([0] * 3)), caplog)
    assert "was not told: it cannot be reached (ReadTimeout)." in said


def failed(reason: str = "why") -> EndedRun:
    return EndedRun("run", "job", ["a/b", "c/d"], failure=reason)


def succeeded(**stale: str) -> EndedRun:
    return EndedRun(
        "run", "job", ["a/b", "c/d"], stale={k.replace("_", "/"): stale[k] for k in stale}
    )


def test_a_job_that_fails_again_and_again_is_told_once_and_its_recovery_once() -> None:
    failing, alerts = find_failures({}, failed())
    assert [alert.text for alert in alerts] == ["job failed: why"]
    failing, alerts = find_failures(failing, failed("why still"))
    assert alerts == []
    still, alerts = find_recoveries(failing, failed())
    assert (still, alerts) == (failing, [])
    mended, alerts = find_recoveries(failing, succeeded())
    assert [alert.text for alert in alerts] == ["job succeeds again."]
    assert mended == {}


def test_a_repository_that_is_stale_is_told_although_the_run_succeeds() -> None:
    failing, alerts = find_failures({}, succeeded(a_b="gone"))
    assert [alert.text for alert in alerts] == ["a/b is stale: gone"]
    assert alerts[0].repositories == ["a/b"]
    failing, alerts = find_failures(failing, succeeded(a_b="gone", c_d="gone too"))
    assert [alert.text for alert in alerts] == ["c/d is stale: gone too"]
    failing, alerts = find_recoveries(failing, succeeded(c_d="gone too"))
    assert [alert.text for alert in alerts] == ["a/b is refreshed again."]
    assert set(failing) == {"c/d"}


def test_a_low_quota_is_told_once_until_it_resets() -> None:
    def left(remaining: int, resets_at: float) -> EndedRun:
        return EndedRun("run", "job", [], quota=(remaining, 5000, resets_at))

    until, alerts = find_low_quota(0.0, left(500, 100.0))
    assert (until, alerts) == (0.0, [])
    until, alerts = find_low_quota(until, left(499, 100.0))
    assert [alert.text for alert in alerts] == [
        "Only 499 of 5000 GitHub requests remain until the hour's quota resets."
    ]
    until, alerts = find_low_quota(until, left(100, 100.0))
    assert alerts == []
    until, alerts = find_low_quota(until, left(100, 3700.0))
    assert len(alerts) == 1


@pytest.fixture
def deployment(
    simulate: Callable[..., Simulator],
    settings_for: Callable[..., Settings],
    instance: dg.DagsterInstance,
) -> Deployment:
    """A deployment of two repositories whose alerts have begun to watch."""
    simulate(*(Shape(repo, 12, 3, 5) for repo in REPOS), rules=LimitRules(authorized=60))
    made = Deployment(settings_for(*REPOS, REPO_STATS_MAX_AGE="0"), instance)
    for sensor in ("alert_on_failure", "alert_on_recovery"):
        assert made.tick(sensor) == "Watches the runs that end from now on."
    return made


def refresh(deployment: Deployment, repo: str | None = None) -> None:
    job = "refresh_watchlist" if repo is None else "refresh_repo"
    deployment.run([dg.RunRequest(job_name=job, partition_key=repo)])


def test_failures_of_runs_and_stale_repositories_go_to_the_webhook_and_so_do_recoveries(
    deployment: Deployment,
    serve_webhook: Callable[[Webhook], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = Webhook()
    monkeypatch.setenv("REPO_STATS_WEBHOOK_URL", serve_webhook(webhook))
    monkeypatch.setenv("REPO_STATS_UI_URL", "http://ui.example/")
    from repo_stats_tests.conftest import API_URL, _simulators

    repository = _simulators[API_URL].world.find("acme/two")
    assert repository is not None

    repository.trouble = Trouble.MISSING
    refresh(deployment)
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    [stale] = webhook.told
    assert stale["text"].startswith("acme/two is stale: GitHub knows no repository acme/two")
    assert stale["repositories"] == ["acme/two"]
    assert stale["run_url"] == f"http://ui.example/runs/{stale['run_id']}"

    refresh(deployment, "acme/two")
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    assert [body["text"].split(":")[0] for body in webhook.told[1:]] == ["refresh_repo failed"]
    assert webhook.told[1]["job"] == "refresh_repo"

    repository.trouble = Trouble.FINE
    refresh(deployment, "acme/two")
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    texts = [body["text"].partition(" <")[0] for body in webhook.told[2:]]
    assert texts == ["acme/two is refreshed again.", "refresh_repo succeeds again."]
    assert deployment.tick("alert_on_failure") == "There is nothing to tell."
    assert deployment.tick("alert_on_recovery") == "There is nothing to tell."


def test_a_low_quota_is_known_from_what_runs_tell(
    deployment: Deployment,
    serve_webhook: Callable[[Webhook], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook = Webhook()
    monkeypatch.setenv("REPO_STATS_WEBHOOK_URL", serve_webhook(webhook))
    for _ in range(28):
        refresh(deployment)
        deployment.tick("alert_on_failure")
        if webhook.told:
            break
    [warning] = webhook.told
    assert warning["text"].endswith("of 60 GitHub requests remain until the hour's quota resets.")
    assert warning["reason"] == "low quota"


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", "{}", '{"until": 1}', "3"])
def test_a_damaged_cursor_begins_anew(cursor: str) -> None:
    assert read_state(cursor) is None


def test_addresses_are_read_from_the_environment() -> None:
    assert load_alerting({}) == (None, None)
    assert load_alerting({"REPO_STATS_UI_URL": "https://ui/"}) == (None, "https://ui")


@pytest.mark.parametrize("text", ["hooks.slack.com/secret", "ftp://secret", "http://[secret"])
def test_an_address_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_alerting({"REPO_STATS_WEBHOOK_URL": text})
    assert "REPO_STATS_WEBHOOK_URL is no address" in str(refusal.value)
    assert "secret" not in str(refusal.value)
