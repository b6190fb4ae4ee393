"""What is known of a repository between refreshes, with values that a test can name."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from repo_stats.github.graphql.answers import Reading
from repo_stats.github.graphql.pulse import NewestItem, Pulse
from repo_stats.github.issues.vouching import Voucher
from repo_stats.github.repositories import repository_url
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.rows import NOW


def pulse_of(**changes: Any) -> Pulse:
    """A pulse of two issues and a pull request, whose newest update is an hour old."""
    moment: datetime = changes.get("asked_at", NOW)
    values: dict[str, Any] = {
        **dict.fromkeys([each.name for each in fields(Pulse)], 3),
        "repo_id": 1,
        "open_issues": 2,
        "open_pull_requests": 1,
        "newest_issue": NewestItem(1, moment - timedelta(hours=1), is_open=True),
        "newest_pull_request": NewestItem(2, moment - timedelta(hours=2), is_open=True),
        "asked_at": moment,
        "served_at": moment,
    }
    return Pulse(**{**values, **changes})


def voucher_of(pulse: Pulse) -> Voucher:
    """A voucher by which the same pulse proves that a list is unchanged."""
    return Voucher(pulse, 0, 0, pulse.asked_at, is_valid=True)


def reading_of(row: Any, **changes: Any) -> Reading:
    """What a query tells of a repository with such a row of `repo_metadata`."""
    known = {"node_id": f"R_{row['repo_id']}", "pulse": pulse_of(repo_id=row["repo_id"])}
    return Reading(**{**known, "row": row, **changes})


def state_of(repo: str, **changes: Any) -> RepoState:
    """What is known of a repository after its row was read, and no list."""
    values: dict[str, Any] = {
        "repo_id": 1,
        "url": repository_url(API_URL, repo),
        "read_at": NOW,
        "counter": 3,
        "content_hash": "h",
    }
    return RepoState(repo, **{**values, **changes})
