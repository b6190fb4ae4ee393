"""Changes of the assets of releases: downloaded, uploaded again, deleted."""

from collections.abc import Callable
from datetime import datetime, timezone

from repo_stats.simulator.releases import make_asset
from repo_stats.simulator.world import JsonObject, Repository

AssetChange = Callable[[Repository, list[JsonObject], int, float], None]
"""Changes one of the assets of a release: the one at a place in their list, in epoch seconds."""


def change_asset(repository: Repository, index: int, change: AssetChange, at: float) -> None:
    """Change an asset of a repository; nothing happens if it has none.

    Args:
        repository: the repository.
        index: the asset's position among all of its assets; counting starts again after the last.
        change: the change.
        at: when it happens, in epoch seconds.
    """
    places = [
        (release["assets"], place)
        for release in repository.releases
        for place in range(len(release["assets"]))
    ]
    if places:
        assets, place = places[index % len(places)]
        change(repository, assets, place, at)


def download(_: Repository, assets: list[JsonObject], place: int, _at: float) -> None:
    """Download an asset once."""
    assets[place]["download_count"] += 1


def upload_again(repository: Repository, assets: list[JsonObject], place: int, at: float) -> None:
    """Replace an asset by a new one of the same name."""
    taken = [asset["id"] for release in repository.releases for asset in release["assets"]]
    created = datetime.fromtimestamp(at, timezone.utc)
    name = assets[place]["name"]
    assets[place] = make_asset(repository.full_name, max(taken) + 7, name, created)


def delete_asset(_: Repository, assets: list[JsonObject], place: int, _at: float) -> None:
    """Delete an asset."""
    del assets[place]
