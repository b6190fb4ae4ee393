"""Refreshes that are queued or running, and requests for new ones, so that none runs twice."""

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime, timedelta, timezone
from itertools import groupby
from typing import Any

import dagster as dg

from repo_stats.clock import MARGIN
from repo_stats.config.marks import Mark
from repo_stats.defs.cuts import CUT_TAG, Cut, tags_of_piece
from repo_stats.defs.jobs import (
    JOBS_OF_MARKS,
    PARTITION,
    RANGE_END,
    RANGE_START,
    REFRESH_REPO,
    REFRESH_WATCHLIST,
    REPOSITORIES_TAG,
    RESOLVE_WATCHLIST,
    name_repositories,
)
from repo_stats.defs.named_repositories import find_named, name_in_config

RUNNING = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

GIVEN_UP_AFTER = timedelta(hours=3)
"""A run that seems to run for longer was probably killed, and blocks nothing. Neither does one that
seems to begin in the future: the clock was ahead then."""

REASON_TAG = "repo_stats/reason"
"""Says why a schedule or sensor started a run. Runs that users start do not have it, unless they
repeat such a run: see `is_automatic`."""

_AUTOMATIC = {REASON_TAG, "dagster/schedule_name", "dagster/sensor_name"}

_READ_FOR: Mapping[Mark, str] = {
    "history": "issues",
    "traffic": "traffic_days",
    "downloads": "release_downloads",
}
"""The asset that is read for each mark; others of its job come with it."""

_REFRESHES = {REFRESH_WATCHLIST, REFRESH_REPO}

_REFRESHED = {dg.AssetKey("repo_metadata"), dg.AssetKey("open_issues")}


def find_running_repos(instance: dg.DagsterInstance, watchlist: Sequence[str]) -> set[str]:
    """The repositories of the refreshes that are queued or running.

    A refresh is a run of one of the jobs, or a run of its assets that somebody started by hand.
    """
    return _repos_of(_find_running(instance, _REFRESHES, _REFRESHED), watchlist)


def find_running_marked(
    instance: dg.DagsterInstance, mark: Mark, marked: Sequence[str]
) -> set[str]:
    """The repositories of the runs that read what a mark keeps, and are queued or running."""
    runs = _find_running(instance, {JOBS_OF_MARKS[mark]}, {dg.AssetKey(_READ_FOR[mark])})
    return _repos_of(runs, marked)


def is_reading_lists(instance: dg.DagsterInstance) -> bool:
    """Whether a run that reads the watchlist's lists is queued or running."""
    asset = dg.AssetKey("watched_repositories")
    return bool(_find_running(instance, {RESOLVE_WATCHLIST}, {asset}))


def find_requested(instance: dg.DagsterInstance, watchlist: Sequence[str], reason: str) -> set[str]:
    """The repositories of the runs that were started for a reason, of those that ended too."""
    return _repos_of(instance.get_runs(dg.RunsFilter(tags={REASON_TAG: reason})), watchlist)


def makes_all(run: dg.DagsterRun, assets: Collection[str]) -> bool:
    """Whether a run of a job makes all of its assets, and not only some that somebody selected."""
    selected = run.asset_selection
    return not selected or {dg.AssetKey(asset) for asset in assets} <= selected


def is_repeated_by_hand(run: dg.DagsterRun) -> bool:
    """Whether somebody repeated a run, or a part of it, with *Re-execute* in the UI.

    Dagster repeats runs as well, those whose process died, and counts these tries.
    """
    return "dagster/parent_run_id" in run.tags and "dagster/retry_number" not in run.tags


def is_automatic(run: dg.DagsterRun) -> bool:
    """Whether a schedule or sensor started a run. A run that somebody repeats keeps its tags."""
    return not _AUTOMATIC.isdisjoint(run.tags) and not is_repeated_by_hand(run)


def is_unfinished(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether a run is queued or running, or another piece of what it is a piece of."""
    if _are_any_running(instance, run_ids=[run_id]):
        return True
    run = instance.get_run_by_id(run_id)
    cut = None if run is None else run.tags.get(CUT_TAG)
    return cut is not None and _are_any_running(instance, tags={CUT_TAG: cut})


def _are_any_running(instance: dg.DagsterInstance, **wanted: Any) -> bool:
    since = datetime.now(timezone.utc) - GIVEN_UP_AFTER
    runs = dg.RunsFilter(**wanted, statuses=RUNNING, created_after=since)
    return bool(instance.get_run_records(runs, limit=1))


def _repos_of(runs: Iterable[dg.DagsterRun], watchlist: Sequence[str]) -> set[str]:
    return {repo for run in runs for repo in repos_of_run(run, watchlist)}


def repos_of_run(run: dg.DagsterRun, watchlist: Sequence[str]) -> list[str]:
    """The repositories of the watchlist that a run covers by its tags; all if it names none.

    The watchlist may have had another order when the run began.
    """
    if PARTITION in run.tags:
        return [repo for repo in watchlist if repo == run.tags[PARTITION]]
    if named := find_named(run.run_config):
        return [repo for repo in watchlist if repo in named]
    try:
        ends = [watchlist.index(run.tags[end]) for end in (RANGE_START, RANGE_END)]
    except (KeyError, ValueError):
        return list(watchlist)
    return list(watchlist[min(ends) : max(ends) + 1])


def _find_running(
    instance: dg.DagsterInstance, jobs: Collection[str], assets: Set[dg.AssetKey]
) -> list[dg.DagsterRun]:
    """The queued or running runs of some jobs, or of some assets by hand."""
    now = datetime.now(timezone.utc)
    recent = dg.RunsFilter(
        statuses=RUNNING,
        created_after=now - GIVEN_UP_AFTER,
        created_before=now + timedelta(seconds=MARGIN),
    )
    records = instance.get_run_records(recent)
    runs = [record.dagster_run for record in records]
    return [
        run
        for run in runs
        if run.job_name in jobs or not assets.isdisjoint(run.asset_selection or ())
    ]


MOST_RUNS = 3
"""The most runs that are requested at once. Each takes seconds to begin and to end."""

FIRST_WAIT, LONGEST_WAIT = 120.0, 3600.0
"""Seconds until a refresh that failed is requested again; the wait doubles each time."""


def wait_after(attempts: int) -> float:
    """Seconds until a refresh may be requested again, after so many requests without success."""
    doublings = min(attempts - 1, 10)  # past the longest wait already; 2.0**1024 would overflow
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0**doublings) if attempts > 0 else 0.0


def request_refreshes(
    repos: Collection[str],
    watchlist: Sequence[str],
    reason: str,
    key: str,
    *,
    cut: Cut,
    job: str = REFRESH_WATCHLIST,
    config: dg.RunConfig | None = None,
    assets: Sequence[str] = (),
) -> list[dg.RunRequest]:
    """Request a run for each group of neighbours in the watchlist, or one if these are many.

    That one covers the watchlist from the first of the repositories to the last, and works on no
    other one between them: see `RefreshOptions`. So does each piece if they are too many for one.

    Args:
        repos: what to refresh.
        watchlist: all repositories, in their order.
        reason: why, for the run's tags.
        key: identifies this request: Dagster starts a run with the same key only once.
        cut: how large a run may be.
        job: the job to run.
        config: of the runs; None to send conditional requests for everything, however fresh it is.
        assets: those of the job's assets to make; empty for all.
    """
    selected = [dg.AssetKey(asset) for asset in assets] or None
    options = _to_dict(revalidation() if config is None else config)
    pieces = cut.make_pieces(repos, watchlist)
    groups = _group_neighbours(repos, watchlist)
    is_named = len(pieces) > 1 or len(groups) > MOST_RUNS
    return [
        dg.RunRequest(
            run_key=f"{key} {group[0]}",
            run_config=name_in_config(options, group) if is_named else options,
            tags={**_describe(group, reason), **tags_of_piece(key, place, len(pieces))},
            job_name=job,
            partition_key=group[0] if len(group) == 1 else None,
            asset_selection=selected,
        )
        for place, group in enumerate(pieces if is_named else groups, start=1)
    ]


def _to_dict(config: dg.RunConfig) -> dict[str, Any]:
    options: dict[str, Any] = config.to_config_dict()  # type: ignore[no-untyped-call]
    return options


def range_of(group: Sequence[str]) -> dict[str, str]:
    """The tags of a run over several repositories; a single one is picked by its partition key."""
    return {} if len(group) == 1 else {RANGE_START: group[0], RANGE_END: group[-1]}


def _describe(group: Sequence[str], reason: str) -> dict[str, str]:
    """The tags of a run."""
    return {
        REPOSITORIES_TAG: name_repositories(group),
        REASON_TAG: reason,
        **range_of(group),
    }


def revalidation() -> dg.RunConfig:
    """The configuration of a run that asks GitHub for everything again, however fresh it is."""
    return dg.RunConfig(resources={"refresh": {"config": {"revalidate": True}}})


def _group_neighbours(repos: Collection[str], watchlist: Sequence[str]) -> list[list[str]]:
    wanted = frozenset(repos)
    runs = groupby(watchlist, lambda repo: repo in wanted)
    return [list(group) for is_wanted, group in runs if is_wanted]
