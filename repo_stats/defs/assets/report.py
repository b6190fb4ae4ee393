"""The asset `report`: HTML pages with the statistics of the watchlist."""

import base64
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg

from repo_stats.defs.failing import RETRY_POLICY, retry_or_fail
from repo_stats.defs.steps.asset_specs import CODE_VERSION, OWNERS
from repo_stats.defs.steps.failures import plain_failures
from repo_stats.defs.steps.materializations import describe_whole
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.warehouse.schemas import ISSUE_BACKLOG, LEADERBOARD, REPO_STATISTICS, STAR_DAYS

if TYPE_CHECKING:
    from repo_stats.report.publish import Publication

REPORT = "report"

_SHOWN = (REPO_STATISTICS.name, STAR_DAYS.name, ISSUE_BACKLOG.name)
"""What it shows of every repository, beside the leaderboard."""

_MOST_PICTURE_BYTES = 100_000
"""Dagster keeps a picture in the metadata of every materialisation, so a large one is left out."""


def build_report(
    partitions: dg.StaticPartitionsDefinition, daily: Sequence[str] = ()
) -> dg.AssetsDefinition:
    """The asset, one report for all repositories.

    Args:
        partitions: the watchlist.
        daily: the assets that are read once a day, and that it shows.
    """
    repos = list(partitions.get_partition_keys())

    @dg.asset(
        name=REPORT,
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        group_name="statistics",
        owners=OWNERS,
        kinds={"altair", "html"},
        deps=[*_depend_on_every((*_SHOWN, *daily)), LEADERBOARD.name],
    )
    def report(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> None:
        """HTML pages with the statistics; start at `report/index.html` in the warehouse.

        One page for all repositories, one for each, one for each owner of several, and one that
        compares repositories: numbers with their meaning, charts, and sortable tables. They load
        nothing from elsewhere, and open straight from the disk. A repository that was never
        refreshed has no page yet. Only what changed is written: `written` counts these files.
        """
        # only this asset needs the chart libraries, and importing them takes long
        from repo_stats.report.charts import RenderingError
        from repo_stats.report.publish import publish

        try:
            with plain_failures(context):
                publication = publish(warehouse.files, repos, datetime.now(timezone.utc))
        except RenderingError as error:
            retry_or_fail(str(error), context.retry_number)
        for warning in publication.warnings:
            context.log.warning(warning)
        context.log.info(f"The report is at {publication.path}")
        describe_whole(context, _facts(publication))

    return report


def _depend_on_every(assets: Sequence[str]) -> list[dg.AssetDep]:
    """Dependencies on all partitions of some assets."""
    every = dg.AllPartitionMapping()
    return [dg.AssetDep(asset, partition_mapping=every) for asset in assets]


def link_to(page: str) -> dict[str, dg.MetadataValue[str]]:
    """The metadata that lead to the first page: its path to copy, and a link if it can be opened.

    A browser does not follow a link from a web page to a file. But it opens the address of such a
    link, copied into its address bar.

    Args:
        page: the absolute path or URL of the page.
    """
    place: dict[str, dg.MetadataValue[str]] = {"first_page": dg.MetadataValue.path(page)}
    scheme, separator, _ = page.partition("://")
    if not separator:
        return {**place, "link": dg.MetadataValue.url(Path(page).as_uri())}
    if scheme in ("file", "http", "https"):
        return {**place, "link": dg.MetadataValue.url(page)}
    return place


def _facts(publication: "Publication") -> dict[str, Any]:
    facts: dict[str, Any] = {
        "dagster/uri": publication.path,
        **link_to(publication.path),
        "pages": publication.pages,
        "written": publication.written,
        "bytes": publication.size,
        "seconds": round(publication.seconds, 2),
    }
    if len(publication.picture) <= _MOST_PICTURE_BYTES:
        picture = base64.b64encode(publication.picture).decode()
        facts["open_items"] = dg.MetadataValue.md(
            f"![Open issues and pull requests](data:image/png;base64,{picture})"
        )
    return facts
