"""Posting alerts to a real webhook, and keeping its address secret."""

import asyncio
import logging
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from repo_stats.alerts.rules import Alert
from repo_stats.alerts.webhook import post
from repo_stats_tests.helpers.webhook import Webhook

ALERT = Alert("All is lost.", ["a/b"], "refresh_repo", "run-1", "why", "http://ui/runs/run-1")

WARNING = "Alerts did not reach the webhook of REPO_STATS_WEBHOOK_URL"

LONG = 40.0
"""Seconds within which a test posts that is not about them."""

ServeWebhook = Callable[[Webhook], str]


async def _no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


def post_alert(url: str, caplog: pytest.LogCaptureFixture, within: float = LONG) -> str:
    """Post an alert; returns what was logged."""
    caplog.clear()
    post(url, [ALERT], logging.getLogger("alerts"), within, sleep=_no_sleep)
    return caplog.text


def test_an_alert_is_posted_in_the_format_that_slack_understands(
    serve_webhook: ServeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = Webhook()
    assert post_alert(serve_webhook(webhook), caplog) == ""
    assert webhook.received == [
        {
            "text": "All is lost. <http://ui/runs/run-1>",
            "repositories": ["a/b"],
            "job": "refresh_repo",
            "run_id": "run-1",
            "reason": "why",
            "run_url": "http://ui/runs/run-1",
        }
    ]


def test_a_post_that_fails_for_a_moment_is_tried_again(
    serve_webhook: ServeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = Webhook([500, 503])
    assert post_alert(serve_webhook(webhook), caplog) == ""
    assert len(webhook.received) == 3


def test_a_webhook_that_keeps_failing_is_a_warning_without_its_address(
    serve_webhook: ServeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    logged = post_alert(serve_webhook(Webhook([500] * 3)), caplog)
    assert f"{WARNING}: it answered with HTTP 500." in logged
    assert "secret" not in logged


def test_a_dead_webhook_is_a_warning_without_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/secret"
        logged = post_alert(url, caplog)
    assert f"{WARNING}: it could not be reached: it refuses the connection." in logged
    assert "secret" not in logged


@pytest.mark.parametrize(
    ("variable", "value", "url"),
    [
        ("http_proxy", "http://proxy:99999", "http://hooks.example/secret"),
        ("ALL_PROXY", "socks4://proxy", "http://hooks.example/secret"),
        ("SSL_CERT_FILE", "/missing.pem", "http://hooks.example/secret"),
        ("NO_PROXY", "[::1]", "http://hooks.example:99999/secret"),
    ],
)
def test_wrong_settings_of_the_network_are_a_warning_at_once(
    variable: str,
    value: str,
    url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(variable, value)
    logged = post_alert(url, caplog)
    assert f"{WARNING}: " in logged
    assert logged.rstrip().endswith(".")
    assert not logged.rstrip().endswith("..")
    assert (variable if url.endswith("example/secret") else "no valid port") in logged
    assert "secret" not in logged


def test_an_address_that_cannot_be_requested_is_a_warning_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logged = post_alert("http://hooks.example/secret\x00", caplog)
    assert f"{WARNING}: it could not be reached: " in logged
    assert "secret" not in logged


def test_a_webhook_that_does_not_respond_is_given_up(
    serve_webhook: ServeWebhook,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repo_stats.alerts.webhook.TIMEOUT", 0.1)
    logged = post_alert(serve_webhook(Webhook([0] * 3)), caplog)
    assert f"{WARNING}: it could not be reached: it does not answer." in logged


def test_many_alerts_at_once_are_posted_as_one_that_names_all_repositories(
    serve_webhook: ServeWebhook,
) -> None:
    webhook = Webhook()
    alerts = [Alert(f"{n}!", [f"a/{n}"], "job", f"run-{n}", "why") for n in range(30)]
    assert post(serve_webhook(webhook), alerts, logging.getLogger("alerts"), LONG) == 30
    [body] = webhook.received
    assert body["text"].splitlines() == [*(f"{n}!" for n in range(20)), "And 10 more."]
    assert body["repositories"] == [f"a/{n}" for n in range(30)]
    assert body["reason"] == "30 alerts at once"
    assert body["run_id"] == "run-29"


@pytest.mark.parametrize(("alerts", "posts"), [(5, 5), (6, 1), (20, 1)])
def test_only_more_than_five_alerts_are_posted_as_one(
    serve_webhook: ServeWebhook, alerts: int, posts: int
) -> None:
    webhook = Webhook()
    several = [Alert(f"{n}!", ["a/b"], "job", "run", "why") for n in range(alerts)]
    assert post(serve_webhook(webhook), several, logging.getLogger("alerts"), LONG) == alerts
    assert len(webhook.received) == posts
    lines = [line for body in webhook.received for line in body["text"].splitlines()]
    assert lines == [alert.text for alert in several]


def test_a_webhook_that_dies_is_not_tried_for_further_alerts(
    serve_webhook: ServeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook = Webhook([200, *[500] * 9])
    url, log = serve_webhook(webhook), logging.getLogger("alerts")
    assert post(url, [ALERT] * 4, log, LONG, sleep=_no_sleep) == 1
    assert len(webhook.received) == 4
    assert caplog.text.count(WARNING) == 1


def test_a_webhook_that_takes_too_long_is_given_up(
    serve_webhook: ServeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    logged = post_alert(serve_webhook(Webhook([0])), caplog, within=0.2)
    assert f"{WARNING}: it took more than 0 s." in logged


def test_the_lookup_of_a_name_that_hangs_does_not_hold_up_the_tick(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_given_up, ended = threading.Event(), []

    def look_up(*arguments: Any, **options: Any) -> list[Any]:
        ended.append(is_given_up.wait(30))
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    logged = post_alert("http://hooks.example/secret", caplog, within=0.2)
    assert f"{WARNING}: it took more than 0 s." in logged
    assert ended == []
    is_given_up.set()


def test_the_address_of_the_webhook_is_in_no_log_at_any_level(
    serve_webhook: ServeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logged = post_alert(serve_webhook(Webhook([500])), caplog)
    assert "secret" not in logged


def test_httpx_logs_other_requests_after_a_post_that_succeeds_or_fails(
    serve_webhook: ServeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    url = serve_webhook(Webhook())
    caplog.set_level(logging.INFO)
    assert post_alert(url, caplog) == ""
    assert WARNING in post_alert("http://[", caplog)
    assert logging.getLogger("httpx").filters == []
    httpx.post(url, json={})
    assert url in caplog.text


def test_a_post_that_ends_does_not_show_the_address_of_another(
    serve_webhook: ServeWebhook, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    url, other_url = serve_webhook(Webhook([500])), serve_webhook(Webhook())
    log = logging.getLogger("alerts")

    async def post_meanwhile(seconds: float) -> None:
        await asyncio.to_thread(post, other_url, [ALERT], log, LONG)

    post(url, [ALERT], log, LONG, sleep=post_meanwhile)
    assert "secret" not in caplog.text


def test_importing_the_alerts_does_not_change_the_logger_of_httpx() -> None:
    source = (
        "import logging, sys, repo_stats.alerts.webhook; "
        "sys.exit(bool(logging.getLogger('httpx').filters))"
    )
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
