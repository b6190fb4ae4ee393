"""What a refresh makes of an asset follows it too if somebody materialises that asset by hand."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial

import dagster as dg

from repo_stats.defs.cuts import Cut
from repo_stats.defs.jobs import REFRESH_REPO, REFRESH_WATCHLIST, REFRESHED
from repo_stats.defs.refresh_runs import (
    find_running_repos,
    is_repeated_by_hand,
    is_unfinished,
    makes_all,
    request_refreshes,
)
from repo_stats.warehouse.schemas import (
    ISSUES_PER_USER,
    OPEN_ISSUES,
    REPO_METADATA,
    REPO_STATISTICS,
)

FOLLOWERS: Mapping[str, tuple[str, ...]] = {
    REPO_METADATA.name: (REPO_STATISTICS.name,),
    OPEN_ISSUES.name: (ISSUES_PER_USER.name, REPO_STATISTICS.name),
    ISSUES_PER_USER.name: (REPO_STATISTICS.name,),
}
"""What is made from each asset of a refresh, without further requests to GitHub."""

_MOST_RECORDS = 1_000
"""The most materialisations of an asset that a tick reads; the next tick reads the others."""


@dataclass
class HandMade:
    """What follows the materialisations that were read.

    Attributes:
        seen: the storage id up to which materialisations were read.
        due: the assets that follow, by repository.
    """

    seen: int
    due: dict[str, set[str]] = field(default_factory=dict)


def find_hand_made(
    instance: dg.DagsterInstance, seen: int, latest: int, watchlist: Sequence[str]
) -> HandMade:
    """Find what was materialised by hand, and what follows it.

    A refresh makes all of these assets itself, or leaves them as they are if something went wrong.
    It is never followed, not even half way. If somebody repeats a refresh, it may be a part of one,
    so that is followed as a run by hand. A run by hand is followed when it has ended, and not
    while a refresh of the same repository is running: that makes all of them anyway.

    Args:
        instance: with the history of materialisations.
        seen: the storage id up to which it was read before.
        latest: the latest storage id of one of the assets.
        watchlist: the repositories.
    """
    if latest <= seen:
        return HandMade(seen)
    records, end = _read(instance, seen, latest)
    found = HandMade(end)
    run_ids = {record.run_id for record in records}  # one run may have made them all
    runs = {run_id: instance.get_run_by_id(run_id) for run_id in run_ids}
    is_running = cache(partial(is_unfinished, instance))
    running = find_running_repos(instance, watchlist)
    made_at: dict[tuple[str, str], int] = {}
    for record in records:
        repo = str(record.partition_key)
        assets = _followers(record.asset_key, runs[record.run_id]) if repo in watchlist else []
        if assets and (repo in running or is_running(record.run_id)):
            found.seen = record.storage_id - 1
            break
        made_at |= dict.fromkeys([(asset, repo) for asset in assets], record.storage_id)
    for asset, repo in _not_made_since(instance, made_at):
        found.due.setdefault(repo, set()).add(asset)
    return found


def request_followers(
    due: Mapping[str, Collection[str]], watchlist: Sequence[str], key: str, cut: Cut
) -> list[dg.RunRequest]:
    """Request runs that make what follows, as few as possible."""
    by_assets: dict[frozenset[str], list[str]] = {}
    for repo, assets in due.items():
        by_assets.setdefault(frozenset(assets), []).append(repo)
    return [
        request
        for assets, repos in by_assets.items()
        for request in request_refreshes(
            repos,
            watchlist,
            "its inputs were materialised by hand",
            f"{key} {' '.join(sorted(assets))}",
            cut=cut,
            config=dg.RunConfig(),
            assets=sorted(assets),
        )
    ]


def _read(
    instance: dg.DagsterInstance, seen: int, latest: int
) -> tuple[list[dg.EventLogRecord], int]:
    """The materialisations after a storage id in their order, and up to where they are complete."""
    records: list[dg.EventLogRecord] = []
    end = latest
    for asset in FOLLOWERS:
        wanted = dg.AssetRecordsFilter(
            dg.AssetKey(asset), after_storage_id=seen, before_storage_id=latest + 1
        )
        result = instance.fetch_materializations(wanted, _MOST_RECORDS, ascending=True)
        records += result.records
        if len(result.records) == _MOST_RECORDS:
            end = min(end, result.records[-1].storage_id)
    complete = [record for record in records if record.storage_id <= end]
    return sorted(complete, key=lambda record: record.storage_id), end


def _followers(asset: dg.AssetKey | None, run: dg.DagsterRun | None) -> list[str]:
    """What follows an asset that a run has made, and is not made by the same run."""
    if run is None or asset is None:
        return []
    is_refresh = run.job_name in (REFRESH_REPO, REFRESH_WATCHLIST) and makes_all(run, REFRESHED)
    if is_refresh and not is_repeated_by_hand(run):
        return []
    # A run that is repeated in part keeps the selection of the whole.
    made = () if run.step_keys_to_execute else run.asset_selection or ()
    selected = {key.to_user_string() for key in made}
    return [one for one in FOLLOWERS[asset.to_user_string()] if one not in selected]


def _not_made_since(
    instance: dg.DagsterInstance, made_at: Mapping[tuple[str, str], int]
) -> list[tuple[str, str]]:
    """The assets and repositories that were not made after the storage id given for them."""
    made = dg.DagsterEventType.ASSET_MATERIALIZATION
    latest = {
        asset: instance.event_log_storage.get_latest_storage_id_by_partition(
            dg.AssetKey(asset), made
        )
        for asset in {asset for asset, _ in made_at}
    }
    return [
        (asset, repo) for (asset, repo), at in made_at.items() if latest[asset].get(repo, 0) < at
    ]
