"""What is stored of how items were read, beside the rows made of them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class ScanInfo:
    """How the items of a repository were read.

    Attributes:
        validated_at: when GitHub last vouched for the page that was validated longest ago (UTC).
        ended_at: when reading and proving was done (UTC).
        is_exact: whether the items are proved to be the list as it stood at one moment.
        pages: number of pages.
        rounds: how often pages were asked for again for that proof.
        changes: what changed while the list was read: items, or pages of a list by numbers.
        fingerprint: SHA-256 of the names and contents of the pages.
    """

    validated_at: datetime
    ended_at: datetime
    is_exact: bool
    pages: int
    rounds: int
    changes: int
    fingerprint: str

    def to_note(self) -> dict[str, Any]:
        """The scan as JSON values."""
        times = {name: getattr(self, name).isoformat() for name in _SCAN_TIMES}
        return {**asdict(self), **times}

    @classmethod
    def from_note(cls, note: Mapping[str, Any]) -> "ScanInfo":
        """The scan that `to_note` wrote."""
        times = {name: datetime.fromisoformat(note[name]) for name in _SCAN_TIMES}
        return cls(**{**note, **times})


_SCAN_TIMES = ("validated_at", "ended_at")


@dataclass(frozen=True)
class ScannedFrame:
    """Rows of repositories that are made of their items, and how those were read.

    Attributes:
        frame: the rows, with a `repo` column; a repository with no item has none.
        scans: a scan for every repository that was read.
    """

    frame: pd.DataFrame
    scans: Mapping[str, ScanInfo]

    def of(self, repos: Collection[str]) -> "ScannedFrame":
        """The rows of some of the repositories."""
        scans = {repo: scan for repo, scan in self.scans.items() if repo in repos}
        return ScannedFrame(self.frame[self.frame["repo"].isin(list(repos))], scans)
