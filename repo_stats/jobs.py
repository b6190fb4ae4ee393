"""The jobs: refresh one repository, or the whole watchlist in one run."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

REFRESH_REPO = "refresh_repo"
REFRESH_WATCHLIST = "refresh_watchlist"

_SELECTION = dg.AssetSelection.assets(
    "repo_metadata", "open_issues", "issues_per_user", "repo_statistics"
)


def build_jobs(repos: Sequence[str]) -> list[Any]:
    """The jobs over the repositories of the watchlist, of a type that Dagster does not export."""
    return [
        dg.define_asset_job(
            REFRESH_REPO,
            _SELECTION,
            description="Brings the statistics of one repository up to date: pick its partition.",
        ),
        dg.define_asset_job(
            REFRESH_WATCHLIST,
            _SELECTION,
            description="Brings the statistics of the whole watchlist up to date, in one run.",
            tags={
                "dagster/asset_partition_range_start": repos[0],
                "dagster/asset_partition_range_end": repos[-1],
            },
        ),
    ]
