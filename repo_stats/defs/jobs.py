"""The jobs: read the watchlist's lists, refresh repositories, refresh all items, publish."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from repo_stats.defs.partitions import DEFERS_EVENTS

REFRESH_REPO = "refresh_repo"

REFRESH_WATCHLIST = "refresh_watchlist"

REFRESH_HISTORY = "refresh_history"

PUBLISH_REPORT = "publish_report"

RESOLVE_WATCHLIST = "resolve_watchlist"

PUBLISH_DIGEST = "publish_digest"

PRUNE_RUNS = "prune_runs"

OUR_JOBS = (
    *(RESOLVE_WATCHLIST, REFRESH_REPO, REFRESH_WATCHLIST, REFRESH_HISTORY),
    *(PUBLISH_REPORT, PUBLISH_DIGEST, PRUNE_RUNS),
)
"""All jobs, also those that the present settings do not need: they may have run before."""

PARTITION = "dagster/partition"

RANGE_START = "dagster/asset_partition_range_start"

RANGE_END = "dagster/asset_partition_range_end"

REPOSITORIES_TAG = "repo_stats/repositories"
"""Names the repositories of a run, for people who look at a list of runs."""

_MOST_NAMED = 3

REFRESHED = ("repo_metadata", "open_issues", "issues_per_user", "repo_statistics", "star_days")
"""What a refresh makes."""

PUBLISHED = ("issue_backlog", "leaderboard", "report")
"""What `publish_report` makes."""


def build_jobs(*, has_history: bool = False) -> list[Any]:
    """The jobs, as objects of a type that Dagster does not export.

    None has the range of all repositories as its tags: Dagster would refuse a run for which exactly
    one is picked. The steps take all repositories if none is picked.

    Args:
        has_history: whether there are repositories of which all items are kept.
    """
    jobs = [
        dg.define_asset_job(
            RESOLVE_WATCHLIST,
            dg.AssetSelection.assets("watched_repositories"),
            description=(
                "Reads the lists of repositories that the watchlist names, such as those of "
                "organisations. While the daemon runs, it does this every hour, and takes in what "
                "is new."
            ),
            tags={DEFERS_EVENTS: "true"},
        ),
        dg.define_asset_job(
            REFRESH_REPO,
            dg.AssetSelection.assets(*REFRESHED),
            description="Refreshes the statistics of one repository. Pick its partition.",
        ),
        dg.define_asset_job(
            REFRESH_WATCHLIST,
            dg.AssetSelection.assets(*REFRESHED),
            description=(
                "Refreshes the statistics of the picked repositories, or of the whole watchlist if "
                "none is picked, in one run."
            ),
            tags={DEFERS_EVENTS: "true"},
        ),
        dg.define_asset_job(
            PUBLISH_REPORT,
            dg.AssetSelection.assets(*PUBLISHED),
            description=(
                "Makes backlog, leaderboard and report from the stored tables, without a request. "
                "While the daemon runs, it does this by itself when numbers have changed."
            ),
            tags={DEFERS_EVENTS: "true"},
        ),
        dg.define_asset_job(
            PUBLISH_DIGEST,
            dg.AssetSelection.assets("digest"),
            description=(
                "Tells what changed in the last complete week, without a request, and posts it to "
                "the webhook REPO_STATS_WEBHOOK_URL if there is one. While the daemon runs and "
                "there is a webhook, it does this by itself on Mondays."
            ),
        ),
    ]
    return [*jobs, _build_history_job()] if has_history else jobs


def _build_history_job() -> Any:
    return dg.define_asset_job(
        REFRESH_HISTORY,
        dg.AssetSelection.assets("issues", "issue_trends", "contributor_concentration"),
        description=(
            "Refreshes all issues and pull requests, open or not, their trends, and on how few "
            "people they depend, of the repositories with `history: true` in the watchlist."
        ),
        tags={DEFERS_EVENTS: "true"},
    )


def name_repositories(repos: Sequence[str]) -> str:
    """The first few repositories by name, and how many more there are."""
    named = ", ".join(repos[:_MOST_NAMED])
    more = len(repos) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
