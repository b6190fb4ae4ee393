"""One repository never spoils another, whatever a server answers about it."""

import json
import logging
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from repo_stats.config.settings import Settings
from repo_stats.defs.sensors.alert_states import new_state, write_state
from repo_stats.simulator.generator import Shape
from repo_stats_tests.helpers.commands import make_home
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.fixture_types import SettingsFor
from repo_stats_tests.helpers.github import TOKEN
from repo_stats_tests.helpers.hostile_answers import Answer, Hostility, Question, hostilities
from repo_stats_tests.helpers.hostile_server import HostileServer, RawServer
from repo_stats_tests.helpers.paths import ROOT
from repo_stats_tests.helpers.runs import refresh_here

HEALTHY = [Shape("healthy/first", 3, 2), Shape("healthy/other", 120, 9), Shape("zoo/last", 5, 5)]

pytestmark = pytest.mark.timeout(300)

CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))} - {"\n"}


@dataclass(frozen=True)
class HostileRun:
    """A refresh of healthy repositories beside hostile ones, one after it, and what they left.

    Attributes:
        code: the exit code of the first one.
        output: all that it printed.
        is_repeated: whether the other one succeeded.
        folder: where they ran.
        entries: what the server does to the hostile repositories.
        seen_elsewhere: the Authorization headers that another server has seen.
        list_requests: how many requests there were about lists in the first one.
    """

    code: int
    output: str
    is_repeated: bool
    folder: Path
    entries: list[Hostility]
    seen_elsewhere: list[str]
    list_requests: int


KEY = "app.pem"

WEBHOOK = "http://hooks.example/services/marker-of-the-webhook"

PROXY_USER, PROXY_PASSWORD = "user", "marker-of-the-proxy"


def secret_settings(folder: Path, proxy: str = "127.0.0.1:9") -> dict[str, str]:
    """Settings with secrets: a GitHub App, a webhook, and a proxy for all but this machine."""
    return {
        "REPO_STATS_APP_ID": "7",
        "REPO_STATS_APP_INSTALLATION_ID": "42",
        "REPO_STATS_APP_PRIVATE_KEY_FILE": str(folder / KEY),
        "REPO_STATS_WEBHOOK_URL": WEBHOOK,
        "XDG_CACHE_HOME": str(folder / "cache"),
        "http_proxy": f"http://{PROXY_USER}:{PROXY_PASSWORD}@{proxy}",
        "no_proxy": "127.0.0.1",
    }


def find_secrets(key: str) -> list[str]:
    """What must be nowhere, of the secrets: also in part, and in the form in which it is sent."""
    lines = [line for line in key.splitlines() if not line.startswith("-")]
    proxy = b64encode(f"{PROXY_USER}:{PROXY_PASSWORD}".encode()).decode()
    return [TOKEN, *lines, "marker-of-the-webhook", PROXY_PASSWORD, proxy]


class RefusingProxy(RawServer):
    """A proxy that sends nothing on."""

    def answer(self, question: Question) -> Answer:
        return Answer(502)


def alert(settings: Settings, home: Path) -> str:
    """Let the alerts of the runs so far be posted; gives what the sensor said and remembers."""
    with dg.DagsterInstance.from_config(str(home)) as instance:
        deployment = Deployment(settings, instance)
        deployment.cursors["alert_on_failure"] = write_state(new_state(0.0))
        return f"{deployment.tick('alert_on_failure')}\n{deployment.cursors}"


COMMAND = "from repo_stats_tests.helpers.hasty_steps import main; main(['refresh'])"


def settings_of(folder: Path, url: str, repos: Sequence[str]) -> dict[str, str]:
    """The environment of a refresh of repositories."""
    return {
        **secret_settings(folder),
        "GITHUB_TOKEN": TOKEN,
        "REPO_STATS_API_URL": url,
        "REPO_STATS_MAX_AGE": "0",
        "REPO_STATS_REPOS": ",".join(repos),
        "REPO_STATS_WAREHOUSE": "warehouse",
    }


def refresh(folder: Path, variables: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Refresh as a user would, except that nothing waits and steps are tried again only once."""
    home = {"DAGSTER_HOME": str(make_home(folder / "home")), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", COMMAND],
        cwd=folder,
        env={**os.environ, **variables, **home},
        capture_output=True,
        text=True,
        check=False,
    )


def run_beside_hostile_ones(folder: Path) -> HostileRun:
    """Refresh all repositories, and then those again of which the server said nothing wrong."""
    with RawServer() as elsewhere:
        entries = list(hostilities(elsewhere.url))
        with HostileServer(HEALTHY, entries, TOKEN) as server:
            first, *others = [shape.full_name for shape in HEALTHY]
            everything = [first, *(entry.repo for entry in entries), *others]
            result = refresh(folder, settings_of(folder, server.url, everything))
            list_requests = sum("/issues" in q.target for q in server.questions)
            # What a strange header spoils may show only when what was stored is sent back.
            harmless = [entry.repo for entry in entries if entry.is_harmless]
            again = refresh_here(settings_of(folder, server.url, [first, *harmless, *others]))
    return HostileRun(
        code=result.returncode,
        output=result.stdout + result.stderr,
        is_repeated=again.success,
        folder=folder,
        entries=entries,
        seen_elsewhere=[question.authorization for question in elsewhere.questions],
        list_requests=list_requests,
    )


def open_items(run: HostileRun, repo: str) -> int:
    """The open items of a repository, by its stored statistics."""
    file = run.folder / "warehouse" / "repo_statistics" / f"{repo}.parquet"
    [number] = pd.read_parquet(file)["open_items"]
    return int(number)


def reason(run: HostileRun, entry: Hostility) -> str:
    """Why a repository is stale, as it is stored; empty if it is not stale."""
    file = run.folder / "warehouse" / "problems" / f"{entry.repo}.json"
    return str(json.loads(file.read_text())["reason"]) if file.exists() else ""


def is_plain_sentence(text: str) -> bool:
    """Whether a text is short, names the repository, and can be printed."""
    return len(text) < 500 and text.endswith(".") and "hostile/" in text and text.isprintable()


def require_no_secret(run: HostileRun, key: str, told: str) -> None:
    """No secret of the settings is in what runs and alerts left or said."""
    (run.folder / KEY).unlink()
    left = {str(file): file.read_bytes() for file in run.folder.rglob("*") if file.is_file()}
    assert len(left) > 50
    left |= {"output": run.output.encode(), "told": told.encode()}
    secrets = find_secrets(key)
    assert len(secrets) > 20
    assert [(s, name) for name, text in left.items() for s in secrets if s.encode() in text] == []


def test_healthy_repositories_are_right_beside_any_number_of_hostile_ones(
    tmp_path: Path,
    private_key: str,
    settings_for: SettingsFor,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / KEY).write_text(private_key)
    run = run_beside_hostile_ones(tmp_path)
    assert (run.code, run.is_repeated) == (0, True), run.output
    assert [open_items(run, s.full_name) for s in HEALTHY] == [s.open_items for s in HEALTHY]

    harmless = [entry for entry in run.entries if entry.is_harmless]
    hostile = [entry for entry in run.entries if not entry.is_harmless]
    assert len(hostile) >= 55
    assert len(harmless) >= 12
    assert {e.name: open_items(run, e.repo) for e in harmless} == {
        e.name: e.items for e in harmless
    }
    reasons = {entry.name: reason(run, entry) for entry in hostile}
    assert {name: why for name, why in reasons.items() if not is_plain_sentence(why)} == {}

    assert "Traceback" not in run.output
    assert CONTROLS.isdisjoint(run.output)
    assert run.list_requests < 20 * len(run.entries)

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("repo_stats.alerts.webhook.PAUSES", ())
    repos = [entry.repo for entry in run.entries]
    with RefusingProxy() as proxy:
        for name, value in secret_settings(tmp_path, proxy.url.removeprefix("http://")).items():
            monkeypatch.setenv(name, value)
        said = alert(settings_for(*repos), tmp_path / "home")
    assert [question.target for question in proxy.questions] == [WEBHOOK]
    told = f"{said} {caplog.text} {capfd.readouterr()}"
    assert "Alerts did not reach the webhook of REPO_STATS_WEBHOOK_URL" in told
    require_no_secret(run, private_key, told)
    assert set(run.seen_elsewhere) <= {""}
