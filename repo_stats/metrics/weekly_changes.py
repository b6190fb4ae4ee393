"""What changed in a repository in one week: functions over rows of the stored tables.

What is not known is None, and never 0: a repository may have been watched only since yesterday.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from repo_stats.json_codec import UtcTime
from repo_stats.metrics.closings import find_ends
from repo_stats.metrics.weekly_extremes import Counts, Extreme, find_extremes
from repo_stats.metrics.weeks import Week
from repo_stats.warehouse.frames import to_microseconds, whole_times

HISTORY_COLUMNS = ("repo_id", "snapshot_at", "stars", "open_issues", "open_pull_requests")
"""The columns of `repo_history` that changes are told from."""

ITEM_COLUMNS = ("created_at", "closed_at", "merged_at", "state")
"""The columns of `issues` that changes are told from."""

UNANSWERED_COLUMNS = ("number", "title", "html_url", "created_at", "comments", "is_pull_request")
"""The columns of `open_issues` that the oldest issue without an answer is found by."""

_MOST_AGE = timedelta(days=1)
"""How old numbers may be at a moment to be those of that moment. A history has a row a day."""

_MONDAY = 3
"""Days from the last Monday before 1970-01-01 to that day, which is day 0 of NumPy."""


@dataclass(frozen=True)
class Unanswered:
    """An open issue that nobody has commented on.

    Attributes:
        number: its number within the repository.
        title: its title, which other people wrote.
        url: its page on GitHub.
        created_at: when it was opened (UTC).
    """

    number: int
    title: str
    url: str
    created_at: UtcTime


@dataclass(frozen=True)
class WeeklyChange:
    """What changed in a repository in a week.

    Attributes:
        repo: its owner/name.
        stars: users who starred it at the end of the week; now, if that is not known.
        open_issues: open issues, without pull requests, likewise.
        stars_gained: stars given in the week, less those taken back.
        issues_gained: by how many open issues it has more.
        opened: issues and pull requests opened in the week.
        closed: issues and pull requests closed in the week, merged ones included.
        merged: pull requests merged in the week.
        unanswered: of the open issues that nobody has commented on, the one that was opened first.
        extremes: what was more, or less, than ever before.
    """

    repo: str
    stars: int
    open_issues: int
    stars_gained: int | None = None
    issues_gained: int | None = None
    opened: int | None = None
    closed: int | None = None
    merged: int | None = None
    unanswered: Unanswered | None = None
    extremes: tuple[Extreme, ...] = ()

    @property
    def activity(self) -> int | None:
        """How much happened: the sum of all changes that are known; None if none is."""
        changes = (self.stars_gained, self.issues_gained, self.opened, self.closed)
        known = [abs(change) for change in changes if change is not None]
        return sum(known) if known else None


@dataclass(frozen=True)
class StoredTables:
    """The rows of a repository's tables that changes are told from.

    Attributes:
        statistics: its row of `repo_statistics`.
        history: the credible rows of `repo_history` of the present repository.
        star_days: its rows of `star_days`.
        open_issues: its rows of `open_issues`.
        issues: its rows of `issues`; None if they are not stored.
        known_until: until when these rows hold all that happened (UTC).
    """

    statistics: Mapping[str, Any]
    history: pa.Table
    star_days: pa.Table
    open_issues: pa.Table
    issues: pd.DataFrame | None = None
    known_until: datetime | None = None


def find_weekly_change(stored: StoredTables, week: Week) -> WeeklyChange:
    """What changed in a repository in a week."""
    before, after = (_find_row(stored.history, moment) for moment in (week.begin, week.end))
    given = _count_given(stored.star_days, week.end)
    gained = _subtract(after, before, "stars")
    counts = _count_events(stored, week)
    at_end = stored.statistics if after is None else after
    return WeeklyChange(
        repo=stored.statistics["repo"],
        stars=int(at_end["stars"]),
        open_issues=int(at_end["open_issues"]),
        stars_gained=_find_given(stored.star_days, given, week) if gained is None else gained,
        issues_gained=_subtract(after, before, "open_issues"),
        **{name: of_weeks.get(week.monday, 0) for name, of_weeks in counts.items()},
        unanswered=find_unanswered(stored.open_issues),
        extremes=find_extremes({"stars": given, **counts}, stored.history, week),
    )


def find_unanswered(open_issues: pa.Table) -> Unanswered | None:
    """Of the open issues that nobody has commented on, the one that was opened first."""
    is_issue = pc.invert(open_issues["is_pull_request"])
    waiting = open_issues.filter(pc.and_(is_issue, pc.equal(open_issues["comments"], 0)))
    if not len(waiting):
        return None
    order = np.lexsort((waiting["number"].to_numpy(), whole_times(waiting["created_at"])))
    [row] = waiting.take(order[:1]).to_pylist()
    return Unanswered(row["number"], row["title"], row["html_url"], row["created_at"])


def _find_row(history: pa.Table, moment: datetime) -> Mapping[str, Any] | None:
    """The numbers at a moment; None if none were taken in the day before it."""
    times = whole_times(history["snapshot_at"])
    place = int(np.searchsorted(times, to_microseconds(moment), side="right")) - 1
    if place < 0 or times[place] < to_microseconds(moment - _MOST_AGE):
        return None
    row: Mapping[str, Any] = history.slice(place, 1).to_pylist()[0]
    return row


def _subtract(
    after: Mapping[str, Any] | None, before: Mapping[str, Any] | None, name: str
) -> int | None:
    return None if after is None or before is None else int(after[name] - before[name])


def _count_given(star_days: pa.Table, end: datetime) -> Counts:
    """The stars given in each week up to a moment, and still held."""
    days, stars = star_days["day"].to_numpy(), star_days["stars"].to_numpy()
    is_before = days < np.datetime64(end.date())
    return _sum_by_week(days[is_before], stars[is_before])


def _find_given(star_days: pa.Table, given: Counts, week: Week) -> int | None:
    """The stars given in a week; None if GitHub has not told on which days stars were given."""
    return given.get(week.monday, 0) if len(star_days) else None


def _count_events(stored: StoredTables, week: Week) -> dict[str, Counts]:
    """How many items were opened, closed and merged in each week up to a given one.

    Nothing is counted if not all of the week is known.
    """
    items, until = stored.issues, stored.known_until
    if items is None or until is None or until < week.end:
        return {}
    times = {
        "opened": items["created_at"],
        "closed": find_ends(items),
        "merged": items["merged_at"],
    }
    return {name: _count_times(of_event, week.end) for name, of_event in times.items()}


def _count_times(times: pd.Series, end: datetime) -> Counts:
    """How many times are in each week up to a moment; missing ones are in none."""
    before = times[times < end].dt.tz_localize(None).to_numpy().astype("datetime64[D]")
    return _sum_by_week(before, np.ones(len(before), np.int64))


def _sum_by_week(days: npt.NDArray[Any], values: npt.NDArray[Any]) -> Counts:
    """The sums of the values of days by week; a week without days has none."""
    numbers = days.astype("datetime64[D]").astype(np.int64)
    weeks, places = np.unique((numbers + _MONDAY) // 7, return_inverse=True)
    mondays = (weeks * 7 - _MONDAY).astype("datetime64[D]").tolist()
    sums = np.bincount(places, values, len(weeks)).astype(np.int64).tolist()
    return dict(zip(mondays, sums, strict=True))
