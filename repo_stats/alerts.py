"""Alerts: what of the runs that ended is worth telling somebody, and telling it to a webhook.

What is failing is kept for each repository, by what noticed it (a check, or a task that runs
carry out), so that each failure is told once and its end once: a run mends only what it looked at.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

TIMEOUT = httpx.Timeout(5.0)
PAUSES = (1.0, 3.0)
"""Seconds before the webhook is tried again; each try may take the timeout."""

LONGEST_POST = 40.0
"""Seconds after which the webhook is left alone: Dagster ends a tick after 60, and forgets then
what was told already."""

MOST_POSTS = 5
"""More alerts than these at once are posted as one."""

MOST_LINES = 20
"""Alerts that a post of several spells out."""


@dataclass(frozen=True)
class Alert:
    """Something that somebody should know.

    Attributes:
        text: it, in one plain sentence.
        repositories: those it is about.
        job: the job of the run that it was noticed by.
        run_id: that run.
        reason: why it happened; empty if all is well again.
        run_url: the run's page; None if the address of the UI is not known.
    """

    text: str
    repositories: Sequence[str]
    job: str
    run_id: str
    reason: str
    run_url: str | None = None

    def to_json(self) -> dict[str, Any]:
        """What is posted: the `text` is what Slack and its like show."""
        link = f" <{self.run_url}>" if self.run_url else ""
        body = {
            "text": f"{self.text}{link}",
            "repositories": list(self.repositories),
            "job": self.job,
            "run_id": self.run_id,
            "reason": self.reason,
            "run_url": self.run_url,
        }
        return {name: value for name, value in body.items() if value is not None}


@dataclass(frozen=True)
class EndedRun:
    """What a run tells by having ended.

    Attributes:
        run_id: the run.
        job: its job.
        repositories: the repositories it was about.
        task: what it was to do: what a run failed at, another run of the same task mends.
        title: the same for the eyes of people, at the beginning of a sentence.
        failure: why it failed; None if it succeeded.
        findings: what each check that it evaluated says against repositories, by repository.
        quota: the quota that was left, if it is known: what remains, the limit, and when it resets
            in epoch seconds.
    """

    run_id: str
    job: str
    repositories: Sequence[str]
    task: str
    title: str
    failure: str | None = None
    findings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    quota: tuple[int, int, float] | None = None

    @property
    def failed_repositories(self) -> Mapping[str, str]:
        """Why it failed, for each of its repositories; none if it succeeded."""
        return {} if self.failure is None else dict.fromkeys(self.repositories, self.failure)


Failing = Mapping[str, Mapping[str, str]]
"""Why each repository fails, by the check or the task that it fails at."""


def find_failures(failing: Failing, run: EndedRun) -> tuple[Failing, list[Alert]]:
    """What is failing after a run, and alerts of what was not failing before it.

    The same reason is told once of a repository, however many checks and tasks meet it.
    """
    known = {repo: {*causes.values()} for repo, causes in failing.items()}
    alerts = []

    def is_new(repo: str, cause: str, reason: str) -> bool:
        reasons = known.setdefault(repo, set())
        is_told = cause in failing.get(repo, {}) or reason in reasons
        reasons.add(reason)
        return not is_told

    new = [repo for repo, why in run.failed_repositories.items() if is_new(repo, run.task, why)]
    if new:
        text = f"{run.title} failed: {run.failure}"
        alerts.append(_alert(run, text, new, str(run.failure)))
    for check, findings in run.findings.items():
        for repo, reason in findings.items():
            if is_new(repo, check, reason):
                alerts.append(_alert(run, f"{repo} is stale: {reason}", [repo], reason))
    return _failing_after(failing, run), alerts


def find_recoveries(failing: Failing, run: EndedRun) -> tuple[Failing, list[Alert]]:
    """What is failing still after a run, and alerts of what it mended."""
    after = _failing_after(failing, run)
    sound, done = [], []
    for repo, before in failing.items():
        still = after.get(repo, {})
        if _checks(still) or run.task in still:
            continue
        if _checks(before):
            sound.append(repo)
        elif run.task in before:
            done.append(repo)
    alerts = [_alert(run, f"{repo} is refreshed again.", [repo], "") for repo in sound]
    if done:
        alerts.append(_alert(run, f"{run.title} succeeds again.", done, ""))
    return after, alerts


def _failing_after(failing: Failing, run: EndedRun) -> Failing:
    """What is failing after a run: of what it looked at, what it found; of all else, what was."""
    found = {**run.findings, run.task: run.failed_repositories}
    after = {repo: dict(causes) for repo, causes in failing.items()}
    for repo in {*run.repositories, *(repo for whys in found.values() for repo in whys)}:
        kept = {c: why for c, why in failing.get(repo, {}).items() if c not in found}
        after[repo] = {**kept, **{c: whys[repo] for c, whys in found.items() if repo in whys}}
    return {repo: causes for repo, causes in after.items() if causes}


def _checks(causes: Mapping[str, str]) -> list[str]:
    """The causes that are checks: they have the name of their asset before their own."""
    return [cause for cause in causes if "." in cause]


def find_low_quota(warned_until: float, run: EndedRun) -> tuple[float, list[Alert]]:
    """A warning if less than a tenth of the quota is left, once until it resets.

    Args:
        warned_until: the reset until which there was a warning already, in epoch seconds.
        run: a run that ended.
    """
    if run.quota is None:
        return warned_until, []
    remaining, limit, resets_at = run.quota
    if remaining * 10 >= limit or resets_at <= warned_until:
        return warned_until, []
    text = f"Only {remaining} of {limit} GitHub requests remain until the hour's quota resets."
    return resets_at, [_alert(run, text, [], "low quota")]


def bundle(alerts: Sequence[Alert]) -> list[Alert]:
    """The alerts as they are posted: a few by themselves, many as one of a line each."""
    if len(alerts) <= MOST_POSTS:
        return list(alerts)
    lines = [alert.text for alert in alerts[:MOST_LINES]]
    if len(alerts) > MOST_LINES:
        lines.append(f"And {len(alerts) - MOST_LINES} more.")
    repositories = dict.fromkeys(repo for alert in alerts for repo in alert.repositories)
    reason = f"{len(alerts)} alerts at once"
    return [replace(alerts[-1], text="\n".join(lines), repositories=[*repositories], reason=reason)]


def post(
    url: str,
    alerts: Sequence[Alert],
    log: logging.Logger,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Post alerts to a webhook; one that cannot be reached is a warning in the log, no more.

    Args:
        url: the webhook's address, which is a secret and never shown.
        alerts: what to post: a request each, or one for all if there are many.
        log: told of failures.
        transport: replaces the network, for tests.
        sleep: waits between tries.
    """
    posting = _post_all(url, bundle(alerts), transport, sleep)
    try:
        problem = asyncio.run(asyncio.wait_for(posting, LONGEST_POST))
    except asyncio.TimeoutError:
        problem = f"it takes more than {LONGEST_POST:.0f} s"
    if problem is not None:
        log.warning(f"The webhook of REPO_STATS_WEBHOOK_URL was not told: {problem}.")


async def _post_all(
    url: str,
    alerts: Sequence[Alert],
    transport: httpx.AsyncBaseTransport | None,
    sleep: Callable[[float], Awaitable[None]],
) -> str | None:
    """Post alerts until one cannot be; what went wrong, if that was so."""
    async with httpx.AsyncClient(timeout=TIMEOUT, transport=transport) as client:
        for alert in alerts:
            if (problem := await _try_to_post(client, url, alert, sleep)) is not None:
                return problem
    return None


async def _try_to_post(
    client: httpx.AsyncClient, url: str, alert: Alert, sleep: Callable[[float], Awaitable[None]]
) -> str | None:
    """Post one alert; what went wrong, if it did to the end."""
    problem = None
    for pause in (*PAUSES, None):
        try:
            response = await client.post(url, json=alert.to_json())
            if response.is_success:
                return None
            problem = f"it answers with HTTP {response.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            problem = f"it cannot be reached ({type(error).__name__})"
        if pause is not None:
            await sleep(pause)
    return problem


def _alert(run: EndedRun, text: str, repositories: Sequence[str], reason: str) -> Alert:
    return Alert(text, repositories, run.job, run.run_id, reason)


def _hides_posts(record: logging.LogRecord) -> bool:
    """Keep the address of what is posted to out of the log, where httpx writes each request."""
    return not (isinstance(record.args, tuple) and record.args[:1] == ("POST",))


logging.getLogger("httpx").addFilter(_hides_posts)
