"""The runs that hold what is known of an asset. Without them, an asset would lose its status.

Dagster removes the events of a run together with the run. What the UI, automation and our own steps
know of a partition is in its latest events: its materialisation with metadata and data version, its
observation, and a run that was to materialise it and failed. The same goes for checks.
"""

from collections.abc import Callable, Collection, Iterator, Sequence

import dagster as dg

from repo_stats.defs.partitions import ISSUE_PAGE_PARTITIONS
from repo_stats.warehouse.schemas import ISSUE_PAGES

_CHUNK = 500
"""How many events are read at once; a query of SQLite has room for so many numbers."""


def find_held_runs(
    instance: dg.DagsterInstance,
    assets: Collection[dg.AssetKey],
    checks: Collection[dg.AssetCheckKey],
) -> set[str]:
    """The ids of the runs that hold the latest events of assets, of their partitions and checks."""
    held = {*_hold_assets(instance, assets)}
    for asset in assets:
        held.update(_hold_partitions(instance, asset))
    for check in checks:
        record = instance.get_latest_asset_check_evaluation_record(check)
        if record is not None:
            held.add(record.run_id)
    return held


def _hold_assets(instance: dg.DagsterInstance, assets: Collection[dg.AssetKey]) -> Iterator[str]:
    """The runs of the latest events of assets, whatever their partitions."""
    for record in instance.get_asset_records(list(assets)):
        entry = record.asset_entry
        if entry.last_run_id is not None:
            yield entry.last_run_id
        if entry.last_materialization_record is not None:
            yield entry.last_materialization_record.run_id
    for asset in assets:
        for observation in instance.fetch_observations(asset, limit=1).records:
            yield observation.run_id


def _hold_partitions(instance: dg.DagsterInstance, asset: dg.AssetKey) -> Iterator[str]:
    """The runs of the latest events of each partition of an asset."""
    storage = instance.event_log_storage
    is_current = _current_partitions(instance, asset)
    for kind, fetch in (
        (dg.DagsterEventType.ASSET_MATERIALIZATION, instance.fetch_materializations),
        (dg.DagsterEventType.ASSET_OBSERVATION, instance.fetch_observations),
    ):
        latest = storage.get_latest_storage_id_by_partition(asset, kind)
        ids = [storage_id for key, storage_id in latest.items() if is_current(key)]
        for chunk in _split(ids):
            found = fetch(dg.AssetRecordsFilter(asset, storage_ids=chunk), limit=len(chunk))
            yield from (record.run_id for record in found.records)
    attempts = storage.get_latest_asset_partition_materialization_attempts_without_materializations(
        asset
    )
    yield from (run_id for key, (run_id, _) in attempts.items() if is_current(key))


def _current_partitions(instance: dg.DagsterInstance, asset: dg.AssetKey) -> Callable[[str], bool]:
    """Tells which partitions exist. Pages come and go, and those that are gone hold nothing."""
    if asset != dg.AssetKey(ISSUE_PAGES.name):
        return lambda key: True
    return set(instance.get_dynamic_partitions(str(ISSUE_PAGE_PARTITIONS.name))).__contains__


def _split(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
