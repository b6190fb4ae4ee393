"""The asset `report`: pages to look at."""

import base64
from datetime import datetime, timezone

import dagster as dg

from repo_stats.defs.resources import WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, OWNERS
from repo_stats.defs.steps.failures import RETRY_POLICY, plain_failures
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.schemas import ISSUE_BACKLOG, LEADERBOARD, REPO_STATISTICS

REPORT = "report"


_MOST_BYTES = 100_000
"""Of a picture in the metadata, which Dagster keeps for each materialisation."""


def build_report(partitions: dg.StaticPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, of all repositories of the watchlist together.

    Args:
        partitions: the watchlist.
    """
    repos = list(partitions.get_partition_keys())
    every = dg.AllPartitionMapping()

    @dg.asset(
        name=REPORT,
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        group_name="statistics",
        owners=OWNERS,
        kinds={"altair", "html"},
        deps=[
            dg.AssetDep(REPO_STATISTICS.name, partition_mapping=every),
            dg.AssetDep(ISSUE_BACKLOG.name, partition_mapping=every),
            LEADERBOARD.name,
        ],
    )
    def report(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> None:
        """Pages to look at, in `report/index.html` of the warehouse.

        One page for all repositories and one for each: numbers with their age and meaning, charts
        of stars, backlog, ages and authors, tables that sort. They need nothing from anywhere
        else, and open from the disk. A repository that was never refreshed has no page yet.
        """
        # charts are for those who look at them
        from repo_stats.report.publish import publish
        from repo_stats.report.rendering import RenderingError

        try:
            with plain_failures(context):
                publication = publish(Files(warehouse.root), repos, datetime.now(timezone.utc))
        except RenderingError as error:
            raise dg.Failure(str(error)) from None
        for warning in publication.warnings:
            context.log.warning(warning)
        context.log.info(f"The report is at {publication.path}")
        metadata: dict[str, dg.RawMetadataValue] = {
            "dagster/uri": publication.path,
            "pages": publication.pages,
            "bytes": publication.size,
            "seconds": round(publication.seconds, 2),
        }
        if len(publication.picture) <= _MOST_BYTES:
            picture = base64.b64encode(publication.picture).decode()
            metadata["open_items"] = dg.MetadataValue.md(
                f"![Open issues and pull requests](data:image/png;base64,{picture})"
            )
        context.add_asset_metadata(metadata)

    return report
