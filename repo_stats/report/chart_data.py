"""The numbers behind the charts: rows of the stored tables in the shape that each chart takes.

Pure functions of Arrow tables, which take a tenth of the time of frames. `data.py` reads them.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from repo_stats.metrics.stars import trace_stars
from repo_stats.report.charts import HELD, SEEN
from repo_stats.warehouse.frames import Records, to_microseconds, whole_times

MOST_ISSUES = 25

MOST_PERIODS = 52

AGES = (
    ("under a week", 7),
    ("1 to 4 weeks", 28),
    ("1 to 3 months", 91),
    ("3 to 12 months", 365),
    ("1 to 3 years", 1096),
    ("over 3 years", None),
)
"""Age groups with their upper bounds in days; an age that equals a bound is in the next group."""


_DAY = 86_400_000_000
"""Microseconds in a day."""


def stars_by_day(history: pa.Table, given: pa.Table, statistics: Mapping[str, Any]) -> Records:
    """The stars at the end of each day: those given until then and still held, and those seen.

    Args:
        history: credible rows of `repo_history`, which are in the order of their times.
        given: rows of `star_days`.
        statistics: the row of `repo_statistics`.
    """
    seen_on, seen = _last_of_each_day(history, "stars")
    days, held = trace_stars(given, statistics, seen_on)
    lines = ((HELD, days, held.tolist()), (SEEN, seen_on, seen))
    points = sorted(
        (day, kind, value)
        for kind, on, values in lines
        for day, value in zip(on.tolist(), values, strict=True)
    )
    texts = np.datetime_as_string(np.array([day for day, _, _ in points], dtype="datetime64[D]"))
    return [
        {"day": text, "kind": kind, "value": value}
        for text, (_, kind, value) in zip(texts.tolist(), points, strict=True)
    ]


def _last_of_each_day(history: pa.Table, column: str) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """The days (UTC) of a history, counted from 1970-01-01, and the last number of each."""
    days = whole_times(history["snapshot_at"]) // _DAY
    (last_of_day,) = np.nonzero(np.append(days[1:] != days[:-1], np.ones(min(1, len(days)), bool)))
    return days[last_of_day], history[column].take(last_of_day).to_pylist()


def backlog_by_day(backlog: pa.Table) -> Records:
    """Open issues and pull requests at the end of each day, one row for each kind."""
    kinds = (("issues", "open_issues"), ("pull requests", "open_pull_requests"))
    days = pc.cast(backlog["day"], pa.string()).to_pylist()
    columns = [(kind, backlog[column].to_pylist()) for kind, column in kinds]
    return [
        {"day": day, "kind": kind, "value": values[place]}
        for place, day in enumerate(days)
        for kind, values in columns
    ]


def count_by_age(items: pa.Table, now: datetime) -> Records:
    """How many open issues and pull requests are in each age group, zeros included."""
    ages = to_microseconds(now) - whole_times(items["created_at"])
    bounds = [bound * _DAY for _, bound in AGES if bound is not None]
    groups = np.searchsorted(bounds, ages, side="right")
    is_pull = items["is_pull_request"].to_numpy()
    counts = {
        kind: np.bincount(groups[chosen], minlength=len(AGES))
        for kind, chosen in (("issues", ~is_pull), ("pull requests", is_pull))
    }
    return [
        {"age": age, "kind": kind, "value": int(counts[kind][group])}
        for group, (age, _) in enumerate(AGES)
        for kind in counts
    ]


def flow_by_week(trends: pa.Table, now: datetime) -> Records:
    """Items opened and closed in each of the last complete weeks, one row for each kind."""
    today = now.date()
    weeks = complete_periods(trends, "week", today - timedelta(days=today.weekday()))
    return [
        {"day": str(row["start"]), "kind": kind, "value": row[kind]}
        for row in weeks
        for kind in ("opened", "closed")
    ]


def closing_by_month(trends: pa.Table, now: datetime) -> Records:
    """Days within which half, and nine of ten, of the items closed in each month were closed.

    Only complete months count.

    Months without closed items have no rows.
    """
    months = complete_periods(trends, "month", now.date().replace(day=1))
    columns = (("half of them", "median_days_to_close"), ("nine of ten", "p90_days_to_close"))
    return [
        {"day": str(row["start"]), "kind": kind, "value": round(row[column], 2)}
        for row in months
        for kind, column in columns
        if row[column] is not None
    ]


def oldest_issues(items: pa.Table) -> Records:
    """The issues that have been open longest, without pull requests; equals by their numbers."""
    issues = items.filter(pc.invert(items["is_pull_request"]))
    order = np.lexsort((issues["number"].to_numpy(), whole_times(issues["created_at"])))
    return list(issues.take(order[:MOST_ISSUES]).to_pylist())


def complete_periods(trends: pa.Table, period: str, current: date, kind: str = "all") -> Records:
    """The last weeks or months before the current one, which starts at a given day.

    Args:
        trends: rows of `issue_trends`.
        period: `week` or `month`.
        current: the first day of the current one.
        kind: of items, as `issue_trends` calls it.
    """
    is_wanted = pc.and_(pc.equal(trends["period"], period), pc.equal(trends["kind"], kind))
    is_complete = pc.less(trends["start"], pa.scalar(current, pa.date32()))
    rows = trends.filter(pc.and_(is_wanted, is_complete))
    return list(rows.slice(max(0, len(rows) - MOST_PERIODS)).to_pylist())
