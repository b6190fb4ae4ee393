"""Up to when all items of a repository are known: what a sync leaves for the next one."""

from dataclasses import dataclass

from repo_stats.github.issues.requests import IssueList
from repo_stats.json_codec import UtcTime


@dataclass(frozen=True)
class SyncState:
    """Up to when a repository's items are known.

    Attributes:
        repo_id: GitHub's number of the repository.
        api_url: base URL of the API that they are from.
        full_read_at: the validation of the window that was validated longest ago (UTC).
        complete_until: the rows hold all updates before this time, by GitHub's clock.
        validated_at: when GitHub was last asked for changes (UTC).
    """

    repo_id: int
    api_url: str
    full_read_at: UtcTime
    complete_until: UtcTime
    validated_at: UtcTime

    def is_of(self, issue_list: IssueList) -> bool:
        """Whether it is the state of a list."""
        return (self.repo_id, self.api_url) == (issue_list.repo_id, issue_list.api_url)
