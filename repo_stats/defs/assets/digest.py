"""The asset `digest`: what changed in the last week."""

from collections.abc import Sequence
from datetime import datetime, timezone

import dagster as dg

from repo_stats.config.alerting import load_alerting
from repo_stats.defs.failing import RETRY_POLICY, retry_or_fail
from repo_stats.defs.steps.asset_specs import CODE_VERSION, OWNERS
from repo_stats.defs.steps.failures import plain_failures
from repo_stats.defs.steps.materializations import describe_whole
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.metrics.weeks import Week
from repo_stats.report.digest.markdown import DIGEST_PATH, write_markdown
from repo_stats.report.digest.reading import read_digest
from repo_stats.warehouse.schemas import REPO_STATISTICS, STAR_DAYS
from repo_stats.warehouse.tables import Tables

DIGEST = "digest"


def build_digest(partitions: dg.StaticPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, one digest for all repositories.

    Args:
        partitions: the watchlist.
    """
    repos = list(partitions.get_partition_keys())
    every = dg.AllPartitionMapping()

    @dg.asset(
        name=DIGEST,
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        group_name="statistics",
        owners=OWNERS,
        kinds={"markdown"},
        deps=[
            dg.AssetDep(schema.name, partition_mapping=every)
            for schema in (REPO_STATISTICS, STAR_DAYS)
        ],
    )
    def digest(context: dg.AssetExecutionContext, warehouse: WarehouseResource) -> None:
        """What changed in the last complete week (from Monday, UTC), as Markdown.

        For each repository: stars gained, and issues and pull requests opened, closed and merged if
        all of its items are stored; records and falls; and the issues that wait longest for a first
        answer. The text is `report/digest.md` in the warehouse. If there is a webhook
        (`REPO_STATS_WEBHOOK_URL`), each materialisation posts it.
        """
        webhook, _ = load_alerting()
        with plain_failures(context):
            week, text = _write_digest(context, warehouse.tables, repos)
        if webhook is not None:
            _post(context, webhook, text)
        facts = {
            "dagster/uri": warehouse.tables.files.uri(DIGEST_PATH),
            "week": week,
            "posted": webhook is not None,
            "digest": dg.MetadataValue.md(text),
        }
        describe_whole(context, facts)

    return digest


def _write_digest(
    context: dg.AssetExecutionContext, tables: Tables, repos: Sequence[str]
) -> tuple[str, str]:
    """Make the digest of the last complete week, and keep it; gives the week and the text."""
    now = datetime.now(timezone.utc)
    week = Week.last_complete(now)
    found = read_digest(tables, repos, week, now, context.log.warning, keeps=True)
    text = write_markdown(found, now)
    tables.files.write(DIGEST_PATH, text.encode())
    return str(week), text


def _post(context: dg.AssetExecutionContext, webhook: str, text: str) -> None:
    from repo_stats.alerts.webhook import post_digest  # only sensors import HTTP at once

    problem = post_digest(webhook, text)
    if problem is not None:
        retry_or_fail(problem, context.retry_number)
