"""Which repositories a run takes: those that were picked for it, or all if none was picked.

Dagster runs steps of partitioned assets only with the tags of a partition or of a range. The jobs
cannot have the range of all repositories as their own tags: Dagster refuses a run with both kinds,
and adds the other kind if exactly one repository is picked. So the executor completes the tags when
a run begins. Steps on other machines read the tags in Dagster's history, so they are completed
there as well.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from repo_stats.config.executors import REMOTE_EXECUTORS
from repo_stats.config.settings import Settings
from repo_stats.defs.failing import StepError
from repo_stats.defs.jobs import (
    JOBS_OF_MARKS,
    PARTITION,
    PUBLISH_REPORT,
    RANGE_END,
    RANGE_START,
    REFRESH_REPO,
    REFRESH_WATCHLIST,
)
from repo_stats.defs.named_repositories import find_named
from repo_stats.defs.origins import origin_tags
from repo_stats.defs.partitions import UNKNOWN_TAG, describe_unknown
from repo_stats.defs.refresh_runs import REASON_TAG, range_of
from repo_stats.defs.wrapping import WrappingExecutor

_PICKS = (PARTITION, RANGE_START, RANGE_END)
"""The tags that pick repositories."""


def complete_tags(
    job: str, tags: Mapping[str, str], settings: Settings, named: Collection[str] = ()
) -> dict[str, str]:
    """The tags of a run of one of the jobs, so that its steps know their repositories.

    A run with a repository that does not exist gets the range of all, and a tag with which its
    first step fails in a plain sentence. Dagster itself would end it with a stack trace.

    The watchlist may have changed since a sensor or schedule requested a run and named its
    repositories. Then it gets the range of those that are left, wherever they are now.

    Args:
        job: the run's job. Runs of other jobs keep their tags.
        tags: of the run.
        settings: with the watchlist.
        named: the repositories that the run's configuration names.
    """
    repos = _repos_of(job, settings)
    if not repos:
        return dict(tags)
    left = [repo for repo in repos if repo in named] if REASON_TAG in tags else []
    if left:
        kept = {name: value for name, value in tags.items() if name not in _PICKS}
        return {**kept, **(range_of(left) or {PARTITION: left[0]})}
    everything = {RANGE_START: repos[0], RANGE_END: repos[-1]}
    picked = [tags[name] for name in _PICKS if name in tags]
    if not picked:
        return dict(tags) if job == REFRESH_REPO else {**tags, **everything}
    places = [repos.index(repo) for repo in picked if repo in repos]
    if len(places) == len(picked) and places == sorted(places):
        return dict(tags)
    others = {name: value for name, value in tags.items() if name != PARTITION}
    unknown = [repo for repo in dict.fromkeys(picked) if repo not in repos] or picked
    return {**others, **everything, UNKNOWN_TAG: ", ".join(unknown)}


def tags_for_workers(stored: Mapping[str, str], completed: Mapping[str, str]) -> dict[str, str]:
    """The tags of a run whose steps read them in Dagster's history, where none can be removed.

    Args:
        stored: the tags that the history has.
        completed: those that the steps should see.

    Raises:
        StepError: what was picked is not there.
    """
    if unknown := completed.get(UNKNOWN_TAG):
        raise StepError(describe_unknown(unknown))
    tags = dict(completed)
    if RANGE_START in stored and PARTITION in tags:
        tags[RANGE_START] = tags[RANGE_END] = tags.pop(PARTITION)
    return tags


def _repos_of(job: str, settings: Settings) -> Sequence[str]:
    for mark, marked_job in JOBS_OF_MARKS.items():
        if job == marked_job:
            return settings.marked(mark)
    return settings.repos if job in (REFRESH_REPO, REFRESH_WATCHLIST, PUBLISH_REPORT) else ()


class PickingExecutor(WrappingExecutor):
    """Completes the tags of a run, and lets another executor carry it out."""

    def __init__(self, inner: dg.Executor, settings: Settings) -> None:
        super().__init__(inner)
        self._settings = settings

    def execute(self, plan_context: Any, execution_plan: Any) -> Iterator[dg.DagsterEvent]:
        """Carry out the run."""
        run: dg.DagsterRun = plan_context.dagster_run
        named = find_named(run.run_config)
        tags = {
            **complete_tags(run.job_name, run.tags, self._settings, named),
            **origin_tags(self._settings, run.run_config),
        }
        if self._settings.executor in REMOTE_EXECUTORS:
            tags = tags_for_workers(run.tags, tags)
            plan_context.instance.add_run_tags(run.run_id, tags)
        yield from self._inner.execute(self.with_tags(plan_context, tags), execution_plan)
