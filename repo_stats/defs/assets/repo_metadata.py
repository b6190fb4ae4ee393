"""The asset `repo_metadata`: GitHub's description and counters of each repository."""

from collections.abc import Collection, Iterator, Mapping

import dagster as dg
import pandas as pd

from repo_stats.defs.failing import RETRY_POLICY, PassingStepError
from repo_stats.defs.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import refreshed_check
from repo_stats.defs.steps.failures import give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import usage_metadata
from repo_stats.defs.steps.materializations import DeferredMaterialisations, describe_partitions
from repo_stats.defs.steps.metadata_rows import KnownRepositories, combine_rows
from repo_stats.defs.steps.moved_repositories import settle_names
from repo_stats.defs.steps.refresh_scope import RefreshScope
from repo_stats.defs.steps.repository_readings import (
    RepositoryReadings,
    query_metadata,
    read_of_run,
)
from repo_stats.defs.steps.stale_repositories import StaleRepositories
from repo_stats.defs.stored_rows import Refreshed
from repo_stats.github.errors import GitHubError
from repo_stats.github.http.headers import Quota
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats.warehouse.tables import Tables


def build_repo_metadata(partitions: dg.StaticPartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(REPO_METADATA, partitions, "repositories", {"github", "parquet"}),
        check_specs=[refreshed_check(REPO_METADATA.name)],
        io_manager_key="tables",
    )
    def repo_metadata(
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
    ) -> Iterator[dg.Output[Refreshed] | dg.AssetCheckResult]:
        """GitHub's own description and counters of a repository: stars, forks, open items, ...

        One row per repository. A row younger than the maximum age is kept without a request. With a
        token, one query tells of many older ones. Without, each is fetched: GitHub's ETags do not
        cover the counters. A row is written only if it tells something else. A repository that
        cannot be read keeps its row, and the check `refreshed` says why. What is stored of one that
        has a new name in the watchlist moves to that name.
        """
        scope = RefreshScope(context, github, refresh, warehouse)
        known = KnownRepositories(context, scope, scope.tables)
        wanted = known.find_wanted(github)
        readings = read_of_run(context, github, refresh, wanted, known.before)
        stale = StaleRepositories(context, warehouse.refresh_failures)
        with plain_failures(context):
            result = combine_rows(scope, known, readings, vouches=not refresh.revalidate)
            unusable = known.unusable | settle_names(
                context, warehouse.tables, result.ids, known.names, partitions, refresh
            )
            errors = {**readings.errors, **result.errors}
            stale.record(give_up_or_retry(context, warehouse.tables, readings, errors, unusable))
        frame = result.frame_without(unusable)
        deferred = _describe(context, warehouse.tables, frame, stale.facts(), readings)
        log_outcome(context, len(known.repos) - len(wanted), readings)
        compare_with_quota(context, result.states, github.per_page, readings.usage.quota)
        yield dg.Output(result.to_store(frame, unusable))
        deferred.record()
        yield stale.check(REPO_METADATA.name)

    return repo_metadata


def give_up_or_retry(
    context: dg.AssetExecutionContext,
    tables: Tables,
    readings: RepositoryReadings,
    errors: Mapping[str, GitHubError],
    unusable: Mapping[str, str],
) -> dict[str, str]:
    """Why repositories cannot be read from GitHub, and those whose files are `unusable`.

    Before a retry, the rows that were read one by one are stored for it, but not those of
    `unusable`.

    Raises:
        PassingStepError: Dagster should retry the step.
        WarehouseError: the rows cannot be stored.
    """
    try:
        return {**give_reasons(context, errors), **unusable}
    except PassingStepError:
        for repo, row in readings.rows.items():
            if repo not in unusable and repo not in readings.pulses:
                tables.write(REPO_METADATA, repo, to_frame(REPO_METADATA, [row]))
        raise


def _describe(
    context: dg.AssetExecutionContext,
    tables: Tables,
    frame: pd.DataFrame,
    stale: Mapping[str, Mapping[str, object]],
    readings: RepositoryReadings,
) -> DeferredMaterialisations:
    repos = set(frame["repo"])
    facts = {**_facts(frame, readings.rows.keys()), **stale}
    of_run = {**usage_metadata(readings.usage), **query_metadata(readings)}
    return describe_partitions(context, tables, REPO_METADATA, frame, facts, repos, of_run=of_run)


def compare_with_quota(
    context: dg.AssetExecutionContext,
    states: Mapping[str, RepoState],
    per_page: int,
    quota: Quota | None,
) -> None:
    """Log what reading all lists again may cost, and the remaining quota if GitHub sends it."""
    worst = sum(state.counter // per_page + 2 for state in states.values())
    if quota is None:
        context.log.info(f"Reading all lists again would cost about {worst} requests.")
        return
    sentence = (
        f"Reading all lists again would cost about {worst} requests, and {quota.remaining} of "
        f"{quota.limit} remain until {quota.resets_at:%H:%M:%S} UTC."
    )
    if worst > quota.remaining:
        context.log.warning(f"{sentence} The lists that were read longest ago come first.")
    else:
        context.log.info(sentence)


def log_outcome(
    context: dg.AssetExecutionContext, fresh: int, readings: RepositoryReadings
) -> None:
    """Log how many rows are new, and warn of repositories that GitHub knows by another name."""
    by_query = f", of which {len(readings.pulses)} by queries" if readings.pulses else ""
    context.log.info(f"Repositories: {fresh} fresh, {len(readings.rows)} fetched{by_query}")
    for row in readings.rows.values():
        if row["full_name"].lower() != row["repo"].lower():
            context.log.warning(
                f"{row['repo']} is now called {row['full_name']}. Its statistics go on under the "
                "old name until you change it in the watchlist; then all that is stored of it, its "
                "history included, moves to the new name."
            )


def _facts(frame: pd.DataFrame, fetched: Collection[str]) -> dict[str, dict[str, object]]:
    return {
        row["repo"]: {
            "stars": row["stars"],
            "forks": row["forks"],
            "open_issues_count": row["open_issues_count"],
            "requests": int(row["repo"] in fetched),
            "validated_at": dg.MetadataValue.timestamp(row["validated_at"].timestamp()),
            "repository": dg.MetadataValue.url(row["html_url"]),
        }
        for row in frame.to_dict("records")
    }
