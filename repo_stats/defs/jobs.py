"""The jobs: read the watchlist's lists, refresh repositories, what is marked, and publish."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import dagster as dg

from repo_stats.config.marks import MARKS, Mark
from repo_stats.defs.partitions import DEFERS_EVENTS

REFRESH_REPO = "refresh_repo"

REFRESH_WATCHLIST = "refresh_watchlist"

REFRESH_HISTORY = "refresh_history"

REFRESH_TRAFFIC = "refresh_traffic"

REFRESH_DOWNLOADS = "refresh_downloads"

PUBLISH_REPORT = "publish_report"

RESOLVE_WATCHLIST = "resolve_watchlist"

PUBLISH_DIGEST = "publish_digest"

PRUNE_RUNS = "prune_runs"

OUR_JOBS = (
    *(RESOLVE_WATCHLIST, REFRESH_REPO, REFRESH_WATCHLIST, REFRESH_HISTORY),
    *(REFRESH_TRAFFIC, REFRESH_DOWNLOADS, PUBLISH_REPORT, PUBLISH_DIGEST, PRUNE_RUNS),
)
"""All jobs, also those that the present settings do not need: they may have run before."""

JOBS_OF_MARKS: Mapping[Mark, str] = {
    "history": REFRESH_HISTORY,
    "traffic": REFRESH_TRAFFIC,
    "downloads": REFRESH_DOWNLOADS,
}
"""The job that reads what a mark of the watchlist keeps."""

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


def build_jobs(marks: Collection[Mark] = ()) -> list[Any]:
    """The jobs, as objects of a type that Dagster does not export.

    None has the range of all repositories as its tags: Dagster would refuse a run for which exactly
    one is picked. The steps take all repositories if none is picked.

    Args:
        marks: those that some repository has.
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
    ]
    marked = (_build_marked_job(mark) for mark in MARKS if mark in marks)
    return [*jobs, *_build_publishing_jobs(), *marked]


def _build_publishing_jobs() -> list[Any]:
    return [
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


def _build_marked_job(mark: Mark) -> Any:
    made = {
        "history": (
            ("issues", "issue_trends", "contributor_concentration"),
            "Refreshes all issues and pull requests, open or not, their trends, and on how few "
            "people they depend",
        ),
        "traffic": (
            ("traffic_days", "traffic_referrers", "traffic_paths"),
            "Takes the day's snapshot of views, clones, referrers and paths",
        ),
        "downloads": (
            ("release_downloads",),
            "Reads the day's counters of release assets",
        ),
    }
    assets, task = made[mark]
    return dg.define_asset_job(
        JOBS_OF_MARKS[mark],
        dg.AssetSelection.assets(*assets),
        description=f"{task}, of the repositories with `{mark}: true` in the watchlist.",
        tags={DEFERS_EVENTS: "true"},
    )


def name_repositories(repos: Sequence[str]) -> str:
    """The first few repositories by name, and how many more there are."""
    named = ", ".join(repos[:_MOST_NAMED])
    more = len(repos) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named
