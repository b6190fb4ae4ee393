"""What the leaderboard says of one repository, and for how long its tables tell the same.

Growth and durations are counted up to the repository's own `snapshot_at`, which moves with each
refresh that finds nothing new. A standing moves along with it, without a look at the tables, until
growth counts from another row of the history, or another day of stars.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from repo_stats.json_codec import UtcTime
from repo_stats.metrics.stars import find_growth_base
from repo_stats.warehouse.frames import to_microseconds, whole_times

GROWTH_DAYS = (7, 30)
"""The periods for which the growth of stars is computed, in days."""

ITEM_COLUMNS = ("repo_id", "is_pull_request", "created_at")
"""The columns of `open_issues` that durations are computed from."""

_DAY = 86_400_000_000
"""Microseconds in a day."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the leaderboard says of a repository, apart from its rank.

    Attributes:
        repo: its owner/name.
        repo_id: GitHub's number of it.
        snapshot_at: when its numbers were known to hold (UTC).
        stars: users who starred it.
        forks: forks of it.
        open_issues: without pull requests.
        open_pull_requests: including drafts.
        average_open_issues_per_user: open items per distinct author.
        average_open_issues_per_user_without_bots: the same of people.
        is_exact: whether its items are proved to be those of one moment.
        stars_before: the stars that each of `GROWTH_DAYS` is counted from, if there are any.
        holds_until: from when on the tables tell something else; None for never.
        median_created: the median time at which its open issues were opened, in microseconds.
        oldest_created_at: when the oldest of them was opened.
    """

    repo: str
    repo_id: int
    snapshot_at: UtcTime
    stars: int
    forks: int
    open_issues: int
    open_pull_requests: int
    average_open_issues_per_user: float | None
    average_open_issues_per_user_without_bots: float | None
    is_exact: bool
    stars_before: tuple[int | None, ...]
    holds_until: UtcTime | None
    median_created: float | None
    oldest_created_at: UtcTime | None

    @property
    def median_days_open(self) -> float | None:
        """The median days that its open issues have been open at `snapshot_at`."""
        if self.median_created is None:
            return None
        return (to_microseconds(self.snapshot_at) - self.median_created) / _DAY

    def move(self, snapshot_at: datetime) -> "Standing | None":
        """The standing at a later refresh that found nothing new; None if the tables have to tell.

        Args:
            snapshot_at: when the same numbers were known to hold (UTC).
        """
        if snapshot_at < self.snapshot_at:
            return None
        if self.holds_until is not None and snapshot_at >= self.holds_until:
            return None
        return replace(self, snapshot_at=snapshot_at)


def is_seen_long_enough(statistics: Mapping[str, Any], history: pa.Table | None) -> bool:
    """Whether the history alone tells the growth of a repository."""
    stars, _ = find_growth_base(statistics, history, None, max(GROWTH_DAYS))
    return stars is not None


def find_standing(
    statistics: Mapping[str, Any],
    history: pa.Table | None,
    given: pa.Table | None,
    items: pa.Table | None,
) -> Standing:
    """The standing of a repository, from its tables.

    Args:
        statistics: its row of `repo_statistics`.
        history: its rows of `repo_history` with at least `GROWTH_COLUMNS`, if there are any.
        given: its rows of `star_days` with at least `GIVEN_COLUMNS`, if there are any. They are not
            needed if `is_seen_long_enough`.
        items: its rows of `open_issues` with at least `ITEM_COLUMNS`, if there are any.
    """
    repo_id, moment = statistics["repo_id"], statistics["snapshot_at"]
    bases = [find_growth_base(statistics, history, given, days) for days in GROWTH_DAYS]
    changes = [change for _, change in bases if change is not None]
    created = _find_created(items, repo_id)
    if created.size and created.max() > to_microseconds(moment):
        changes.append(moment)  # such an issue has been open for no time, until its time has come
    names = ("repo", "repo_id", "snapshot_at", "stars", "forks", "open_issues")
    more = ("open_pull_requests", "is_exact")
    averages = (*("average_open_issues_per_user", "average_open_issues_per_user_without_bots"),)
    return Standing(
        **{name: statistics[name] for name in (*names, *more, *averages)},
        stars_before=tuple(stars for stars, _ in bases),
        holds_until=min(changes, default=None),
        median_created=_find_median(created, to_microseconds(moment)),
        oldest_created_at=_to_time(created),
    )


def _find_created(items: pa.Table | None, repo_id: int) -> Any:
    """When the open issues of a repository were opened, in microseconds."""
    if items is None:
        return np.array([], dtype=np.int64)
    is_issue = ~items["is_pull_request"].to_numpy() & (items["repo_id"].to_numpy() == repo_id)
    return whole_times(items["created_at"])[is_issue]


def _find_median(created: Any, moment: int) -> float | None:
    return float(np.median(np.minimum(created, moment))) if created.size else None


def _to_time(created: Any) -> datetime | None:
    if not created.size:
        return None
    oldest: datetime = (
        pa.scalar(int(created.min()), pa.int64()).cast(pa.timestamp("us", "UTC")).as_py()
    )
    return oldest
