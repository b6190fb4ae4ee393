"""The two months before the demo: the traffic and downloads that earlier readings would have left.

GitHub tells only of the last 14 days. What is stored is what the simulated GitHub would have told.
"""

from datetime import datetime, timedelta

from repo_stats.github.fields import parse_time
from repo_stats.github.releases import Asset, ReleaseList, parse_assets
from repo_stats.github.traffic import DailyCounts, TrafficSnapshot
from repo_stats.metrics.downloads import append_downloads
from repo_stats.metrics.traffic import merge_days
from repo_stats.simulator.releases import count_downloads
from repo_stats.simulator.showcase import PROJECTS, build_repository
from repo_stats.simulator.traffic import count_days
from repo_stats.simulator.world import Repository
from repo_stats.warehouse.schemas import RELEASE_DOWNLOADS, TRAFFIC_DAYS
from repo_stats.warehouse.tables import Tables

DAYS = 60
"""How far the past goes back."""

_DAYS_BETWEEN = 4
"""Days from one reading to the next: each day of traffic is in several of them."""

MEASURED = tuple(project.full_name for project in PROJECTS[:2])
"""The repositories of the demo whose traffic and downloads are kept."""


def store_audiences(tables: Tables, day: datetime) -> None:
    """Store what was read before the demo, of each repository that has nothing yet.

    Args:
        tables: the warehouse's tables.
        day: the moment that the world was built for (UTC).

    Raises:
        WarehouseError: it cannot be stored.
    """
    for project in PROJECTS:
        repo = project.full_name
        if repo in MEASURED and not tables.has(TRAFFIC_DAYS, repo):
            _store(tables, repo, build_repository(project, day), day)


def _store(tables: Tables, repo: str, repository: Repository, day: datetime) -> None:
    days, downloads = None, None
    for ago in range(DAYS, 0, -_DAYS_BETWEEN):
        moment = day - timedelta(days=ago)
        days = merge_days(days, _take_snapshot(repository, moment), repo, repository.id)
        releases = ReleaseList(moment.date(), _list_assets(repository, moment))
        appended = append_downloads(downloads, releases, repo, repository.id)
        downloads = downloads if appended.rows is None else appended.rows
    for schema, rows in ((TRAFFIC_DAYS, days), (RELEASE_DOWNLOADS, downloads)):
        if rows is not None:
            tables.write(schema, repo, rows)


def _take_snapshot(repository: Repository, moment: datetime) -> TrafficSnapshot:
    views, clones = (
        DailyCounts(moment.date(), count_days(repository, kind, moment))
        for kind in ("views", "clones")
    )
    return TrafficSnapshot(moment, views, clones, (), ())


def _list_assets(repository: Repository, moment: datetime) -> dict[int, Asset]:
    """The assets of the releases that were published at a moment."""
    published = [r for r in repository.releases if parse_time(r["published_at"]) <= moment]
    assets: dict[int, Asset] = {}
    for release in published:
        counted = [
            {**asset, "download_count": count_downloads(asset, moment.timestamp())}
            for asset in release["assets"]
        ]
        assets |= parse_assets(counted, release["tag_name"])
    return assets
