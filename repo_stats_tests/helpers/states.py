"""What is known of a repository between refreshes, with values that a test can name."""

from typing import Any

from repo_stats.github.graphql.answers import Reading
from repo_stats.github.graphql.pulse import Pulse
from repo_stats.github.issues.vouching import Voucher
from repo_stats.github.repositories import repository_url
from repo_stats.warehouse.states.repo_state import RepoState
from repo_stats_tests.helpers.github import API_URL
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.rows import NOW


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
