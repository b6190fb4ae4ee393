"""Records and falls: what was more, or less, in a week than ever before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from repo_stats.metrics.weeks import Week
from repo_stats.warehouse.frames import to_microseconds, whole_times

LEAST_WEEKS = 8
"""How many weeks have to be known before one of them is a record."""

LEAST_COUNT = 5
"""Fewer stars or items in a week are no record."""


Counts: TypeAlias = Mapping[date, int]
"""The numbers of weeks by their Mondays; a week with nothing may be left out."""


class Kind(Enum):
    """What was more or less than ever."""

    STARS = "stars"
    OPENED = "opened"
    CLOSED = "closed"
    MERGED = "merged"
    MOST_OPEN = "most open issues"
    FEWEST_OPEN = "fewest open issues"


@dataclass(frozen=True)
class Extreme:
    """A number that was never as large before, or never as small.

    Attributes:
        kind: what was counted.
        value: the number.
        since: the first day that it was compared with.
    """

    kind: Kind
    value: int
    since: date


def find_extremes(
    counts: Mapping[str, Counts], history: pa.Table, week: Week
) -> tuple[Extreme, ...]:
    """The records and falls of a week.

    Args:
        counts: the numbers of the weeks up to it, by the values of `Kind`.
        history: credible rows of `repo_history`.
        week: the week.
    """
    records = (_find_record(Kind(name), of_weeks, week) for name, of_weeks in counts.items())
    found = [record for record in records if record is not None]
    return (*found, *_compare_backlog(history, week))


def _find_record(kind: Kind, counts: Counts, week: Week) -> Extreme | None:
    """A week's number, if it is larger than that of each week before it."""
    value = counts.get(week.monday, 0)
    before = {monday: count for monday, count in counts.items() if monday < week.monday}
    if value < LEAST_COUNT or not before or value <= max(before.values()):
        return None
    since = min(before)
    return Extreme(kind, value, since) if _is_long(since, week) else None


def _compare_backlog(history: pa.Table, week: Week) -> list[Extreme]:
    """The open issues at the end of a week, if there were never as many or as few before it."""
    times, issues = whole_times(history["snapshot_at"]), history["open_issues"].to_numpy()
    is_before = times <= to_microseconds(week.begin)
    is_within = ~is_before & (times <= to_microseconds(week.end))
    if not is_before.any() or not is_within.any():
        return []
    since = history["snapshot_at"][int(np.flatnonzero(is_before)[0])].as_py().date()
    last, before = int(issues[is_within][-1]), issues[is_before]
    if not _is_long(since, week):
        return []
    if last > before.max():
        return [Extreme(Kind.MOST_OPEN, last, since)]
    return [Extreme(Kind.FEWEST_OPEN, last, since)] if last < before.min() else []


def _is_long(since: date, week: Week) -> bool:
    return since <= week.monday - timedelta(weeks=LEAST_WEEKS)
