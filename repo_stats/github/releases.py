"""Reads how often the assets of a repository's releases were downloaded.

The requests are unconditional, as those for repositories are: nobody says that the ETag of a list
of releases covers the counters of their assets.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import EndlessListError, TransientError
from repo_stats.github.fields import FieldError, read_flag, read_number, read_text
from repo_stats.github.http.responses import ApiResponse

PER_PAGE = 100

MOST_ASSETS = 1_000
"""GitHub's own limit for one release."""

MOST_RELEASES = 10_000
"""GitHub lists no more."""


@dataclass(frozen=True)
class Asset:
    """A file of a release that can be downloaded.

    Attributes:
        release: the tag of its release.
        asset_id: GitHub's number of it.
        name: of the file.
        downloads: since it was uploaded.
    """

    release: str
    asset_id: int
    name: str
    downloads: int


@dataclass(frozen=True)
class ReleaseList:
    """The assets of all releases of a repository.

    Attributes:
        answered_on: GitHub's day (UTC) of the first answer.
        assets: by their numbers, in the order of the list.
    """

    answered_on: date
    assets: Mapping[int, Asset]


async def read_releases(
    client: GitHubClient, repo: str, full_name: str, known: Collection[int] = ()
) -> ReleaseList:
    """Read the assets of all published releases.

    A release that is published or deleted while several pages are read can hide another one between
    two pages. So if a known asset is missing then, the list is read a second time.

    Args:
        client: the API.
        repo: the repository as it is watched, for messages.
        full_name: the owner/name that it has now.
        known: the numbers of the assets that were there the last time.

    Raises:
        GitHubError: they cannot be read; see `GitHubClient.get`.
    """
    reader = _Reader(client, repo, f"{client.api_url}/repos/{full_name}/releases")
    try:
        found, pages = await reader.read_all()
        if pages == 1 or found.assets.keys() >= set(known):
            return found
        again, _ = await reader.read_all()
    except FieldError as error:
        raise TransientError(
            f"What GitHub tells of the releases of {repo} cannot be right ({error}); what is "
            "stored stays, try again later."
        ) from error
    return ReleaseList(found.answered_on, _join(found.assets, again.assets))


def _join(assets: Mapping[int, Asset], others: Mapping[int, Asset]) -> dict[int, Asset]:
    """The assets of two lists; of one that is in both, the larger counter."""
    joined = dict(assets)
    for number, asset in others.items():
        if number not in joined or asset.downloads >= joined[number].downloads:
            joined[number] = asset
    return joined


@dataclass(frozen=True)
class _Reader:
    client: GitHubClient
    repo: str
    url: str

    async def read_all(self) -> tuple[ReleaseList, int]:
        """Read the list once: what it has, and how many pages it was cut into."""
        assets: dict[int, Asset] = {}
        pages = await self._read_pages(self.url, MOST_RELEASES)
        for page in pages:
            for item in page.body:
                assets = _join(assets, await self._read_release(item))
        return ReleaseList(pages[0].server_date.date(), assets), len(pages)

    async def _read_release(self, item: Any) -> dict[int, Asset]:
        """The assets of a release. If it has too many to be embedded, their own list has them all.

        Nobody else sees a draft yet.
        """
        if not isinstance(item, dict):
            raise FieldError("a release is no object")
        if read_flag(item, "draft"):
            return {}
        tag, number = read_text(item, "tag_name"), read_number(item, "id", least=1)
        assets = parse_assets(item.get("assets"), tag)
        if len(item["assets"]) < PER_PAGE:
            return assets
        for page in await self._read_pages(f"{self.url}/{number}/assets", MOST_ASSETS):
            assets = _join(assets, parse_assets(page.body, tag))
        return assets

    async def _read_pages(self, url: str, most: int) -> list[ApiResponse]:
        pages: list[ApiResponse] = []
        next_url: str | None = f"{url}?per_page={PER_PAGE}"
        while next_url is not None:
            if len(pages) * PER_PAGE >= most:
                raise EndlessListError(
                    f"GitHub lists more than {most:,} releases or assets of {self.repo}, which is "
                    "more than it can have; check REPO_STATS_API_URL."
                )
            pages.append(await self.client.get(next_url, repo=self.repo, shape=list))
            next_url = pages[-1].next_url
        return pages


def parse_assets(items: Any, release: str) -> dict[int, Asset]:
    """Read the assets of a release that can be downloaded.

    Args:
        items: the objects.
        release: the tag of the release.

    Raises:
        FieldError: something is no asset, or there twice.
    """
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise FieldError("'assets' is no list of objects")
    uploaded = [item for item in items if read_text(item, "state") == "uploaded"]
    assets = [
        Asset(
            release,
            read_number(item, "id", least=1),
            read_text(item, "name"),
            read_number(item, "download_count"),
        )
        for item in uploaded
    ]
    found = {asset.asset_id: asset for asset in assets}
    if len(found) < len(assets):
        raise FieldError("an asset is there twice")
    return found
