"""The assets of a repository's traffic, which one step reads: views, clones, referrers, paths."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from functools import partial
from typing import Any

import dagster as dg

from repo_stats.defs.assets.issue_pages import NO_PARTITION
from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.asset_specs import BACKFILL_POLICY, asset_spec
from repo_stats.defs.steps.checks import refreshed_check
from repo_stats.defs.steps.daily_readings import DailyReading, NamedRepository, read_each
from repo_stats.defs.steps.failures import ask, plain_failures
from repo_stats.defs.steps.github_requests import Progress, usage_metadata
from repo_stats.defs.steps.materializations import DeferredMaterialisations, record_later
from repo_stats.defs.steps.traffic_tables import (
    GAP_CHECK,
    StoredTraffic,
    check_gaps,
    store_traffic,
)
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import ForbiddenError, GitHubError
from repo_stats.github.traffic import describe_permission, read_traffic
from repo_stats.warehouse.audience_schemas import TRAFFIC
from repo_stats.warehouse.schemas import (
    REPO_METADATA,
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
)
from repo_stats.warehouse.tables import Tables

_DESCRIPTIONS: Mapping[str, str] = {
    TRAFFIC_DAYS.name: (
        "Views and clones of a repository by day (UTC).\n\n"
        "One row per day. GitHub forgets them after 14 days, so a snapshot is taken each day, and "
        "a file that cannot be read is never replaced. A day's numbers are the largest seen; they "
        "are final once two later snapshots agree. Uniques of several days do not add up. The "
        "token needs the permission *Administration: read*, or push access if it is a classic one."
    ),
    TRAFFIC_REFERRERS.name: (
        "The sites that most visitors of a repository came from.\n\n"
        "One row per site and snapshot, at most ten a day; the numbers are those of the 14 days "
        "before it."
    ),
    TRAFFIC_PATHS.name: (
        "The pages of a repository that were looked at most.\n\n"
        "One row per page and snapshot, at most ten a day; the numbers are those of the 14 days "
        "before it."
    ),
}


def build_traffic(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The assets, partitioned by the repositories with `traffic: true`."""

    @dg.multi_asset(
        name="traffic",
        specs=_list_specs(partitions),
        check_specs=[refreshed_check(TRAFFIC_DAYS.name), GAP_CHECK],
        retry_policy=RETRY_POLICY,
        backfill_policy=BACKFILL_POLICY,
    )
    def traffic(
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.Output[None] | dg.AssetCheckResult]:
        tables = warehouse.tables
        reading = DailyReading(
            context, warehouse.daily_reads("traffic"), warehouse.traffic_failures
        )
        due = reading.find_due(tables, refresh)
        client = github.client(context.log, repos=context.partition_keys)
        progress = Progress(context.log, "snapshots taken", len(due))
        if github.is_authorized:
            done, errors = ask(
                context, read_each(client, due, partial(_take_snapshot, client, tables), progress)
            )
        else:
            done, errors = {}, {each.repo: _refuse_anonymous(each.repo) for each in due}
        reading.record(due, done.keys(), errors)
        deferred = _describe(context, done, usage_metadata(client.usage))
        for schema in TRAFFIC:
            yield dg.Output(None, output_name=schema.name)
        with plain_failures(context):
            for each in deferred:
                each.record()
        yield reading.check(TRAFFIC_DAYS.name)
        yield check_gaps(context, tables, reading.repos, done, datetime.now(timezone.utc).date())

    return traffic


def _list_specs(partitions: dg.PartitionsDefinition) -> list[dg.AssetSpec]:
    kinds = {"github", "parquet"}
    deps = [dg.AssetDep(REPO_METADATA.name, partition_mapping=NO_PARTITION)]
    return [
        asset_spec(schema, partitions, "audience", kinds, _DESCRIPTIONS[schema.name], deps)
        for schema in TRAFFIC
    ]


async def _take_snapshot(
    client: GitHubClient, tables: Tables, repository: NamedRepository
) -> StoredTraffic:
    """Read the traffic of a repository, and store it."""
    snapshot = await read_traffic(client, repository.repo, repository.full_name)
    return await asyncio.to_thread(store_traffic, tables, repository, snapshot)


def _refuse_anonymous(repo: str) -> GitHubError:
    """The error of a request that needs not be sent."""
    return ForbiddenError(describe_permission(repo, has_token=False))


def _describe(
    context: dg.AssetExecutionContext,
    done: Mapping[str, StoredTraffic],
    of_run: Mapping[str, Any],
) -> list[DeferredMaterialisations]:
    described = []
    for schema in TRAFFIC:
        facts = {repo: stored.facts[schema.name] for repo, stored in done.items()}
        hashes = {repo: str(of_repo["content_hash"]) for repo, of_repo in facts.items()}
        shown = of_run if schema is TRAFFIC_DAYS else None
        described.append(record_later(context, schema, facts, hashes, of_run=shown))
    return described
