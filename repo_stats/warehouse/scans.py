"""How the items of repositories were read, and rows that come with that information."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from repo_stats.json_codec import UtcTime


@dataclass(frozen=True)
class ScanInfo:
    """How the items of a repository were read.

    Attributes:
        validated_at: the earliest of the times at which GitHub last confirmed each page (UTC).
        ended_at: when the list was read and checked (UTC).
        is_exact: whether the items are proved to be the list as it was at one moment.
        pages: number of pages.
        rounds: how many times pages were requested again to prove that.
        changes: what changed while the list was read: items, or pages of a list by numbers.
        fingerprint: SHA-256 of the labels and contents of the pages, under any name of the
            repository.
    """

    validated_at: UtcTime
    ended_at: UtcTime
    is_exact: bool
    pages: int
    rounds: int
    changes: int
    fingerprint: str


@dataclass(frozen=True)
class ScannedFrame:
    """Rows that are made from the items of repositories, and how the items were read.

    Attributes:
        frame: the rows, with a `repo` column; a repository without items has no row.
        scans: how the items of each repository were read, also of those without items.
    """

    frame: pd.DataFrame
    scans: Mapping[str, ScanInfo]

    def of(self, repos: Collection[str]) -> "ScannedFrame":
        """The rows of some of the repositories."""
        scans = {repo: scan for repo, scan in self.scans.items() if repo in repos}
        return ScannedFrame(self.frame[self.frame["repo"].isin(list(repos))], scans)
