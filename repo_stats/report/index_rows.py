"""The rows of the first page: what it says of each repository and each owner, and their sums."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import mode
from typing import Any

from repo_stats.report.data import RepositoryReport
from repo_stats.report.trends import encode_trend, recent_stars
from repo_stats.warehouse.frames import Records

SUMMED = ("stars", "growth_7", "growth_30", "open_issues", "open_pull_requests")
"""The numbers of a row that are also shown as sums."""


@dataclass(frozen=True)
class IndexRow:
    """What the first page says of a repository.

    Attributes:
        repo: its owner/name.
        description: its description; empty if there is none.
        topics: its topics.
        language: its main language; empty if there is none.
        is_archived: whether it is archived.
        is_exact: whether its open items are proved to be those of one moment.
        stars: users who starred it.
        forks: forks of it.
        open_issues: without pull requests.
        open_pull_requests: including drafts.
        per_user: open items per distinct author.
        trend: its stars over time, see `encode_trend`.
        snapshot_at: when its numbers were last known to hold (UTC).
        rank: its rank by stars.
        growth_7: stars gained in seven days.
        growth_30: stars gained in thirty days.
        days_open: the median days that its open issues have been open.
        oldest: when the oldest of them was opened.
        stale: since when and why it could not be refreshed; None if it could.
    """

    repo: str
    description: str
    topics: tuple[str, ...]
    language: str
    is_archived: bool
    is_exact: bool
    stars: int
    forks: int
    open_issues: int
    open_pull_requests: int
    per_user: float | None
    trend: str
    snapshot_at: datetime
    rank: int | None = None
    growth_7: int | None = None
    growth_30: int | None = None
    days_open: float | None = None
    oldest: datetime | None = None
    stale: str | None = None

    @property
    def owner(self) -> str:
        """The user or organisation that it belongs to."""
        return self.repo.partition("/")[0]


@dataclass(frozen=True)
class Totals:
    """The sums over some repositories.

    Attributes:
        name: the owner; empty for all.
        repositories: how many there are.
        sums: the sum of each of `SUMMED`; None if no repository has that number.
        oldest: when their oldest open issue was opened.
    """

    name: str
    repositories: int
    sums: Mapping[str, int | None]
    oldest: datetime | None


def make_row(report: RepositoryReport) -> IndexRow:
    """The row of a repository, from what its own page shows."""
    n = report.numbers
    row = IndexRow(
        repo=report.repo,
        description=n.get("description") or "",
        topics=report.topics,
        language=n.get("language") or "",
        is_archived=bool(n.get("is_archived")),
        is_exact=bool(n["is_exact"]),
        stars=int(n["stars"]),
        forks=int(n["forks"]),
        open_issues=int(n["open_issues"]),
        open_pull_requests=int(n["open_pull_requests"]),
        per_user=_number(n["average_open_issues_per_user"]),
        trend=encode_trend(recent_stars(report.stars)),
        snapshot_at=n["snapshot_at"],
        stale=report.stale,
    )
    return place_row(row, report.leaderboard)


def place_row(row: IndexRow, leaderboard: Mapping[str, Any]) -> IndexRow:
    """A row with the numbers of the repository's row of `leaderboard`, which may be empty."""
    return replace(
        row,
        rank=leaderboard.get("rank"),
        growth_7=leaderboard.get("stars_growth_7_days"),
        growth_30=leaderboard.get("stars_growth_30_days"),
        days_open=_number(leaderboard.get("median_days_open")),
        oldest=leaderboard.get("oldest_created_at"),
    )


def sum_up(rows: Sequence[IndexRow], name: str = "") -> Totals:
    """The sums over rows."""
    return Totals(
        name=name,
        repositories=len(rows),
        sums={column: _sum(getattr(row, column) for row in rows) for column in SUMMED},
        oldest=min((row.oldest for row in rows if row.oldest is not None), default=None),
    )


def group_by_owner(rows: Iterable[IndexRow]) -> dict[str, list[IndexRow]]:
    """The rows of each owner, by its name as most of them spell it.

    GitHub does not tell upper case from lower case in names, and a watchlist may write either.
    """
    groups: dict[str, list[IndexRow]] = {}
    for row in rows:
        groups.setdefault(row.owner.lower(), []).append(row)
    return {mode(row.owner for row in group): group for group in groups.values()}


def sum_by_owner(rows: Sequence[IndexRow]) -> list[Totals]:
    """The sums of each owner, the one with the most stars first."""
    totals = [sum_up(of_owner, owner) for owner, of_owner in group_by_owner(rows).items()]
    return sorted(totals, key=lambda total: (-(total.sums["stars"] or 0), total.name.lower()))


def comparison_rows(rows: Sequence[IndexRow], most: int = 20) -> Records:
    """The open items of the repositories that have the most, for the chart of the first page."""
    busiest = sorted(rows, key=lambda row: -(row.open_issues + row.open_pull_requests))[:most]
    return [
        {"name": row.repo, "kind": kind, "value": value}
        for row in busiest
        for kind, value in (("issues", row.open_issues), ("pull requests", row.open_pull_requests))
    ]


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _number(value: float | None) -> float | None:
    """A number to two digits; None if there is none."""
    return None if value is None or value != value else round(value, 2)
