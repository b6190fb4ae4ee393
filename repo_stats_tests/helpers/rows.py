"""Rows of tables, with numbers that a test can name."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import pandas as pd

from repo_stats.metrics.history import append_row
from repo_stats.warehouse.frames import to_arrow, to_frame, to_pandas
from repo_stats.warehouse.schemas import REPO_METADATA, REPO_STATISTICS, STAR_DAYS

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def statistics(**changes: object) -> pd.DataFrame:
    row = {
        "repo": "a/b",
        "repo_id": 1,
        "snapshot_at": NOW,
        "average_open_issues_per_user": None,
        "average_open_issues_per_user_without_pull_requests": 1.5,
        "average_open_issues_per_user_without_bots": 2.0,
        "average_open_issues_per_user_without_pull_requests_and_bots": 2.0,
        "users_without_bots": 1,
        "is_exact": True,
        **dict.fromkeys(["stars", "forks", "subscribers", "open_issues_count", "users"], 1),
        **dict.fromkeys(["open_items", "open_issues", "open_pull_requests"], 2),
    }
    return to_frame(REPO_STATISTICS, [{**row, **changes}])


def metadata(*repos: str, **changes: object) -> pd.DataFrame:
    """Rows of `repo_metadata`, the same of each of the repositories."""
    row = {
        **dict.fromkeys(REPO_METADATA.names),
        "repo_id": 1,
        **dict.fromkeys(["stars", "forks", "open_issues_count"], 5),
        **dict.fromkeys(["has_issues", "is_archived", "is_fork", "is_private"], False),
        **dict.fromkeys(["html_url", "url", "raw"], ""),
        "validated_at": NOW,
    }
    rows = [{**row, "repo": repo, "full_name": repo, **changes} for repo in repos]
    return to_frame(REPO_METADATA, rows)


def stars_given(stars: Mapping[int, int], repo: str = "a/b", repo_id: int = 1) -> pd.DataFrame:
    """Rows of `star_days`: the stars that were given so many days before `NOW`."""
    rows = [
        {
            "repo": repo,
            "repo_id": repo_id,
            "day": (NOW - timedelta(days=ago)).date(),
            "stars": count,
        }
        for ago, count in stars.items()
    ]
    return to_frame(STAR_DAYS, rows)


def history_of(*rows: pd.DataFrame) -> pd.DataFrame:
    """The history after some refreshes, each of which has to add a row."""
    history = None
    for row in rows:
        added = to_arrow(REPO_STATISTICS, row)
        history = append_row(history, added, row["snapshot_at"].item())
        assert history is not None
    assert history is not None
    return to_pandas(history)
