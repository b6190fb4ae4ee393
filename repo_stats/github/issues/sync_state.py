"""The state that a sync of all items leaves for the next one: up to when the items are known."""

from dataclasses import dataclass

from repo_stats.github.issues.requests import IssueList
from repo_stats.json_codec import UtcTime


@dataclass(frozen=True)
class SyncState:
    """Up to when a repository's items are known.

    Attributes:
        repo_id: GitHub's number of the repository.
        api_url: base URL of the API that the items are from.
        full_read_at: the earliest of the times at which each window was last validated (UTC).
        complete_until: the rows hold all updates before this time, by GitHub's clock.
        validated_at: when changes were last requested from GitHub (UTC).
    """

    repo_id: int
    api_url: str
    full_read_at: UtcTime
    complete_until: UtcTime
    validated_at: UtcTime

    def is_of(self, issue_list: IssueList) -> bool:
        """Whether this is the state of a given list."""
        return (self.repo_id, self.api_url) == (issue_list.repo_id, issue_list.api_url)
