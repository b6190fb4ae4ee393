"""When backlog, leaderboard and report are made again, and which of them.

Dagster numbers all events. What was recorded after the last number that a run was requested for is
new. So a run that fails is not requested again before there is something new.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import dagster as dg

from repo_stats.defs.jobs import (
    PARTITION,
    PUBLISH_REPORT,
    PUBLISHED,
    RANGE_START,
    REFRESH_REPO,
    REFRESH_WATCHLIST,
    REFRESHED,
    REPOSITORIES_TAG,
    name_repositories,
)
from repo_stats.defs.refresh_runs import REASON_TAG, is_unfinished, makes_all, range_of
from repo_stats.warehouse.schemas import (
    ISSUE_BACKLOG,
    LEADERBOARD,
    RELEASE_DOWNLOADS,
    REPO_HISTORY,
    REPO_STATISTICS,
    STAR_DAYS,
    TRAFFIC_DAYS,
)

CHANGED_WAIT = 600.0
"""The least seconds between two runs if numbers have changed."""

UNCHANGED_WAIT = 6 * 3600.0
"""The same if repositories were refreshed and their numbers are the same. Then only titles, ages
and the times of the last refresh are new in the report."""

HISTORY, STATISTICS, STARS = REPO_HISTORY.name, REPO_STATISTICS.name, STAR_DAYS.name

_REFRESHED = (HISTORY, STATISTICS, STARS)
"""What refreshes make."""

BACKLOG, RANKING, REPORT = ISSUE_BACKLOG.name, LEADERBOARD.name, "report"

DAILY = (TRAFFIC_DAYS.name, RELEASE_DOWNLOADS.name)

PUBLICATION = (*_REFRESHED, BACKLOG, RANKING, REPORT, *DAILY)
"""What the report is made from, directly or not, and the report."""


@dataclass(frozen=True)
class Recorded:
    """What Dagster's history says of an asset.

    Attributes:
        number: of its latest materialisation; 0 if there is none.
        time: of that, in seconds since the epoch.
        run_id: the run that made it.
    """

    number: int = 0
    time: float = 0.0
    run_id: str = ""


Assets: TypeAlias = Mapping[str, Recorded]


@dataclass(frozen=True)
class Decision:
    """Whether to publish.

    Attributes:
        handled: up to which number everything is published now, or will be by the request.
        reason: why there is no request.
        request: the run to start.
    """

    handled: int
    reason: str
    request: dg.RunRequest | None = None


def read_assets(instance: dg.DagsterInstance, names: Sequence[str]) -> dict[str, Recorded]:
    """What is known of some assets; one query."""
    found = dict.fromkeys(names, Recorded())
    for record in instance.get_asset_records([dg.AssetKey(name) for name in names]):
        made = record.asset_entry.last_materialization_record
        if made is not None:
            name = record.asset_entry.asset_key.to_user_string()
            found[name] = Recorded(made.storage_id, made.timestamp, made.run_id)
    return found


def decide(
    instance: dg.DagsterInstance,
    assets: Assets,
    watchlist: Sequence[str],
    handled: int,
    now: float,
) -> Decision:
    """Decide whether to make backlog, leaderboard and report, and which of them.

    What a running refresh records is not published before the refresh has ended. What was made by
    hand is not made again.

    Args:
        instance: with the history of runs.
        assets: see `read_assets`.
        watchlist: the repositories.
        handled: see `Decision`.
        now: in seconds since the epoch.
    """
    new = {n: assets[n] for n in PUBLICATION if _is_new(instance, n, assets, handled)}
    if not new:
        return Decision(handled, "Backlog, leaderboard and report are up to date.")
    if any(is_unfinished(instance, one.run_id) for one in new.values()):
        return Decision(handled, "A run is still recording what it has made.")
    newest = max(one.number for one in new.values())
    wait = UNCHANGED_WAIT if _are_numbers_the_same(instance, new) else CHANGED_WAIT
    last = next(
        iter(instance.get_run_records(dg.RunsFilter(job_name=PUBLISH_REPORT), limit=1)), None
    )
    if last is not None:
        run, created = last.dagster_run, last.create_timestamp.timestamp()
        if _is_whole(run) and created > max(one.time for one in new.values()):
            return Decision(newest, "Backlog, leaderboard and report were made by hand.")
        if is_unfinished(instance, run.run_id):
            return Decision(handled, "Backlog, leaderboard and report are being made.")
        if 0 <= now - created < wait:
            rest = (wait - (now - created)) / 60
            return Decision(handled, f"The report is made again in {rest:.0f} min.")
    changed = _find_changed(instance, watchlist, handled) if HISTORY in new else []
    selected = _select(instance, assets, changed, new)
    if not selected:
        return Decision(newest, "Backlog, leaderboard and report were made by hand.")
    return Decision(newest, "", _request(selected, changed, watchlist, f"publish {newest}"))


def _is_new(instance: dg.DagsterInstance, name: str, assets: Assets, handled: int) -> bool:
    """Whether an asset was made since the last request, and the report has to follow it."""
    recorded = assets[name]
    if recorded.number <= handled or name == REPORT:
        return False
    if name in (*_REFRESHED, *DAILY):
        return True
    # Backlog and leaderboard: only if they were made by hand, without the report.
    run = instance.get_run_by_id(recorded.run_id)
    is_by_hand = run is not None and run.job_name != PUBLISH_REPORT
    return is_by_hand and recorded.number > assets[REPORT].number


def _are_numbers_the_same(instance: dg.DagsterInstance, new: Assets) -> bool:
    """Whether all that is new is a refresh that added no row to a history, and no star."""
    if new.keys() != {STATISTICS}:
        return False
    run = instance.get_run_by_id(new[STATISTICS].run_id)
    if run is None or run.job_name not in (REFRESH_REPO, REFRESH_WATCHLIST):
        return False
    return makes_all(run, REFRESHED)


def _is_whole(run: dg.DagsterRun) -> bool:
    """Whether a run of the job has made everything, for all repositories."""
    is_picked = PARTITION in run.tags or RANGE_START in run.tags
    return run.is_success and makes_all(run, PUBLISHED) and not is_picked


def _find_changed(
    instance: dg.DagsterInstance, watchlist: Sequence[str], handled: int
) -> list[str]:
    """The repositories with new rows of history, without those whose backlog was made by hand."""
    storage = instance.event_log_storage
    made = storage.get_latest_storage_id_by_partition(
        dg.AssetKey(HISTORY), dg.DagsterEventType.ASSET_MATERIALIZATION
    )
    planned = storage.get_latest_storage_id_by_partition(
        dg.AssetKey(BACKLOG), dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    )
    return [repo for repo in watchlist if made.get(repo, 0) > max(handled, planned.get(repo, 0))]


def _select(
    instance: dg.DagsterInstance, assets: Assets, changed: Sequence[str], new: Assets
) -> list[str]:
    """The assets to make: without those that were made by hand since their inputs."""
    inputs = [new[name] for name in _REFRESHED if name in new]
    selected = []
    if changed and assets[BACKLOG].run_id != assets[HISTORY].run_id:
        selected.append(BACKLOG)
    if inputs and not _is_made(instance, RANKING, assets, inputs):
        selected.append(RANKING)
    if selected or not _is_made(instance, REPORT, assets, new.values()):
        selected.append(REPORT)
    return selected


def _is_made(
    instance: dg.DagsterInstance, asset: str, assets: Assets, inputs: Iterable[Recorded]
) -> bool:
    """Whether an asset was made after its inputs, or by the same run. Only runs by hand do that.

    A run that was planned before an input was recorded may have read what was there before.
    """
    newest = max(inputs, key=lambda recorded: recorded.number)
    is_same_run = assets[asset].run_id == newest.run_id and assets[asset].number > newest.number
    planned = instance.event_log_storage.get_latest_planned_materialization_info(dg.AssetKey(asset))
    return is_same_run or (planned is not None and planned.storage_id > newest.number)


def _request(
    selected: Sequence[str], changed: Sequence[str], watchlist: Sequence[str], key: str
) -> dg.RunRequest:
    """A run over the changed repositories and those between them; over all if none has changed."""
    span = list(watchlist)
    if changed:
        span = span[span.index(changed[0]) : span.index(changed[-1]) + 1]
    return dg.RunRequest(
        run_key=key,
        tags={
            REPOSITORIES_TAG: name_repositories(changed or watchlist),
            REASON_TAG: "statistics have changed" if changed else "repositories were refreshed",
            **range_of(span),
        },
        job_name=PUBLISH_REPORT,
        partition_key=span[0] if len(span) == 1 else None,
        asset_selection=[dg.AssetKey(name) for name in selected],
    )
