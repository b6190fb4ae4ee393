"""The releases of simulated repositories, and the counters of their assets, which rise by time.

A list of releases has their assets, at most 100 of each. All of a release are in a list of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from repo_stats.simulator.listing import read_paging
from repo_stats.simulator.objects import API, WEB, stamp
from repo_stats.simulator.responses import base_url, conditional, dump, error
from repo_stats.simulator.world import JsonObject, Repository

EMBEDDED = 100
"""How many assets of a release are in the list of releases."""

_FILES = ("linux-x86_64.tar.gz", "macos-arm64.tar.gz", "windows-x86_64.zip", "checksums.txt")


def make_releases(
    full_name: str, number: int, latest: datetime, *, releases: int = 3, assets: int = 2
) -> list[JsonObject]:
    """Releases of a repository, the newest first, a month apart.

    Args:
        full_name: its owner/name.
        number: its id.
        latest: when the newest release was published (UTC).
        releases: how many there are.
        assets: how many assets each has.
    """
    return [
        _make_release(full_name, number, place, latest, releases, assets)
        for place in range(releases)
    ]


def _make_release(
    full_name: str, number: int, place: int, latest: datetime, releases: int, assets: int
) -> JsonObject:
    identity, tag = number * 100 + place, f"v1.{releases - 1 - place}.0"
    published = latest - timedelta(days=30 * place)
    url = f"{API}/repos/{full_name}/releases/{identity}"
    return {
        "url": url,
        "html_url": f"{WEB}/{full_name}/releases/tag/{tag}",
        "assets_url": f"{url}/assets",
        "id": identity,
        "node_id": f"RE_{identity}",
        "tag_name": tag,
        "target_commitish": "main",
        "name": tag,
        "draft": False,
        "prerelease": False,
        "created_at": stamp(published),
        "published_at": stamp(published),
        "assets": [
            make_asset(full_name, identity * 1_000 + index, _name_file(tag, index), published)
            for index in range(assets)
        ],
        "body": "",
    }


def _name_file(tag: str, index: int) -> str:
    batch, place = divmod(index, len(_FILES))
    return f"{tag}-{f'{batch}-' if batch else ''}{_FILES[place]}"


def make_asset(full_name: str, number: int, name: str, created: datetime) -> JsonObject:
    """A file of a release, which nobody has downloaded yet."""
    return {
        "url": f"{API}/repos/{full_name}/releases/assets/{number}",
        "id": number,
        "node_id": f"RA_{number}",
        "name": name,
        "label": None,
        "content_type": "application/octet-stream",
        "state": "uploaded",
        "size": 1_048_576,
        "download_count": 0,
        "created_at": stamp(created),
        "updated_at": stamp(created),
        "browser_download_url": f"{WEB}/{full_name}/releases/download/{name}",
    }


def count_downloads(asset: JsonObject, now: float) -> int:
    """How often an asset was downloaded until a moment, in epoch seconds: some times each day."""
    created = datetime.strptime(asset["created_at"], "%Y-%m-%dT%H:%M:%SZ")
    age = max(0.0, now - created.replace(tzinfo=timezone.utc).timestamp()) / 86_400
    return int(asset["download_count"] + age * (asset["id"] % 7))


def is_about_releases(below: str) -> bool:
    """Whether what is asked for below a repository are its releases."""
    return below == "releases" or below.startswith("releases/")


def list_releases(
    request: Request, caller: str | None, repository: Repository, now: float
) -> Response:
    """The response to a request for the releases of a repository, or the assets of one.

    Args:
        request: the request.
        caller: the token that it was sent with, if any.
        repository: the repository.
        now: the time in epoch seconds.
    """
    wanted = request.path_params.get("release")
    if wanted is None:
        listed = [
            {**release, "assets": _describe(release["assets"][:EMBEDDED], now)}
            for release in repository.releases
        ]
        return _respond(request, caller, listed, f"/repositories/{repository.id}/releases")
    for release in repository.releases:
        if release["id"] == wanted:
            path = f"/repositories/{repository.id}/releases/{wanted}/assets"
            return _respond(request, caller, _describe(release["assets"], now), path)
    return error(404, "Not Found")


def _describe(assets: Sequence[JsonObject], now: float) -> list[JsonObject]:
    return [{**asset, "download_count": count_downloads(asset, now)} for asset in assets]


def _respond(
    request: Request, caller: str | None, items: Sequence[JsonObject], path: str
) -> Response:
    query = request.query_params
    per_page, page = read_paging(query)
    body = dump(items[(page - 1) * per_page : page * per_page])
    response = conditional(request, caller, body, validated=body)
    if page * per_page < len(items):
        following = urlencode({**query, "page": page + 1})
        response.headers["link"] = f'<{base_url(request)}{path}?{following}>; rel="next"'
    return response
