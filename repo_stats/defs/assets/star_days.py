"""The asset `star_days`: on which days the stars of each repository were given."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

import dagster as dg
import pyarrow as pa

from repo_stats.defs.failing import RETRY_POLICY
from repo_stats.defs.resources import GitHubResource, RefreshOptions
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import REFRESHED, check_repositories, refreshed_check
from repo_stats.defs.steps.github_requests import usage_metadata
from repo_stats.defs.steps.materializations import (
    DeferredMaterialisations,
    defers_events,
    record_later,
)
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.steps.stale_repositories import healthy_repos
from repo_stats.defs.steps.star_readings import StarReadings, read_stars_of_run
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.github.stars.reading import StarReading
from repo_stats.github.stars.sums import FEW_UNLISTED, UNLISTED_SHARE
from repo_stats.warehouse.frames import hash_content
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import REPO_STATISTICS, STAR_DAYS
from repo_stats.warehouse.tables import Tables

ADD_UP = "stars_add_up"

ADD_UP_CHECK = dg.AssetCheckSpec(
    ADD_UP,
    asset=STAR_DAYS.name,
    description=(
        "GitHub's list of the stars by week does not contradict itself, and all of its days add up "
        f"to GitHub's counter. Up to {FEW_UNLISTED} stars, or {UNLISTED_SHARE:.0%} of them, may "
        "not be listed. If only the newest weeks were read, as many may have been taken back in "
        "older ones. If the sum is above the counter, the check fails; if more stars are not "
        "listed, it warns."
    ),
)


def build_star_days(partitions: dg.StaticPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(STAR_DAYS, partitions, "statistics", {"github", "parquet"}),
        check_specs=[refreshed_check(STAR_DAYS.name), ADD_UP_CHECK],
        deps=[REPO_STATISTICS.name],
        dagster_type=cast("dg.DagsterType", dg.Nothing),
    )
    def star_days(
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.Output[None] | dg.AssetCheckResult]:
        """The days on which the stars of a repository were given, as far as they are still held.

        One row per repository and day with stars. GitHub tells them back to the first week of the
        repository, also of the time before it was watched. A star that is taken back vanishes from
        its day. The days are those of GitHub's API, which does not document their zone. The newest
        30 weeks are asked for once a day, by one request that is free if nothing changed, and the
        older ones once a month.
        """
        tables = warehouse.tables
        healthy = healthy_repos(context, warehouse.refresh_failures, find_repos(context))
        scope = RefreshScope(context, github, refresh, warehouse)
        readings = read_stars_of_run(context, github, refresh, scope, tables, healthy)
        deferred = _describe(context, tables, scope, readings)
        yield dg.Output(None)
        deferred.record()
        yield _check_readings(readings.known)
        yield _check_sums(readings.known)

    return star_days


def _describe(
    context: dg.AssetExecutionContext,
    tables: Tables,
    scope: RefreshScope,
    readings: StarReadings,
) -> DeferredMaterialisations:
    """Log what was read, and say what to record of it.

    A run that records its partitions itself records those whose rows changed, and those of which
    Dagster's history has no record, such as what an earlier attempt of the step has stored.
    """
    rows, usage = readings.rows, readings.usage
    others = [repo for repo in readings.known if repo not in rows]
    if defers_events(context):
        others = sorted(scope.find_unrecorded(STAR_DAYS, others))
    loaded, _ = try_each(others, lambda repo: tables.find_stored_rows(STAR_DAYS, repo), context.log)
    shown = {**rows, **{repo: table for repo, table in loaded.items() if table is not None}}
    if readings.asked:
        context.log.info(
            f"Stars by day: {len(readings.asked)} repositories asked for, of which {len(rows)} "
            f"changed; {usage.requests} requests, {usage.charged} of them charged"
        )
    hashes = {repo: hash_content(STAR_DAYS, table) for repo, table in shown.items()}
    metadata = {
        repo: {
            "dagster/uri": tables.uri(STAR_DAYS, repo),
            "content_hash": hashes[repo],
            **_facts(table, readings.known[repo]),
        }
        for repo, table in shown.items()
    }
    return record_later(context, STAR_DAYS, metadata, hashes, of_run=usage_metadata(usage))


def _facts(rows: pa.Table, reading: StarReading) -> Mapping[str, Any]:
    facts = {
        "dagster/partition_row_count": rows.num_rows,
        "listed_stars": reading.listed,
        "unlisted_stars": reading.unlisted,
    }
    if reading.read_at is not None:
        facts["all_weeks_read"] = dg.MetadataValue.timestamp(reading.read_at.timestamp())
    return facts


def _check_readings(known: Mapping[str, StarReading]) -> dg.AssetCheckResult:
    """Which repositories could not be read when they were last asked for: a warning, no alert."""
    problems = {repo: reading.problem for repo, reading in known.items()}
    findings = {repo: problem for repo, problem in problems.items() if problem is not None}
    return check_repositories(STAR_DAYS.name, REFRESHED, findings, dg.AssetCheckSeverity.WARN)


def _check_sums(known: Mapping[str, StarReading]) -> dg.AssetCheckResult:
    """What did not add up when it was last read: an error if it is impossible, else a warning."""
    wrong = {repo: r.contradiction for repo, r in known.items() if r.contradiction is not None}
    short = {repo: r.shortfall for repo, r in known.items() if r.shortfall is not None}
    severity = dg.AssetCheckSeverity.ERROR if wrong else dg.AssetCheckSeverity.WARN
    return check_repositories(STAR_DAYS.name, ADD_UP, {**short, **wrong}, severity)
