"""A repository that is watched, or was: why, since when, and what is kept of it."""

from dataclasses import dataclass
from datetime import datetime

from repo_stats.config.marks import MARKS, Mark


@dataclass(frozen=True)
class WatchedRepository:
    """A repository that is watched, or was; a row of `watched_repositories`.

    Attributes:
        repo: its owner/name: as the watchlist writes it out, or else in GitHub's spelling.
        repo_id: GitHub's number of it; None if it is not known yet.
        source: the entry that brought it in: `watchlist`, or as in `org: dagster-io`.
        has_history: whether all its items are kept.
        since: since when it is watched (UTC).
        left_at: when it was found to have left (UTC); None while it is watched.
        left_because: why it left, in a few words.
        has_traffic: whether its views and clones are kept.
        has_downloads: whether the counters of its release assets are kept.
    """

    repo: str
    repo_id: int | None
    source: str
    has_history: bool
    since: datetime
    left_at: datetime | None = None
    left_because: str | None = None
    has_traffic: bool = False
    has_downloads: bool = False

    @property
    def is_watched(self) -> bool:
        """Whether it is watched now."""
        return self.left_at is None

    @property
    def marks(self) -> frozenset[Mark]:
        """What is kept of it beside what is kept of all."""
        return frozenset(mark for mark in MARKS if getattr(self, f"has_{mark}"))
