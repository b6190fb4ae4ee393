"""When a list of open items is unchanged by proof: its pulse is the one before its last scan.

Pure functions. `docs/exactness.md` gives the argument, whose steps are cited here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from repo_stats.github.graphql.pulse import NewestItem, Pulse
from repo_stats.json_codec import UtcTime

SETTLED = timedelta(seconds=10)
"""How long ago the newest update must be for a pulse to stand for a list: GitHub's times are whole
seconds, and the clocks of its machines differ a little."""

LAG = timedelta(hours=1)
"""The longest time by which one of GitHub's machines may lag behind another."""


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What a scan of a list found, as far as a pulse tells of it.

    Attributes:
        began_at: when the earliest of its requests was sent (UTC).
        is_exact: whether its items are proved to be those of one moment.
        open_issues: how many issues it found.
        open_pull_requests: how many pull requests it found.
        updates: when the items were updated that the pulse names, by number, as far as they are
            on the list.
    """

    began_at: datetime
    is_exact: bool
    open_issues: int
    open_pull_requests: int
    updates: Mapping[int, datetime]


@dataclass(frozen=True, slots=True)
class Voucher:
    """The pulse that was taken before the last scan of a list, and whether it stands for the list.

    Attributes:
        pulse: the pulse.
        more_issues: how many more issues the scan found than the pulse counts; below 0 for fewer.
        more_pull_requests: the same of pull requests.
        differs_since: since when scans and pulses have differed by these numbers (UTC).
        is_valid: whether a later pulse that shows the same proves that the list is unchanged.
    """

    pulse: Pulse
    more_issues: int
    more_pull_requests: int
    differs_since: UtcTime
    is_valid: bool

    @property
    def difference(self) -> tuple[int, int]:
        """By how many issues and pull requests scan and pulse differ."""
        return self.more_issues, self.more_pull_requests


def vouch(pulse: Pulse, scan: ScanSummary, earlier: Voucher | None) -> Voucher:
    """Decide whether a pulse stands for the list that was read after it.

    Args:
        pulse: the last pulse before the scan.
        scan: the scan.
        earlier: the voucher of the scan before.
    """
    difference = (
        scan.open_issues - pulse.open_issues,
        scan.open_pull_requests - pulse.open_pull_requests,
    )
    differs_since: datetime = scan.began_at
    if earlier is not None and earlier.difference == difference:
        differs_since = min(earlier.differs_since, scan.began_at)
    has_differed_for_long = scan.began_at - differs_since >= LAG  # step 17
    is_valid = (
        scan.is_exact
        and pulse.asked_at <= scan.began_at
        and _is_settled(pulse)
        and (difference == (0, 0) or has_differed_for_long)
        and all(_agrees(item, scan) for item in pulse.newest)
    )
    return Voucher(pulse, *difference, differs_since, is_valid)


def is_unchanged(voucher: Voucher | None, pulse: Pulse) -> bool:
    """Whether a list is what it was at its last scan (steps 14 and 15).

    Args:
        voucher: of that scan; None if there is none.
        pulse: the pulse now.
    """
    if voucher is None or not voucher.is_valid or pulse.asked_at < voucher.pulse.asked_at:
        return False
    return pulse.shows_the_same(voucher.pulse)


def _is_settled(pulse: Pulse) -> bool:
    """Whether every later update of an item has a later time than those in the pulse (step 15)."""
    return all(item.updated_at + SETTLED <= pulse.served_at for item in pulse.newest)


def _agrees(item: NewestItem, scan: ScanSummary) -> bool:
    """Whether a scan has seen the newest update of a pulse (step 16)."""
    found = scan.updates.get(item.number)
    if item.is_open:
        has_seen = found is not None and found >= item.updated_at
    else:
        has_seen = found is None or found > item.updated_at
    return (has_seen and item.is_alone) or item.updated_at + LAG <= scan.began_at
