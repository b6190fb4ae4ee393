"""Alerts: what of the runs that ended is worth telling somebody, and telling it to a webhook.

What is failing is kept as a mapping from a subject (a job, or a repository) to why, so that each
failure is told once, and its end once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

TIMEOUT = httpx.Timeout(5.0)
PAUSES = (1.0, 3.0)
"""Seconds before the webhook is tried again; each try may take the timeout."""


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
        failure: why it failed; None if it succeeded.
        stale: why repositories could not be refreshed, by repository.
        quota: the quota that was left, if it is known: what remains, the limit, and when it resets
            in epoch seconds.
    """

    run_id: str
    job: str
    repositories: Sequence[str]
    failure: str | None = None
    stale: Mapping[str, str] = field(default_factory=dict)
    quota: tuple[int, int, float] | None = None


Failing = Mapping[str, str]
"""What is failing: a repository or, in brackets, a job, and why."""


def find_failures(failing: Failing, run: EndedRun) -> tuple[dict[str, str], list[Alert]]:
    """What is failing after a run, and alerts of what was not failing before it."""
    after, _ = find_recoveries(failing, run)
    alerts = []
    if run.failure is not None:
        if _job(run) not in failing:
            text = f"{run.job} failed: {run.failure}"
            alerts.append(_alert(run, text, run.repositories, run.failure))
        after[_job(run)] = run.failure
    for repo, reason in run.stale.items():
        if repo not in failing:
            alerts.append(_alert(run, f"{repo} is stale: {reason}", [repo], reason))
        after[repo] = reason
    return after, alerts


def find_recoveries(failing: Failing, run: EndedRun) -> tuple[dict[str, str], list[Alert]]:
    """What is failing still after a run that may have mended something, and alerts of that."""
    if run.failure is not None:
        return dict(failing), []
    sound = [repo for repo in run.repositories if repo not in run.stale and repo in failing]
    alerts = [_alert(run, f"{repo} is refreshed again.", [repo], "") for repo in sound]
    if _job(run) in failing:
        alerts.append(_alert(run, f"{run.job} succeeds again.", run.repositories, ""))
    mended = {*sound, _job(run)}
    return {subject: why for subject, why in failing.items() if subject not in mended}, alerts


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
        alerts: what to post, a request each.
        log: told of failures.
        transport: replaces the network, for tests.
        sleep: waits between tries.
    """
    asyncio.run(_post_all(url, alerts, log, transport, sleep))


async def _post_all(
    url: str,
    alerts: Sequence[Alert],
    log: logging.Logger,
    transport: httpx.AsyncBaseTransport | None,
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    async with httpx.AsyncClient(timeout=TIMEOUT, transport=transport) as client:
        for alert in alerts:
            if (problem := await _try_to_post(client, url, alert, sleep)) is not None:
                log.warning(f"The webhook of REPO_STATS_WEBHOOK_URL was not told: {problem}.")


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


def _job(run: EndedRun) -> str:
    return f"[{run.job}]"
