"""The asset `release_downloads`: how often the assets of releases were downloaded, over time."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import dagster as dg
import pandas as pd

from repo_stats.defs.assets.issue_pages import NO_PARTITION
from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import check_repositories, refreshed_check
from repo_stats.defs.steps.daily_readings import (
    DailyReading,
    NamedRepository,
    describe_kept,
    read_each,
)
from repo_stats.defs.steps.failures import ask, plain_failures
from repo_stats.defs.steps.github_requests import Progress, usage_metadata
from repo_stats.defs.steps.materializations import DeferredMaterialisations, record_later
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.client import GitHubClient
from repo_stats.github.releases import ReleaseList, read_releases
from repo_stats.metrics.downloads import append_downloads, find_listed
from repo_stats.warehouse.schemas import RELEASE_DOWNLOADS, REPO_METADATA
from repo_stats.warehouse.tables import Tables

_NAME = RELEASE_DOWNLOADS.name

_NEVER_FALL = "counters_never_fall"

_CHECK = dg.AssetCheckSpec(
    _NEVER_FALL,
    asset=_NAME,
    description="No counter of an asset is lower than it was before.",
)


@dataclass(frozen=True)
class _Appended:
    """What is stored of a repository's downloads after they were read.

    Attributes:
        facts: what the UI shows; None if nothing has changed.
        fallen: what is wrong with counters, in a sentence each.
    """

    facts: Mapping[str, Any] | None
    fallen: Sequence[str]


def build_release_downloads(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by the repositories with `downloads: true`."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        **asset_arguments(RELEASE_DOWNLOADS, partitions, "audience", {"github", "parquet"}),
        code_version=CODE_VERSION,
        check_specs=[refreshed_check(_NAME), _CHECK],
        deps=[dg.AssetDep(REPO_METADATA.name, partition_mapping=NO_PARTITION)],
        dagster_type=cast("dg.DagsterType", dg.Nothing),
    )
    def release_downloads(
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.Output[None] | dg.AssetCheckResult]:
        """How often the assets of a repository's releases were downloaded, over time.

        One row per asset and day on which its counter had changed. GitHub tells only the present
        counters, so they are read once a day, and a file that cannot be read is never replaced. An
        asset that is gone gets a last row, which is marked as retired. One that is uploaded again
        is another asset, which begins at 0.
        """
        tables = warehouse.tables
        reading = DailyReading(
            context, warehouse.daily_reads("downloads"), warehouse.downloads_failures
        )
        due = reading.find_due(tables, refresh)
        client = github.client(context.log, repos=context.partition_keys)
        progress = Progress(context.log, "repositories read", len(due))
        done, errors = ask(
            context, read_each(client, due, partial(_read, client, tables), progress)
        )
        reading.record(due, done.keys(), errors)
        deferred = _describe(context, done, usage_metadata(client.usage))
        yield dg.Output(None)
        with plain_failures(context):
            deferred.record()
        yield reading.check(_NAME)
        yield _check_counters(context, done)

    return release_downloads


def _describe(
    context: dg.AssetExecutionContext, done: Mapping[str, _Appended], of_run: Mapping[str, Any]
) -> DeferredMaterialisations:
    facts = {repo: each.facts for repo, each in done.items() if each.facts is not None}
    hashes = {repo: str(of_repo["content_hash"]) for repo, of_repo in facts.items()}
    return record_later(context, RELEASE_DOWNLOADS, facts, hashes, of_run=of_run)


async def _read(client: GitHubClient, tables: Tables, repository: NamedRepository) -> _Appended:
    """Read the releases of a repository, and store what is new."""
    stored = await asyncio.to_thread(tables.find_kept, RELEASE_DOWNLOADS, repository.repo)
    known = find_listed(stored, repository.repo_id)
    found = await read_releases(client, repository.repo, repository.full_name, known)
    return await asyncio.to_thread(_store, tables, repository, found)


def _check_counters(
    context: dg.AssetExecutionContext, done: Mapping[str, _Appended]
) -> dg.AssetCheckResult:
    fallen = {repo: " ".join(each.fallen) for repo, each in done.items() if each.fallen}
    for sentences in fallen.values():
        context.log.warning(sentences)
    return check_repositories(_NAME, _NEVER_FALL, fallen)


def _store(tables: Tables, repository: NamedRepository, releases: ReleaseList) -> _Appended:
    repo = repository.repo
    fallen: list[str] = []

    def append(stored: pd.DataFrame | None) -> pd.DataFrame | None:
        appended = append_downloads(stored, releases, repo, repository.repo_id)
        fallen[:] = appended.fallen
        return appended.rows

    rows = tables.update(RELEASE_DOWNLOADS, repo, append)
    facts = None if rows is None else describe_kept(tables, RELEASE_DOWNLOADS, repo, rows)
    return _Appended(facts, fallen)
