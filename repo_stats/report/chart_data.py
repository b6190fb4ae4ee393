"""The numbers behind the charts: rows of the stored tables in the shape that each chart takes.

Pure functions of data frames. `data.py` reads the tables.
"""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from repo_stats.warehouse.frames import Records, to_records

MOST_POINTS = 120
"""The most points of a line: a page has no room to show more of them."""

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


def daily(history: pd.DataFrame, column: str) -> Records:
    """A number at the end of each day (UTC), thinned to `MOST_POINTS` days."""
    days = history["snapshot_at"].dt.floor("D")
    last = _thin(history[~days.duplicated(keep="last")])
    return [
        {"day": f"{moment:%Y-%m-%d}", "value": value}
        for moment, value in zip(last["snapshot_at"], last[column], strict=True)
    ]


def backlog_by_day(backlog: pd.DataFrame) -> Records:
    """Open issues and pull requests at the end of each day, one row for each kind."""
    return [
        {"day": str(row["day"]), "kind": kind, "value": int(row[column])}
        for row in _thin(backlog).to_dict("records")
        for kind, column in (("issues", "open_issues"), ("pull requests", "open_pull_requests"))
    ]


def count_by_age(items: pd.DataFrame, now: datetime) -> Records:
    """How many open issues and pull requests are in each age group, zeros included."""
    days = (now - items["created_at"]).dt.total_seconds() / 86_400
    bounds = [bound for _, bound in AGES if bound is not None]
    groups = np.searchsorted(bounds, days, side="right")
    is_pull = items["is_pull_request"].to_numpy(dtype=bool)
    counts = {
        kind: np.bincount(groups[chosen], minlength=len(AGES))
        for kind, chosen in (("issues", ~is_pull), ("pull requests", is_pull))
    }
    return [
        {"age": age, "kind": kind, "value": int(counts[kind][group])}
        for group, (age, _) in enumerate(AGES)
        for kind in counts
    ]


def flow_by_week(trends: pd.DataFrame, now: datetime) -> Records:
    """Items opened and closed in each of the last complete weeks, one row for each kind."""
    today = now.date()
    weeks = _complete_periods(trends, "week", today - timedelta(days=today.weekday()))
    return [
        {"day": row["start"], "kind": kind, "value": int(row[kind])}
        for row in weeks.to_dict("records")
        for kind in ("opened", "closed")
    ]


def closing_by_month(trends: pd.DataFrame, now: datetime) -> Records:
    """Days within which half, and nine of ten, of the items closed in each month were closed.

    Only complete months count.

    Months without closed items have no rows.
    """
    months = _complete_periods(trends, "month", now.date().replace(day=1))
    columns = (("half of them", "median_days_to_close"), ("nine of ten", "p90_days_to_close"))
    return [
        {"day": row["start"], "kind": kind, "value": round(float(row[column]), 2)}
        for row in months.to_dict("records")
        for kind, column in columns
        if not pd.isna(row[column])
    ]


def oldest_issues(items: pd.DataFrame) -> Records:
    """The issues that have been open longest, without pull requests; equals by their numbers."""
    issues = items[~items["is_pull_request"].astype(bool)]
    return to_records(issues.sort_values(["created_at", "number"]).head(MOST_ISSUES))


def _complete_periods(trends: pd.DataFrame, period: str, current: date) -> pd.DataFrame:
    """The last weeks or months before the current one, which starts at a given day."""
    is_wanted = (trends["period"] == period) & (trends["kind"] == "all")
    rows = trends[is_wanted & (trends["start"] < current)]
    return rows.assign(start=rows["start"].astype(str)).tail(MOST_PERIODS)


def _thin(rows: pd.DataFrame) -> pd.DataFrame:
    """At most `MOST_POINTS` rows at equal distances, the last row among them."""
    step = -(-len(rows) // MOST_POINTS) or 1
    return rows.iloc[::-step].iloc[::-1]
