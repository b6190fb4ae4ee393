"""What steps that send requests share: freshness, progress, the lists to read, and costs."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timezone
from typing import Any

import dagster as dg
import pandas as pd

from repo_stats.clock import is_ahead
from repo_stats.defs.loggers import report_count
from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.failures import Context
from repo_stats.github.http.rate_limiter import WINDOW, SlidingWindow
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.issues.requests import IssueList
from repo_stats.warehouse.states.repo_state import RepoState

_starts: dict[str, float] = {}
"""When the runs of this process began, by their ids. Dagster's database is asked once a run."""


def started_at(context: Context) -> datetime:
    """When the run began (UTC); now if the clock was set back since."""
    run_id, now = context.run.run_id, time.time()
    if run_id not in _starts:
        record = context.instance.get_run_record_by_id(run_id)
        if record is None or record.start_time is None:
            return datetime.fromtimestamp(now, timezone.utc)
        _starts[run_id] = record.start_time
    return datetime.fromtimestamp(min(_starts[run_id], now), timezone.utc)


def freshness_of_run(
    context: Context, github: GitHubResource, refresh: RefreshOptions
) -> Freshness:
    """The freshness of the run. It counts from the run's start, in all steps and retries."""
    max_age = 0 if refresh.revalidate else github.max_age
    return Freshness.of_run(started_at(context), max_age, force=refresh.force)


def is_alone(context: Context, github: GitHubResource) -> bool:
    """Whether the run is over one repository, and no other run shares the quota with it."""
    return len(context.partition_keys) == 1 and github.runs_at_once <= 1


class Progress:
    """Says how far a step has come: every few seconds in the log, at once on the command line.

    Args:
        log: the step's log.
        what: what is counted, in the plural and with its participle: `pages read`.
        planned: the expected number; None if it is not known.
        clock: gives seconds.
    """

    INTERVAL = 5.0

    def __init__(
        self,
        log: logging.Logger,
        what: str,
        planned: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._what = what
        self._planned = planned
        self._clock = clock
        self._done = 0
        self._logged_at = clock()
        report_count(log, what, 0, planned)

    def advance(self, _: object = None) -> None:
        """Count one more as done."""
        self._done += 1
        report_count(self._log, self._what, self._done, self._planned)
        now = self._clock()
        if now - self._logged_at >= self.INTERVAL:
            self._logged_at = now
            of = "" if self._planned is None else f" of {self._planned}"
            self._log.info(f"{self._done}{of} {self._what}")


def usage_metadata(usage: Usage) -> dict[str, Any]:
    """What a run's requests for an asset cost, in numbers that Dagster plots.

    The quota is left out if GitHub does not send it.
    """
    metadata: dict[str, Any] = {
        "run_requests": usage.requests,
        "run_charged": usage.charged,
        "run_waited_seconds": usage.waited,
        "run_paced_seconds": usage.paced,
        "run_statuses": usage.status_counts,
    }
    if usage.quota is not None:
        metadata["remaining_quota"] = usage.quota.remaining
        metadata["quota_limit"] = usage.quota.limit
        metadata["quota_resets"] = dg.MetadataValue.timestamp(usage.quota.resets_at.timestamp())
    return metadata


def count_outcomes(results: Iterable[PageResult]) -> str:
    """How many pages there are, and how many of each outcome, for the log."""
    counts = Counter(result.outcome for result in results)
    parts = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome)
    return f"{counts.total()} pages, {parts}"


def find_issue_lists(
    github: GitHubResource, metadata: pd.DataFrame, repos: Collection[str]
) -> list[IssueList]:
    """The lists of open issues of repositories.

    Args:
        github: the API.
        metadata: rows of `repo_metadata`; a repository without a row is left out.
        repos: the repositories.
    """
    columns = metadata[["repo", "repo_id", "has_issues", "open_issues_count", "full_name"]]
    return [
        IssueList(
            repo=repo,
            repo_id=int(repo_id),
            api_url=github.api_url,
            per_page=github.per_page,
            has_issues=bool(has_issues),
            counter=int(count),
            full_name=str(full_name),
        )
        for repo, repo_id, has_issues, count, full_name in columns.itertuples(index=False)
        if repo in repos
    ]


def window_after(github: GitHubResource, states: Iterable[RepoState]) -> SlidingWindow:
    """The limit of requests per minute for a step that follows the one that read repositories.

    It counts what was requested from the REST API within the last minute, so that the whole run
    keeps the limit. What a server without rate limits was asked does not count: before its first
    answer, the step would wait for a limit that is not there.

    Args:
        github: the API.
        states: what is known of the repositories.
    """
    now = time.time()
    times = [(state.read_at.timestamp(), state) for state in states]
    recent = [
        (moment, state)
        for moment, state in times
        if moment + WINDOW > now and not is_ahead(moment, now)
    ]
    sent = [moment for moment, state in recent if state.pulse is None and state.is_limited]
    answered_at = max((moment for moment, _ in recent), default=None)
    return github.window(sent, answered_at)


def window_after_lists(github: GitHubResource, states: Iterable[RepoState]) -> SlidingWindow:
    """The same for a step that follows the one that read lists of open items, too.

    Of each list that was read within the last minute, about as many requests count as it has
    pages. The lists that only a pulse tells of were not requested.

    Args:
        github: the API.
        states: what is known of the repositories.
    """
    states = list(states)
    before, now = window_after(github, states), time.time()
    sent = before.recent(now)
    for state in states:
        if state.items is None or state.seen_at is None or not state.is_limited:
            continue
        was_asked = state.pulse is None or state.pulse.asked_at != state.seen_at
        read_at = state.seen_at.timestamp()
        if was_asked and read_at + WINDOW > now and not is_ahead(read_at, now):
            sent += [read_at] * (state.items.open_items // github.per_page + 1)
    return SlidingWindow(github.per_minute, sent, before.last)  # `before` has what was sent before
