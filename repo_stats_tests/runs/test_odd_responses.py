"""Runs in which the responses about some repositories are odd: the others are refreshed."""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any, cast

import dagster as dg
import pytest
from starlette.applications import Starlette

from repo_stats.config.settings import Settings
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.simulator import Simulator
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import OPEN_ISSUES
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.fixture_types import Run, SettingsFor, Simulate
from repo_stats_tests.helpers.github import find_repository
from repo_stats_tests.helpers.runs import failure, messages

Message = MutableMapping[str, Any]

Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True)
class Oddity:
    """How all responses about a repository differ; a body replaces the right one."""

    headers: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    body: bytes | None = None


NESTED = b"[" * 100_000

HARMLESS = {
    "odd/etag": Oddity({"etag": b'"\xe9\xff"'}),
    "odd/escape": Oddity({"etag": b'"\x1b[31m"'}),
    "odd/date": Oddity({"date": b"Mon, 23 Nov " + b"9" * 30 + b" 12:00:00 GMT"}),
    "odd/reset": Oddity({"x-ratelimit-reset": b"253402300799"}),
    "odd/link": Oddity({"link": b"<http://[>; rel=prev, http://["}),
}

HARMFUL = {
    "bad/wait": Oddity({"retry-after": b"999999999999999"}, 403, b""),
    "bad/quota": Oddity(
        {"x-ratelimit-remaining": b"0", "x-ratelimit-reset": b"253402300799"}, 403, b""
    ),
    "bad/charset": Oddity({"content-type": b"text/html; charset=hex"}, 403, b"zz"),
    "bad/error": Oddity({}, 403, NESTED),
    "bad/answer": Oddity({}, 200, NESTED),
    "bad/next": Oddity({"link": b'<http://[>; rel="next"'}),
    "bad/redirect": Oddity({"location": b"http://["}, 301),
    "bad/elsewhere": Oddity({"location": b"http://simulated:81/x"}, 301),
}

HEALTHY = ["good/one", "good/two", "good/three"]

NAMES = [*HEALTHY, *HARMLESS, *HARMFUL]


def spoil(simulator: Simulator) -> None:
    """Make the responses about the repositories with oddities odd."""
    oddities = {**HARMLESS, **HARMFUL}
    paths = {f"/repos/{name}": oddity for name, oddity in oddities.items()}
    for name, oddity in oddities.items():
        paths[f"/repositories/{find_repository(simulator, name).id}/issues"] = oddity
    right = simulator.app

    async def app(scope: Message, receive: Any, send: Send) -> None:
        oddity = paths.get(scope["path"])
        await right(scope, receive, send if oddity is None else change(oddity, send))

    simulator.app = cast("Starlette", app)


def change(oddity: Oddity, send: Send) -> Send:
    async def send_changed(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = {**dict(message["headers"])}
            headers.update({name.encode(): value for name, value in oddity.headers.items()})
            if oddity.body is not None:
                headers.pop(b"content-encoding", None)
                headers.pop(b"content-length", None)
            status = message["status"] if message["status"] == 304 else oddity.status
            message = {**message, "headers": [*headers.items()], "status": status}
        elif oddity.body is not None:
            message = {**message, "body": oddity.body}
        await send(message)

    return send_changed


@pytest.fixture
def settings(
    simulate: Simulate, settings_for: SettingsFor, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    simulator = simulate(*[Shape(name, 3, 2) for name in NAMES])
    spoil(simulator)
    # A clock that leaps, so that the waits for retries of steps are over at once.
    leaping = SimpleNamespace(time=lambda: 1_000 * time.time(), sleep=lambda seconds: None)
    monkeypatch.setattr("dagster._core.execution.plan.active.time", leaping)
    return settings_for(*NAMES, REPO_STATS_MAX_AGE="0")


def test_odd_responses_about_some_repositories_leave_the_others_fresh_at_every_refresh(
    settings: Settings, run: Run, instance: dg.DagsterInstance
) -> None:
    files = Files(settings.warehouse)
    failures, tables = RefreshFailures(files), Tables(files)
    for _ in range(2):
        began = datetime.now(timezone.utc)
        result = run(settings)
        assert result.success, failure(result)
        assert "Traceback" not in "".join(messages(instance, result))
        reasons = {name: failures.find(name) for name in NAMES}
        assert {name for name, reason in reasons.items() if reason} == {*HARMFUL}
        for name in HARMFUL:
            reason = reasons[name]
            assert reason is not None
            assert name in reason.reason
            assert reason.reason.isprintable()
        for name in (*HEALTHY, *HARMLESS):
            scan = tables.find_scan(OPEN_ISSUES, name)
            assert scan is not None
            assert scan.validated_at > began
