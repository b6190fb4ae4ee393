"""Alerts: what of the runs that ended is worth telling somebody, and telling it to a webhook.

What is failing is kept for each repository, by what noticed it (a check, or a task that runs
carry out), so that each failure is told once and its end once: a run mends only what it looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


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
    for repo in dict.fromkeys([*run.repositories, *(r for whys in found.values() for r in whys)]):
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


def _alert(run: EndedRun, text: str, repositories: Sequence[str], reason: str) -> Alert:
    return Alert(text, repositories, run.job, run.run_id, reason)
