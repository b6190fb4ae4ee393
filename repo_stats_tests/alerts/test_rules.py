"""Alerts: each failure is told once and its end once, to the log and to a real webhook."""

import asyncio
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import dagster as dg
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from repo_stats.alerts.rules import Alert, EndedRun, find_failures, find_low_quota, find_recoveries
from repo_stats.alerts.webhook import post
from repo_stats.config.errors import SettingsError
from repo_stats.config.settings import Settings, load_alerting
from repo_stats.defs.sensors.run_alerts import describe_run, read_state
from repo_stats.simulator.generator import Shape
from repo_stats.simulator.limits import LimitRules
from repo_stats.simulator.server import Server
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.troubles import Trouble
from repo_stats_tests.helpers.deployment import Deployment
from repo_stats_tests.helpers.github import find_repository

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
    monkeypatch.setattr("repo_stats.alerts.webhook.TIMEOUT", 0.1)
    said = tell(serve_webhook(Webhook([0] * 3)), caplog)
    assert "was not told: it cannot be reached (ReadTimeout)." in said


CHECK, OTHER = "open_issues.refreshed", "repo_metadata.refreshed"


def failed(reason: str = "why", task: str = "refresh") -> EndedRun:
    return EndedRun("run", "job", ["a/b", "c/d"], task, f"The {task}", failure=reason)


def succeeded(findings: dict[str, dict[str, str]] | None = None, task: str = "refresh") -> EndedRun:
    return EndedRun("run", "job", ["a/b", "c/d"], task, f"The {task}", findings=findings or {})


def texts(alerts: list[Alert]) -> list[str]:
    return [alert.text for alert in alerts]


def test_a_task_that_fails_again_and_again_is_told_once_and_its_recovery_once() -> None:
    failing, alerts = find_failures({}, failed())
    assert texts(alerts) == ["The refresh failed: why"]
    failing, alerts = find_failures(failing, failed("why still"))
    assert alerts == []
    still, alerts = find_recoveries(failing, failed())
    assert (still.keys(), alerts) == (failing.keys(), [])
    mended, alerts = find_recoveries(failing, succeeded())
    assert texts(alerts) == ["The refresh succeeds again."]
    assert mended == {}


def test_a_task_is_mended_for_the_repositories_of_the_run_that_succeeds_only() -> None:
    failing, _ = find_failures({}, failed())
    one = replace(succeeded(), repositories=["c/d"], title="The refresh of c/d")
    failing, alerts = find_recoveries(failing, one)
    assert [(alert.text, alert.repositories) for alert in alerts] == [
        ("The refresh of c/d succeeds again.", ["c/d"])
    ]
    failing, alerts = find_failures(failing, failed())
    assert [alert.repositories for alert in alerts] == [["c/d"]]


def test_a_repository_that_is_stale_is_told_although_the_run_succeeds() -> None:
    failing, alerts = find_failures({}, succeeded({CHECK: {"a/b": "gone"}}))
    assert texts(alerts) == ["a/b is stale: gone"]
    assert alerts[0].repositories == ["a/b"]
    both = succeeded({CHECK: {"a/b": "gone", "c/d": "gone too"}})
    failing, alerts = find_failures(failing, both)
    assert texts(alerts) == ["c/d is stale: gone too"]
    failing, alerts = find_recoveries(failing, succeeded({CHECK: {"c/d": "gone too"}}))
    assert texts(alerts) == ["a/b is refreshed again."]
    assert set(failing) == {"c/d"}


def test_one_reason_is_told_once_whichever_checks_and_tasks_meet_it() -> None:
    both = succeeded({CHECK: {"a/b": "gone"}, OTHER: {"a/b": "gone"}})
    failing, alerts = find_failures({}, both)
    assert texts(alerts) == ["a/b is stale: gone"]
    alone = replace(failed("gone"), repositories=["a/b"])
    failing, alerts = find_failures(failing, alone)
    assert alerts == []
    failing, alerts = find_recoveries(failing, succeeded({CHECK: {}}))
    assert alerts == []
    failing, alerts = find_recoveries(failing, succeeded({CHECK: {}, OTHER: {}}))
    assert texts(alerts) == ["a/b is refreshed again."]
    assert failing == {}


def test_a_run_that_does_not_look_at_a_failure_does_not_mend_it() -> None:
    failing, _ = find_failures({}, succeeded({CHECK: {"a/b": "gone"}}))
    elsewhere = succeeded({"issues.refreshed": {}}, task="publish_report")
    after, alerts = find_recoveries(failing, elsewhere)
    assert (after, alerts) == (failing, [])
    failing, _ = find_failures({}, failed())
    after, alerts = find_recoveries(failing, elsewhere)
    assert (after, alerts) == (failing, [])


def test_many_alerts_at_once_are_posted_as_one_that_names_all_repositories(
    serve_webhook: Callable[[Webhook], str],
) -> None:
    webhook = Webhook()
    alerts = [Alert(f"{n}!", [f"a/{n}"], "job", "run", "why") for n in range(30)]
    post(serve_webhook(webhook), alerts, logging.getLogger("alerts"))
    [body] = webhook.told
    assert body["text"].splitlines() == [*(f"{n}!" for n in range(20)), "And 10 more."]
    assert body["repositories"] == [f"a/{n}" for n in range(30)]
    assert body["reason"] == "30 alerts at once"


def test_a_dead_webhook_is_tried_for_the_first_of_several_alerts_only(
    serve_webhook: Callable[[Webhook], str], caplog: pytest.LogCaptureFixture
) -> None:
    webhook = Webhook([500] * 9)
    post(serve_webhook(webhook), [ALERT] * 3, logging.getLogger("alerts"), sleep=_no_sleep)
    assert len(webhook.told) == 3
    assert caplog.text.count("was not told") == 1


def test_a_webhook_that_takes_too_long_is_left_alone(
    serve_webhook: Callable[[Webhook], str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repo_stats.alerts.webhook.LONGEST_POST", 0.2)
    assert "was not told: it takes more than 0 s." in tell(serve_webhook(Webhook([0])), caplog)


def test_the_address_of_the_webhook_is_in_no_log_however_talkative(
    serve_webhook: Callable[[Webhook], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    said = tell(serve_webhook(Webhook([500])), caplog)
    assert "secret" not in said


def test_a_low_quota_is_told_once_until_it_resets() -> None:
    def left(remaining: int, resets_at: float) -> EndedRun:
        return EndedRun("run", "job", [], "task", "Title", quota=(remaining, 5000, resets_at))

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
def webhook(serve_webhook: Callable[[Webhook], str], monkeypatch: pytest.MonkeyPatch) -> Webhook:
    """The webhook that alerts are posted to."""
    webhook = Webhook()
    monkeypatch.setenv("REPO_STATS_WEBHOOK_URL", serve_webhook(webhook))
    return webhook


@pytest.fixture
def simulator(simulate: Callable[..., Simulator]) -> Simulator:
    return simulate(*(Shape(repo, 12, 3, 5) for repo in REPOS), rules=LimitRules(authorized=60))


@pytest.fixture
def deployment(
    simulator: Simulator, settings_for: Callable[..., Settings], instance: dg.DagsterInstance
) -> Deployment:
    """A deployment of two repositories whose alerts have begun to watch."""
    made = Deployment(settings_for(*REPOS, REPO_STATS_MAX_AGE="0"), instance)
    for sensor in ("alert_on_failure", "alert_on_recovery"):
        assert made.tick(sensor) == "Watches the runs that end from now on."
    return made


def refresh(deployment: Deployment, repo: str | None = None) -> None:
    job = "refresh_watchlist" if repo is None else "refresh_repo"
    deployment.run([dg.RunRequest(job_name=job, partition_key=repo)])


def test_failures_of_runs_and_stale_repositories_go_to_the_webhook_and_so_do_recoveries(
    deployment: Deployment,
    simulator: Simulator,
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REPO_STATS_UI_URL", "http://ui.example/")
    repository = find_repository(simulator, "acme/two")
    repository.trouble = Trouble.MISSING
    refresh(deployment)
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    [stale] = webhook.told
    assert stale["text"].startswith("acme/two is stale: GitHub knows no repository acme/two")
    assert stale["repositories"] == ["acme/two"]
    assert stale["run_url"] == f"http://ui.example/runs/{stale['run_id']}"

    for _ in range(2):
        refresh(deployment)
        deployment.run([dg.RunRequest(job_name="publish_report")])
        refresh(deployment, "acme/two")
        refresh(deployment, "acme/one")
        deployment.tick("alert_on_failure")
        deployment.tick("alert_on_recovery")
    assert webhook.told == [stale]

    repository.trouble = Trouble.FINE
    refresh(deployment, "acme/two")
    deployment.tick("alert_on_failure")
    deployment.tick("alert_on_recovery")
    said = [body["text"].partition(" <")[0] for body in webhook.told[1:]]
    assert said == ["acme/two is refreshed again."]
    assert deployment.tick("alert_on_failure") == "There is nothing to tell."
    assert deployment.tick("alert_on_recovery") == "There is nothing to tell."


def test_a_run_that_fails_is_told_with_its_reason_and_its_repositories(
    deployment: Deployment, simulator: Simulator, webhook: Webhook
) -> None:
    repository = find_repository(simulator, "acme/two")
    repository.trouble = Trouble.MISSING
    for repo in ("acme/two", "acme/one", "acme/two"):
        refresh(deployment, repo)
        deployment.tick("alert_on_failure")
        deployment.tick("alert_on_recovery")
    [failure] = webhook.told
    assert failure["text"].startswith("The refresh of acme/two failed: GitHub knows no repository")
    assert (failure["job"], failure["repositories"]) == ("refresh_repo", ["acme/two"])
    assert "run_url" not in failure
    repository.trouble = Trouble.FINE
    refresh(deployment)
    deployment.tick("alert_on_recovery")
    assert webhook.told[1]["text"] == "The refresh of acme/one, acme/two succeeds again."
    assert webhook.told[1]["repositories"] == ["acme/two"]


def test_runs_of_assets_by_hand_are_told_by_their_assets(deployment: Deployment) -> None:
    job = deployment.defs.resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(
        instance=deployment.instance,
        partition_key="acme/one",
        asset_selection=[dg.AssetKey("issues_per_user")],
        raise_on_error=False,
    )
    run = describe_run(deployment.instance, result.dagster_run, REPOS)
    assert (run.task, run.title) == ("issues_per_user", "Materialising issues_per_user")
    assert run.failure == (
        "open_issues of acme/one has not been materialised yet; refresh acme/one first."
    )


def test_a_low_quota_is_known_from_what_runs_tell(deployment: Deployment, webhook: Webhook) -> None:
    for _ in range(28):
        refresh(deployment)
        deployment.tick("alert_on_failure")
        if webhook.told:
            break
    [warning] = webhook.told
    assert warning["text"].endswith("of 60 GitHub requests remain until the hour's quota resets.")
    assert warning["reason"] == "low quota"


@pytest.mark.parametrize(
    "cursor",
    [
        *("", "nonsense", "[]", "{}", '{"until": 1}', "3"),
        '{"until": 1, "warned_until": 0, "failing": {"a/b": "why"}}',
        '{"until": "x", "warned_until": 0, "failing": {}}',
    ],
)
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
