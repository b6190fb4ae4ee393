"""How often an alert is posted, how long that may take, and what is logged meanwhile."""

import logging
import ssl

import httpx
import pytest

from repo_stats.alerts.rules import Alert
from repo_stats.alerts.webhook import post

ALERT = Alert("All is lost.", ["a/b"], "refresh_repo", "run-1", "why")

WITHIN = 40.0
"""Seconds within which a test posts."""


class Scripted(httpx.AsyncBaseTransport):
    """A network that fails or answers as it is told, and keeps how long it may take."""

    def __init__(self, *answers: int | Exception) -> None:
        self.answers = [*answers]
        self.timeouts: list[dict[str, float]] = []
        self.is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.timeouts.append(request.extensions["timeout"])
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)

    async def aclose(self) -> None:
        self.is_closed = True


def post_to(network: Scripted) -> list[float]:
    """Post an alert; returns the pauses between the tries."""
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    log = logging.getLogger("alerts")
    post("http://hooks.example/secret", [ALERT], log, WITHIN, transport=network, sleep=sleep)
    assert network.is_closed
    return pauses


def test_a_post_is_tried_three_times_with_growing_pauses_of_which_none_is_last() -> None:
    network = Scripted(500, 500, 500)
    assert post_to(network) == [1.0, 3.0]
    assert [{*timeout.values()} for timeout in network.timeouts] == [{5.0}] * 3
    assert post_to(Scripted(500, 200)) == [1.0]


def test_a_certificate_that_is_not_trusted_is_a_warning_at_once_that_says_where_to_put_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refusal = ssl.SSLCertVerificationError(1, "refused")
    refusal.verify_message = "self-signed certificate"
    error = httpx.ConnectError("no connection")
    error.__cause__ = refusal
    assert post_to(Scripted(error)) == []
    assert [record.message for record in caplog.records] == [
        "Alerts did not reach the webhook of REPO_STATS_WEBHOOK_URL: its certificate is not "
        "trusted (self-signed certificate), see SSL_CERT_FILE."
    ]


def test_only_the_lines_about_posts_are_hidden_while_one_is_under_way(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    log = logging.getLogger("httpx")

    async def log_meanwhile(seconds: float) -> None:
        log.info("%s %s", "GET", "http://api.example")
        log.info("%s %s", "POST", "http://hooks.example/secret")
        log.info("%(what)s", {"what": "something else"})

    network = Scripted(500, 200)
    post("http://x/secret", [ALERT], log, WITHIN, transport=network, sleep=log_meanwhile)
    assert [record.getMessage() for record in caplog.records if record.name == "httpx"] == [
        "GET http://api.example",
        "something else",
    ]
