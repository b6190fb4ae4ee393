"""The counters of release assets over time: a row for each day on which one had changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from repo_stats.github.releases import Asset, ReleaseList
from repo_stats.warehouse.frames import Records, join_frames, to_frame
from repo_stats.warehouse.schemas import RELEASE_DOWNLOADS


@dataclass(frozen=True)
class AppendedDownloads:
    """The rows of `release_downloads` after the releases were read.

    Attributes:
        rows: all rows; None if nothing changed.
        fallen: what is wrong with counters that are lower than before, in a sentence each.
    """

    rows: pd.DataFrame | None
    fallen: tuple[str, ...] = ()


def append_downloads(
    stored: pd.DataFrame | None, releases: ReleaseList, repo: str, repo_id: int
) -> AppendedDownloads:
    """Add a row for each asset that is new, was downloaded since, or is gone.

    A second reading of a day takes the place of the first one. A counter that is lower than before
    is not stored: no download can be undone.

    Args:
        stored: the rows before; None if there are none. One name may have belonged to two
            repositories: the rows of the other one stay as they are.
        releases: what GitHub told.
        repo: the repository as it is watched.
        repo_id: its number.
    """
    if stored is None:
        stored = to_frame(RELEASE_DOWNLOADS, [])
    last = last_rows(stored, repo_id)
    fallen = [
        _describe_fall(repo, asset, last[number])
        for number, asset in releases.assets.items()
        if number in last and asset.downloads < last[number]["downloads"]
    ]
    rows: Records = [
        _make_row(asset, releases.answered_on, repo, repo_id)
        for number, asset in releases.assets.items()
        if _is_news(asset, last.get(number))
    ]
    rows += [
        {**row, "repo": repo, "day": releases.answered_on, "is_retired": True}
        for number, row in last.items()
        if number not in releases.assets and not row["is_retired"]
    ]
    if not rows:
        return AppendedDownloads(None, tuple(fallen))
    replaced = {row["asset_id"] for row in rows}
    is_replaced = (
        (stored["repo_id"] == repo_id)
        & (stored["day"] == releases.answered_on)
        & stored["asset_id"].isin(replaced)
    )
    parts = [stored[~is_replaced], to_frame(RELEASE_DOWNLOADS, rows)]
    return AppendedDownloads(join_frames(RELEASE_DOWNLOADS, parts), tuple(fallen))


def last_rows(stored: pd.DataFrame, repo_id: int) -> dict[int, dict[Any, Any]]:
    """The last row of each asset of a repository, by the asset's number."""
    own = stored[stored["repo_id"] == repo_id].drop_duplicates("asset_id", keep="last")
    return {row["asset_id"]: row for row in own.to_dict("records")}


def find_listed(stored: pd.DataFrame | None, repo_id: int) -> set[int]:
    """The numbers of the assets that GitHub listed the last time.

    Args:
        stored: rows of `release_downloads`; None if there are none.
        repo_id: the number of the repository.
    """
    rows = {} if stored is None else last_rows(stored, repo_id)
    return {number for number, row in rows.items() if not row["is_retired"]}


def _is_news(asset: Asset, last: Mapping[Any, Any] | None) -> bool:
    """Whether an asset is new or back, or its counter has risen."""
    if last is None:
        return True
    if asset.downloads < last["downloads"]:
        return False
    return bool(last["is_retired"]) or asset.downloads > last["downloads"]


def _make_row(asset: Asset, day: date, repo: str, repo_id: int) -> dict[str, Any]:
    return {
        "repo": repo,
        "repo_id": repo_id,
        "release": asset.release,
        "asset_id": asset.asset_id,
        "asset": asset.name,
        "day": day,
        "downloads": asset.downloads,
        "is_retired": False,
    }


def _describe_fall(repo: str, asset: Asset, last: Mapping[Any, Any]) -> str:
    return (
        f"The downloads of {asset.name} (asset {asset.asset_id} of {asset.release}) of {repo} fell "
        f"from {last['downloads']} to {asset.downloads}, which no counter does; the lower count is "
        "not stored."
    )
