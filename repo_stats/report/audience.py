"""Who looks at a repository, clones it and downloads its releases: what a page shows of that.

Only repositories with `traffic: true` or `downloads: true` in the watchlist have these numbers. As
uniques of several days do not add up, no sum of them is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from repo_stats.metrics.history import of_current_repository
from repo_stats.warehouse.frames import Records
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import (
    RELEASE_DOWNLOADS,
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
    TableSchema,
)
from repo_stats.warehouse.tables import Tables

_KINDS: Mapping[str, Mapping[str, str]] = {
    "views": {"views": "views", "unique visitors": "view_uniques"},
    "clones": {"clones": "clones", "unique cloners": "clone_uniques"},
}
"""The lines of each chart of traffic, and their columns."""


@dataclass(frozen=True)
class Audience:
    """What is shown; empty where nothing is kept.

    Attributes:
        views: views and distinct visitors by day.
        clones: clones and distinct cloners by day.
        downloads: the downloads of all release assets so far, by day.
        taken_on: the day (UTC) of the last snapshot of sites and pages; None if there is none.
        referrers: the sites that most visitors came from, in the 14 days before.
        paths: the pages that were looked at most, in the 14 days before.
        assets: the release assets with their last counters, the largest first.
    """

    views: Records = field(default_factory=list)
    clones: Records = field(default_factory=list)
    downloads: Records = field(default_factory=list)
    taken_on: date | None = None
    referrers: Records = field(default_factory=list)
    paths: Records = field(default_factory=list)
    assets: Records = field(default_factory=list)


def read_audience(tables: Tables, repo: str) -> tuple[Audience, dict[str, str]]:
    """Read what is shown of a repository.

    Returns:
        What is shown, and why some of it cannot be read, by the name of its chart.
    """
    schemas = {
        "views": TRAFFIC_DAYS,
        "referrers": TRAFFIC_REFERRERS,
        "paths": TRAFFIC_PATHS,
        "downloads": RELEASE_DOWNLOADS,
    }
    found, unreadable = try_each(schemas, lambda name: _read(tables, schemas[name], repo))
    rows = {name: found.get(name, schemas[name].arrow.empty_table()) for name in schemas}
    if "views" in unreadable:
        unreadable["clones"] = unreadable["views"]  # made from the same table
    referrers, paths = (last_snapshot(rows[name]) for name in ("referrers", "paths"))
    return Audience(
        **{chart: list_days(rows["views"], kinds) for chart, kinds in _KINDS.items()},
        downloads=add_up_downloads(rows["downloads"]),
        taken_on=max((row["taken_on"] for row in (*referrers, *paths)), default=None),
        referrers=[_pick(row, "referrer", "views", "uniques") for row in referrers],
        paths=[_pick(row, "path", "title", "views", "uniques") for row in paths],
        assets=list_assets(rows["downloads"]),
    ), unreadable


def _read(tables: Tables, schema: TableSchema, repo: str) -> pa.Table:
    rows = tables.find_kept_rows(schema, repo)
    return schema.arrow.empty_table() if rows is None else of_current_repository(rows)


def _pick(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def list_days(days: pa.Table, kinds: Mapping[str, str]) -> Records:
    """The numbers of each day that was over when it was last seen, one row for each kind.

    Args:
        days: rows of `traffic_days` of one repository.
        kinds: the column of each kind.
    """
    is_over = pc.less(days["day"], days["seen_at"].cast(pa.date32()))
    return [
        {"day": str(row["day"]), "kind": kind, "value": row[column]}
        for row in days.filter(is_over).to_pylist()
        for kind, column in kinds.items()
    ]


def last_snapshot(popular: pa.Table) -> Records:
    """The rows of the last snapshot, of those of one repository."""
    latest = pc.max(popular["taken_on"])
    return list(popular.filter(pc.equal(popular["taken_on"], latest)).to_pylist())


def add_up_downloads(downloads: pa.Table) -> Records:
    """The downloads of all assets so far, also of those that are gone, on each day with a row.

    Args:
        downloads: rows of `release_downloads` of one repository.
    """
    counters: dict[int, int] = {}
    totals: dict[str, int] = {}
    total = 0
    for row in downloads.to_pylist():
        total += row["downloads"] - counters.get(row["asset_id"], 0)
        counters[row["asset_id"]] = row["downloads"]
        totals[str(row["day"])] = total
    return [{"day": day, "value": value} for day, value in totals.items()]


def list_assets(downloads: pa.Table) -> Records:
    """Each asset with its last counter, the largest first; equals in the order of the table.

    Args:
        downloads: rows of `release_downloads` of one repository.
    """
    assets: dict[int, dict[str, Any]] = {}
    for row in downloads.to_pylist():
        known = assets.get(row["asset_id"], {})
        assets[row["asset_id"]] = {
            **_pick(row, "release", "asset", "downloads"),
            "read_since": known.get("read_since", row["day"]),
            "changed_on": row["day"],
            "is_retired": row["is_retired"],
        }
    return sorted(assets.values(), key=lambda asset: -asset["downloads"])
