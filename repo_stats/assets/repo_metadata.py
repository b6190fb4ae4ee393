"""The asset `repo_metadata`: GitHub's description and counters of each repository."""

from collections.abc import Sequence

import dagster as dg
import pandas as pd

from repo_stats.assets.asking import (
    RETRY_POLICY,
    Progress,
    ask,
    freshness_of_run,
    plain_failures,
    usage_metadata,
)
from repo_stats.assets.presentation import CODE_VERSION, asset_arguments, describe_partitions
from repo_stats.github.client import GitHubClient
from repo_stats.github.pages import Freshness
from repo_stats.github.repositories import read_repositories, repository_url
from repo_stats.github.rows import Row
from repo_stats.resources import GitHubResource, RefreshOptions, WarehouseResource
from repo_stats.warehouse.schemas import REPO_METADATA
from repo_stats.warehouse.tables import Tables, join_frames, to_frame


def build_repo_metadata(partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """The asset, partitioned by repository."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(REPO_METADATA, partitions, "repositories", {"github", "parquet"}),
        io_manager_key="tables",
    )
    def repo_metadata(
        context: dg.AssetExecutionContext,
        github: GitHubResource,
        refresh: RefreshOptions,
        warehouse: WarehouseResource,
    ) -> pd.DataFrame:
        """GitHub's own description and counters of a repository: stars, forks, open items, ...

        One row per repository. A row younger than the maximum age is kept without a request; an
        older one is always fetched, since GitHub's validators do not cover the counters.
        """
        repos = context.partition_keys
        tables = warehouse.tables
        freshness = freshness_of_run(context, github, refresh)
        with plain_failures(context):
            kept = _find_fresh(tables, repos, github.api_url, freshness)
        missing = [repo for repo in repos if repo not in kept]
        client = github.client(context.log)
        progress = Progress(context.log, "repositories read", len(missing))
        fetched = ask(context, _read(client, missing, progress))
        _warn_of_renames(context, fetched)
        frames = [*kept.values(), to_frame(REPO_METADATA, fetched)]
        frame = join_frames(REPO_METADATA, frames)
        describe_partitions(context, tables, REPO_METADATA, frame, _facts(frame, set(missing)))
        context.log.info(f"Repositories: {len(kept)} fresh, {len(missing)} fetched")
        context.add_asset_metadata(usage_metadata(client.usage))
        return frame

    return repo_metadata


def _find_fresh(
    tables: Tables, repos: Sequence[str], api_url: str, freshness: Freshness
) -> dict[str, pd.DataFrame]:
    """The stored rows that need no request, by repository."""
    stored = {repo: tables.find(REPO_METADATA, repo) for repo in repos}
    return {
        repo: frame
        for repo, frame in stored.items()
        if frame is not None
        and len(frame) == 1
        and frame["url"].iloc[0] == repository_url(api_url, repo)
        and frame["validated_at"].iloc[0] >= freshness.since
    }


async def _read(client: GitHubClient, repos: Sequence[str], progress: Progress) -> list[Row]:
    async with client:
        return await read_repositories(client, repos, progress.advance)


def _warn_of_renames(context: dg.AssetExecutionContext, rows: Sequence[Row]) -> None:
    for row in rows:
        if row["full_name"].lower() != row["repo"].lower():
            context.log.warning(
                f"{row['repo']} is called {row['full_name']} by now; its statistics go on under "
                "the old name until you change it in the watchlist."
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
