"""What is shown of a repository, with numbers that a test can name."""

from typing import Any

from repo_stats.report.charts import HELD, SEEN
from repo_stats.report.data import RepositoryReport
from repo_stats.warehouse.frames import Records
from repo_stats.warehouse.schemas import LEADERBOARD
from repo_stats_tests.helpers.rows import NOW

NUMBERS: dict[str, Any] = {
    "stars": 1234567,
    "forks": 1000,
    "subscribers": None,
    "open_items": 31,
    "open_issues": 20,
    "open_pull_requests": 11,
    "average_open_issues_per_user": 1234.5678,
    "average_open_issues_per_user_without_pull_requests": float("nan"),
    "average_open_issues_per_user_without_bots": 2.5,
    "average_open_issues_per_user_without_pull_requests_and_bots": 1.5,
    "is_exact": True,
    "snapshot_at": NOW,
    "html_url": "https://github.com/a/b",
    "description": "It <i>is</i>.",
}


TWO_DAYS = [{"day": "2026-09-01", "value": 1}, {"day": "2026-09-02", "value": 2}]


ONE_DAY = [TWO_DAYS[0], {**TWO_DAYS[0], "kind": "another"}]


AGES = [
    {"age": age, "kind": kind, "value": 0}
    for age in ("under a week", "over 3 years")
    for kind in ("issues", "pull requests")
]
"""Groups in which nothing is."""


def of_kinds(*kinds: str) -> Records:
    """Numbers of several kinds on two days."""
    return [{**day, "kind": kind} for day in TWO_DAYS for kind in kinds]


REPORT = RepositoryReport(
    "a/b",
    NUMBERS,
    {**dict.fromkeys(LEADERBOARD.names), "stars_growth_7_days": 1200, "stars_growth_30_days": -3},
    stars=[*of_kinds(HELD), *of_kinds(SEEN)[1:]],
    backlog=TWO_DAYS,
    ages=[{**AGES[0], "value": 1}, *AGES[1:3], {**AGES[3], "value": 2}],
    flow=of_kinds("opened", "closed"),
    closing=of_kinds("half of them", "nine of ten"),
    outcomes=of_kinds("merged", "closed unmerged"),
    merging=of_kinds("half of them"),
)
