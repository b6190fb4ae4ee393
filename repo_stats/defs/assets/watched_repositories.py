"""The asset `watched_repositories`: what the watchlist stands for now."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg

from repo_stats.config.errors import WatchlistError
from repo_stats.config.settings import load_watchlist
from repo_stats.config.watchlist import Watchlist
from repo_stats.defs.failing import RETRY_POLICY, StepError
from repo_stats.defs.jobs import name_repositories
from repo_stats.defs.resources import GitHubResource
from repo_stats.defs.steps.asset_specs import CODE_VERSION, asset_arguments
from repo_stats.defs.steps.checks import REFRESHED, check_repositories
from repo_stats.defs.steps.failures import give_reasons, plain_failures
from repo_stats.defs.steps.github_requests import usage_metadata
from repo_stats.defs.steps.materializations import describe_whole
from repo_stats.defs.steps.watchlist_lists import ResolvedWatchlist, resolve_watchlist
from repo_stats.defs.warehouse_resource import WarehouseResource
from repo_stats.warehouse.frames import hash_content, to_frame
from repo_stats.warehouse.schemas import WATCHED_REPOSITORIES
from repo_stats.warehouse.tables import Tables

_CHECK = dg.AssetCheckSpec(
    REFRESHED,
    asset=WATCHED_REPOSITORIES.name,
    description=(
        "Every list of the watchlist could be read. One that could not keeps what it has brought "
        "in; the reason is in the check's metadata."
    ),
)


def build_watched_repositories() -> dg.AssetsDefinition:
    """The asset, one table for all repositories."""

    @dg.asset(
        retry_policy=RETRY_POLICY,
        code_version=CODE_VERSION,
        **asset_arguments(WATCHED_REPOSITORIES, None, "repositories", {"github", "parquet"}),
        check_specs=[_CHECK],
    )
    def watched_repositories(
        context: dg.AssetExecutionContext, github: GitHubResource, warehouse: WarehouseResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        """The repositories that the watchlist stands for, and what put each of them there.

        One row per repository. An entry such as `org: dagster-io` brings in the repositories that
        GitHub lists, as far as its filters let them pass. A repository that is renamed keeps its
        row. One that is archived, deleted or moved away leaves, and its row says when and why; its
        tables and its history stay. A list that cannot be read keeps what it has brought in, and
        the check `refreshed` says why.
        """
        tables = warehouse.tables
        with plain_failures(context):
            watchlist, resolved = _resolve(context, github, tables)
        before = {row.repo for row in resolved.before if row.is_watched}
        after = {row.repo for row in resolved.resolution.watched}
        entered, left = sorted(after - before), sorted(before - after)
        context.log.info(describe_changes(len(after), entered, left))
        describe_whole(context, _facts(resolved, tables, entered, left))
        names = {entry.key: entry.written for entry in watchlist.sources}
        errors = {names[key]: error for key, error in resolved.errors.items()}
        findings = give_reasons(context, errors)
        check = check_repositories(WATCHED_REPOSITORIES.name, REFRESHED, findings)
        yield dg.MaterializeResult(check_results=[check])

    return watched_repositories


def describe_changes(count: int, entered: Sequence[str], left: Sequence[str]) -> str:
    """How many repositories are watched, and which are new or have left, in a sentence."""
    parts = [f"{count} {'repository is' if count == 1 else 'repositories are'} watched"]
    if entered:
        parts.append(f"new: {name_repositories(entered)}")
    if left:
        parts.append(f"left: {name_repositories(left)}")
    return f"{'; '.join(parts)}."


def _resolve(
    context: dg.AssetExecutionContext, github: GitHubResource, tables: Tables
) -> tuple[Watchlist, ResolvedWatchlist]:
    """Read the watchlist as it is now, and all of its lists.

    Raises:
        StepError: the watchlist is malformed, or nothing would be watched.
    """
    try:
        watchlist = load_watchlist()
        return watchlist, resolve_watchlist(context.log, github, tables, watchlist)
    except WatchlistError as error:
        raise StepError(str(error)) from None


def _facts(
    resolved: ResolvedWatchlist, tables: Tables, entered: Sequence[str], left: Sequence[str]
) -> dict[str, Any]:
    rows = resolved.resolution.rows
    content = to_frame(WATCHED_REPOSITORIES, [asdict(row) for row in rows])
    facts: dict[str, Any] = {
        "dagster/uri": tables.uri(WATCHED_REPOSITORIES, None),
        "dagster/row_count": len(rows),
        "content_hash": hash_content(WATCHED_REPOSITORIES, content),
        "watched": len(resolved.resolution.watched),
        "entered": len(entered),
        "left": len(left),
        **usage_metadata(resolved.usage),
    }
    for name, repos in (("names_entered", entered), ("names_left", left)):
        if repos:
            facts[name] = name_repositories(repos)
    if warnings := resolved.resolution.warnings:
        facts["warnings"] = dg.MetadataValue.md("\n".join(f"- {text}" for text in warnings))
    return facts
