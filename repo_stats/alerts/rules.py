"""The rules for alerts: which failures and recoveries of ended runs are worth one, and its text.

Each failure leads to one alert, and its end to another. For that, the failures of each repository
are kept by their cause: the check that found it, or the task of the run that failed. A run ends a
failure only if it evaluated the same check or did the same task.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from repo_stats.safe_text import make_safe

FAILURE, STALE, QUOTA, RECOVERY = "failure", "stale", "quota", "recovery"
"""The kinds of alerts."""

NO_REPOSITORY = ""
"""Stands where a repository does for the failures of runs that are about none."""


@dataclass(frozen=True)
class Alert:
    """A message about a failure, a recovery or a low quota.

    Attributes:
        text: what happened, in one plain sentence.
        repositories: the repositories it is about, or the entries of the watchlist.
        job: the job of the run that led to the alert.
        run_id: the ID of that run.
        reason: why it happened; empty for a recovery.
        run_url: the run's page; None if the address of the UI is not known.
        kind: one of the kinds above.
    """

    text: str
    repositories: Sequence[str]
    job: str
    run_id: str
    reason: str
    run_url: str | None = None
    kind: str = FAILURE

    def to_json(self) -> dict[str, Any]:
        """Return the body to post; Slack and similar services show its `text`."""
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
    """The outcome of a run that ended.

    Attributes:
        run_id: the ID of the run.
        job: its job.
        repositories: the repositories it was about; none if it is about the project as a whole.
        task: what it had to do; a later run of the same task can end its failure.
        title: the task as the subject of a sentence.
        failure: why the run failed; None if it succeeded.
        findings: for each check that it evaluated, what is wrong with which repositories.
        quota: the remaining requests, the limit, and the time of the reset in epoch seconds; None
            if they are not known.
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
        """The reason for the failure, for each of its repositories; empty if it succeeded."""
        return {} if self.failure is None else dict.fromkeys(self.subjects, self.failure)

    @property
    def subjects(self) -> Sequence[str]:
        """What its failures are filed under."""
        return self.repositories or [NO_REPOSITORY]


STALENESS = ("refreshed", "recent")
"""The checks that find out that rows are older than they should be."""

Failing = Mapping[str, Mapping[str, str]]
"""The failures of each repository: the reason for each, by its check or task."""


def find_failures(failing: Failing, run: EndedRun) -> tuple[Failing, list[Alert]]:
    """Find what is failing after a run, and make alerts for what did not fail before it.

    A reason leads to one alert for a repository, even if several checks and tasks find it.

    Args:
        failing: what failed before the run.
        run: the run.

    Returns:
        What is failing now, and the alerts.
    """
    known = {repo: {*causes.values()} for repo, causes in failing.items()}
    alerts = []

    def is_new(repo: str, cause: str, reason: str) -> bool:
        reasons = known.setdefault(repo, set())
        is_known = cause in failing.get(repo, {}) or reason in reasons
        reasons.add(reason)
        return not is_known

    new = [repo for repo, why in run.failed_repositories.items() if is_new(repo, run.task, why)]
    if new:
        text = f"{run.title} failed: {run.failure}"
        alerts.append(_alert(run, FAILURE, text, new, str(run.failure)))
    for check, findings in run.findings.items():
        for repo, reason in findings.items():
            if is_new(repo, check, reason):
                alerts.append(
                    _alert(
                        run, _kind_of(check), _describe_finding(repo, check, reason), [repo], reason
                    )
                )
    return _update_failing(failing, run), alerts


def _kind_of(check: str) -> str:
    return STALE if _is_about_age(check) else FAILURE


def _is_about_age(check: str) -> bool:
    """Whether a check finds out that rows are old. Most checks say nothing about their age."""
    return _split(check)[1] in STALENESS


def _split(check: str) -> tuple[str, str]:
    """The asset and the name of a check; neither has a dot in it."""
    asset, _, name = check.partition(".")
    return asset, name


def _describe_finding(repo: str, check: str, reason: str) -> str:
    """What a check has found, in a sentence."""
    if _is_about_age(check):
        return f"{repo} is stale: {reason}"
    asset, name = _split(check)
    return f"The check {name} of {asset} failed for {repo}: {reason}"


def find_recoveries(failing: Failing, run: EndedRun) -> tuple[Failing, list[Alert]]:
    """Find what is still failing after a run, and make alerts for what recovered.

    Args:
        failing: what failed before the run.
        run: the run.

    Returns:
        What is failing now, and the alerts.
    """
    after = _update_failing(failing, run)
    passing, succeeded = [], []
    for repo, causes_before in failing.items():
        causes = after.get(repo, {})
        if _select_checks(causes) or run.task in causes:
            continue
        if checks := _select_checks(causes_before):
            passing.append((repo, _describe_recovery(repo, checks)))
        elif run.task in causes_before:
            succeeded.append(repo)
    alerts = [_alert(run, RECOVERY, text, [repo], "") for repo, text in passing]
    if succeeded:
        alerts.append(_alert(run, RECOVERY, f"{run.title} succeeds again.", succeeded, ""))
    return after, alerts


def _describe_recovery(repo: str, checks: Sequence[str]) -> str:
    """That the checks of a repository pass again."""
    if any(map(_is_about_age, checks)):
        return f"{repo} is refreshed again."
    named = " and ".join("{1} of {0}".format(*_split(check)) for check in checks)
    verb = "check {} passes" if len(checks) == 1 else "checks {} pass"
    return f"The {verb.format(named)} again for {repo}."


def _update_failing(failing: Failing, run: EndedRun) -> Failing:
    """Replace the failures of the checks and the task of a run by what the run found.

    The checks of a run that is about no repository have examined all that there is.
    """
    found = {**run.findings, run.task: run.failed_repositories}
    after = {repo: dict(causes) for repo, causes in failing.items()}
    examined = [*run.subjects, *(repo for reasons in found.values() for repo in reasons)]
    if not run.repositories:
        examined += [
            repo for repo, causes in failing.items() if not run.findings.keys().isdisjoint(causes)
        ]
    for repo in dict.fromkeys(examined):
        causes = after.setdefault(repo, {})
        for cause, reasons in found.items():
            causes.pop(cause, None)
            if repo in reasons:
                causes[cause] = reasons[repo]
    return {repo: causes for repo, causes in after.items() if causes}


def _select_checks(causes: Mapping[str, str]) -> list[str]:
    """The causes that are checks: their names begin with that of their asset, and a dot."""
    return [cause for cause in causes if "." in cause]


def find_low_quota(warned_until: float, run: EndedRun) -> tuple[float, list[Alert]]:
    """Warn if less than a tenth of the quota is left, once until it resets.

    Args:
        warned_until: the reset that the latest warning was about, in epoch seconds; 0 if none.
        run: the run.

    Returns:
        The new `warned_until`, and the alerts.
    """
    if run.quota is None:
        return warned_until, []
    remaining, limit, resets_at = run.quota
    if remaining * 10 >= limit or resets_at <= warned_until:
        return warned_until, []
    text = f"Only {remaining} of {limit} GitHub requests remain until the hour's quota resets."
    return resets_at, [_alert(run, QUOTA, text, [], "low quota")]


def _alert(run: EndedRun, kind: str, text: str, repositories: Sequence[str], reason: str) -> Alert:
    named = [repo for repo in repositories if repo != NO_REPOSITORY]
    return Alert(make_safe(text), named, run.job, run.run_id, make_safe(reason), kind=kind)
