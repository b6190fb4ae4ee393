"""All tables of the warehouse: the one place to import a table's schema from."""

from repo_stats.warehouse.alert_schema import ALERTS
from repo_stats.warehouse.audience_schemas import (
    RELEASE_DOWNLOADS,
    TRAFFIC_DAYS,
    TRAFFIC_PATHS,
    TRAFFIC_REFERRERS,
)
from repo_stats.warehouse.columns import Column, TableSchema
from repo_stats.warehouse.computed_schemas import (
    ISSUE_BACKLOG,
    ISSUES_PER_USER,
    LEADERBOARD,
    REPO_HISTORY,
    REPO_STATISTICS,
)
from repo_stats.warehouse.fetched_schemas import (
    ISSUE_PAGES,
    ISSUES,
    OPEN_ISSUES,
    REPO_METADATA,
)
from repo_stats.warehouse.history_schemas import CONTRIBUTOR_CONCENTRATION, ISSUE_TRENDS
from repo_stats.warehouse.star_schema import STAR_DAYS
from repo_stats.warehouse.watched_schemas import REPOSITORY_LISTS, WATCHED_REPOSITORIES

__all__ = [
    "ALERTS",
    "CONTRIBUTOR_CONCENTRATION",
    "ISSUES",
    "ISSUES_PER_USER",
    "ISSUE_BACKLOG",
    "ISSUE_PAGES",
    "ISSUE_TRENDS",
    "KEPT",
    "LEADERBOARD",
    "OPEN_ISSUES",
    "RELEASE_DOWNLOADS",
    "REPOSITORY_LISTS",
    "REPO_HISTORY",
    "REPO_METADATA",
    "REPO_STATISTICS",
    "STAR_DAYS",
    "TABLES",
    "TRAFFIC_DAYS",
    "TRAFFIC_PATHS",
    "TRAFFIC_REFERRERS",
    "WATCHED_REPOSITORIES",
    "Column",
    "TableSchema",
]

TABLES = (
    REPO_METADATA,
    OPEN_ISSUES,
    ISSUES_PER_USER,
    REPO_STATISTICS,
    REPO_HISTORY,
    STAR_DAYS,
    ISSUE_BACKLOG,
    ISSUES,
    ISSUE_TRENDS,
    CONTRIBUTOR_CONCENTRATION,
    TRAFFIC_DAYS,
    TRAFFIC_REFERRERS,
    TRAFFIC_PATHS,
    RELEASE_DOWNLOADS,
)
"""The tables with one file per repository."""

KEPT = (REPO_HISTORY, TRAFFIC_DAYS, TRAFFIC_REFERRERS, TRAFFIC_PATHS, RELEASE_DOWNLOADS)
"""Those of them whose rows cannot be fetched again."""
