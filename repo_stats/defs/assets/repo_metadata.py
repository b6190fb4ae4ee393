"""The asset `repo_metadata`: GitHub's description and counters of each repository."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone

import dagster as dg
import pandas as pd

from repo_stats.clock import trust
from repo_stats.defs.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import refreshed_check
from repo_stats.defs.steps.clock_warnings import warn_of_future_times
from repo_stats.defs.steps.failures import RETRY_POLICY, ask, give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import Progress, freshness_of_run, usage_metadata
from repo_stats.defs.steps.materializations import DeferredMaterialisations, describe_partitions
from repo_stats.defs.steps.moved_repositories import settle_names
from repo_stats.defs.steps.picked_partitions import find_repos
from repo_stats.defs.steps.stale_repositories import StaleRepositories
from repo_stats.github.client import GitHubClient
from repo_stats.github.errors import GitHubError
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.pages import Freshness
from repo_stats.github.parsing import RepoMetadataRow
from repo_stats.github.repositories import read_repositories, repository_url
from repo_stats.warehouse.frames import join_frames, to_frame
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.tables import Tables

RepoFrames = Mapping[str, pd.DataFrame]


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
    ) -> Iterator[dg.Output[pd.DataFrame] | dg.AssetCheckResult]:
        """GitHub's own description and counters of a repository: stars, forks, open items, ...

        One row per repository. A row younger than the maximum age is kept without a request. An
        older one is always fetched: GitHub's ETags do not cover the counters. A repository that
        cannot be read keeps its row, and the check `refreshed` says why. What is stored of one that
        has a new name in the watchlist moves to that name.
        """
        repos = find_repos(context)
        stored, unusable = _find_stored(context, warehouse.tables, repos)
        kept = _keep_fresh(context, github, refresh, stored)
        wanted = by_longest_wait([r for r in repos if r not in unusable], stored, kept)
        known_ids = {r: None if refresh.force else _find_id(stored.get(r)) for r in wanted}
        client = github.client(context.log, repos=repos)
        fetched, errors = ask(context, _read(context, client, known_ids))
        frame = join_frames(REPO_METADATA, [*kept.values(), to_frame(REPO_METADATA, fetched)])
        stale = StaleRepositories(context, warehouse.refresh_failures)
        with plain_failures(context):
            unusable |= settle_names(context, warehouse.tables, frame, stored, partitions, refresh)
            stale.record(give_up_or_retry(context, warehouse.tables, fetched, errors, unusable))
        frame = frame[~frame["repo"].isin(unusable)]
        facts = {**_facts(frame, set(wanted)), **stale.facts()}
        deferred = _describe(context, warehouse.tables, frame, facts, client.usage)
        log_outcome(context, kept, fetched)
        compare_with_quota(context, frame, github.per_page, client.usage.quota)
        yield dg.Output(frame)
        deferred.record()
        yield stale.check(REPO_METADATA.name)

    return repo_metadata


def _find_stored(
    context: dg.AssetExecutionContext, tables: Tables, repos: Sequence[str]
) -> tuple[RepoFrames, dict[str, str]]:
    """The stored rows of the run's repositories, and why files of some cannot be read.

    Times from the future lead to a warning.
    """
    found, unread = try_each(repos, lambda repo: tables.find(REPO_METADATA, repo), context.log)
    stored = {repo: row for repo, row in found.items() if row is not None and len(row) == 1}
    times = {repo: row["validated_at"].item() for repo, row in stored.items()}
    warn_of_future_times(context, times)
    return stored, unread


def _keep_fresh(
    context: dg.AssetExecutionContext,
    github: GitHubResource,
    refresh: RefreshOptions,
    stored: RepoFrames,
) -> RepoFrames:
    """The stored rows that need no request, by repository."""
    freshness = freshness_of_run(context, github, refresh)
    return {r: row for r, row in stored.items() if _is_fresh(row, r, github, freshness)}


def _is_fresh(row: pd.DataFrame, repo: str, github: GitHubResource, freshness: Freshness) -> bool:
    """Whether a stored row needs no request."""
    is_same = bool(row["url"].item() == repository_url(github.api_url, repo))
    return is_same and freshness.holds(row["validated_at"].item(), datetime.now(timezone.utc))


def by_longest_wait(repos: Sequence[str], stored: RepoFrames, kept: RepoFrames) -> list[str]:
    """The repositories to request: first those never read, then those read longest ago."""
    missing = [repo for repo in repos if repo not in kept]
    new = [repo for repo in missing if repo not in stored]
    known = [repo for repo in missing if repo in stored]
    now = datetime.now(timezone.utc)
    return [*new, *sorted(known, key=lambda repo: trust(stored[repo]["validated_at"].item(), now))]


def _find_id(row: pd.DataFrame | None) -> int | None:
    return None if row is None else int(row["repo_id"].item())


async def _read(
    context: dg.AssetExecutionContext, client: GitHubClient, known_ids: Mapping[str, int | None]
) -> tuple[list[RepoMetadataRow], dict[str, GitHubError]]:
    progress = Progress(context.log, "repositories read", len(known_ids))

    def check(row: RepoMetadataRow) -> None:
        to_frame(REPO_METADATA, [row])  # a row that cannot be stored fails alone, not with others
        progress.advance()

    async with client:
        return await read_repositories(client, known_ids, check)


def give_up_or_retry(
    context: dg.AssetExecutionContext,
    tables: Tables,
    fetched: Sequence[RepoMetadataRow],
    errors: Mapping[str, GitHubError],
    unusable: Mapping[str, str],
) -> dict[str, str]:
    """Why repositories cannot be read from GitHub, and those whose files are `unusable`.

    Before a retry, the rows that were read are stored for it, but not those of `unusable`.

    Raises:
        dg.Failure: Dagster should retry the step.
        WarehouseError: the rows cannot be stored.
    """
    try:
        return {**give_reasons(context, errors), **unusable}
    except dg.Failure:
        for row in fetched:
            if row["repo"] not in unusable:
                tables.write(REPO_METADATA, row["repo"], to_frame(REPO_METADATA, [row]))
        raise


def _describe(
    context: dg.AssetExecutionContext,
    tables: Tables,
    frame: pd.DataFrame,
    facts: Mapping[str, Mapping[str, object]],
    usage: Usage,
) -> DeferredMaterialisations:
    repos, of_run = set(frame["repo"]), usage_metadata(usage)
    return describe_partitions(context, tables, REPO_METADATA, frame, facts, repos, of_run=of_run)


def compare_with_quota(
    context: dg.AssetExecutionContext, frame: pd.DataFrame, per_page: int, quota: Quota | None
) -> None:
    """Log what reading all lists again may cost, and the remaining quota if GitHub sends it."""
    worst = int((frame["open_issues_count"] // per_page + 2).sum())
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
    context: dg.AssetExecutionContext, kept: RepoFrames, fetched: Sequence[RepoMetadataRow]
) -> None:
    """Log how many rows are new, and warn of repositories that GitHub knows by another name."""
    context.log.info(f"Repositories: {len(kept)} fresh, {len(fetched)} fetched")
    for row in fetched:
        if row["full_name"].lower() != row["repo"].lower():
            context.log.warning(
                f"{row['repo']} is now called {row['full_name']}. Its statistics go on under the "
                "old name until you change it in the watchlist; then all that is stored of it, its "
                "history included, moves to the new name."
            )


def _facts(frame: pd.DataFrame, fetched: set[str]) -> dict[str, dict[str, object]]:
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
