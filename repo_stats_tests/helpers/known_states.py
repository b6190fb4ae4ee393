"""What is known of a repository all of whose tables are current."""

from datetime import timedelta
from typing import Any

from repo_stats.github.issues.vouching import Voucher
from repo_stats.warehouse.states.repo_state import INPUTS, ListSummary, RepoState, StoredFile
from repo_stats_tests.helpers.pulses import pulse_of
from repo_stats_tests.helpers.rows import NOW

STAMPS = {table: f"stamp of {table}" for table in INPUTS}
"""How a listing shows the files."""


def file_of(table: str, revision: str | None = None) -> StoredFile:
    """A table's file, which was made from the first file of each of its inputs."""
    made_of = {source.name: f"1st {source.name}" for source in INPUTS[table]}
    return StoredFile(revision or f"1st {table}", STAMPS[table], "v1", made_of)


def known_state(repo: str = "a/b", **changes: Any) -> RepoState:
    """The state of a repository after a refresh at noon, whose list was read a minute later."""
    values: dict[str, Any] = {
        "repo_id": 1,
        "url": f"https://api.example/repos/{repo}",
        "read_at": NOW,
        "counter": 3,
        "content_hash": "h",
        "pulse": pulse_of(),
        "voucher": Voucher(pulse_of(), 0, 0, NOW, is_valid=True),
        "items": ListSummary(3, is_exact=True),
        "seen_at": NOW + timedelta(minutes=1),
        "files": {table: file_of(table) for table in INPUTS},
    }
    return RepoState(repo, **{**values, **changes})
