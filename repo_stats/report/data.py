"""What the report shows of each repository: taken from the stored tables, in the form of pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from repo_stats.metrics.history import of_current_repository
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import (
    ISSUE_BACKLOG,
    ISSUE_TRENDS,
    ISSUES_PER_USER,
    LEADERBOARD,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
    TableSchema,
)
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables

Records = list[dict[str, Any]]


MOST_POINTS = 120
"""Points of a line: more cannot be told apart on a page."""


MOST_AUTHORS, MOST_ISSUES = 10, 25


MOST_PERIODS = 52


_ITEM_COLUMNS = (
    *("number", "title", "user", "comments", "html_url", "created_at", "is_pull_request"),
)


_HISTORY_COLUMNS = ("repo", "repo_id", "snapshot_at", "stars")


AGES = (
    ("under a week", 7),
    ("1 to 4 weeks", 28),
    ("1 to 3 months", 91),
    ("3 to 12 months", 365),
    ("1 to 3 years", 1096),
    ("over 3 years", None),
)
"""Bounds of ages in days; each age is below its own and not below the one before."""


@dataclass(frozen=True)
class RepositoryReport:
    """All that is shown of a repository; what is not stored yet is empty.

    Attributes:
        repo: its owner/name.
        numbers: its row of `repo_statistics`, with its `html_url` and `description`.
        place: its row of `leaderboard`.
        stale: why it could not be refreshed lately, and since when; None if it could.
        stars: stars by day.
        backlog: open issues and pull requests by day.
        ages: how many open issues and pull requests are how old.
        authors: who opened most of what is open.
        flow: items opened and closed by week.
        closing: days to close by month.
        oldest: the issues that have been open longest.
    """

    repo: str
    numbers: Mapping[str, Any]
    place: Mapping[str, Any] = field(default_factory=dict)
    stale: str | None = None
    stars: Records = field(default_factory=list)
    backlog: Records = field(default_factory=list)
    ages: Records = field(default_factory=list)
    authors: Records = field(default_factory=list)
    flow: Records = field(default_factory=list)
    closing: Records = field(default_factory=list)
    oldest: Records = field(default_factory=list)


class NothingStoredError(Exception):
    """There are no statistics of a repository yet; the message says why."""


def find_places(tables: Tables) -> dict[str, dict[str, Any]]:
    """The rows of `leaderboard`, by repository; none if there is no such table."""
    rows = tables.find(LEADERBOARD, None)
    return {} if rows is None else {row["repo"]: row for row in _records(rows)}


def read_report(
    tables: Tables, repo: str, place: Mapping[str, Any] | None, now: datetime
) -> RepositoryReport:
    """What is to be shown of a repository.

    Args:
        tables: the warehouse's tables.
        repo: its owner/name.
        place: its row of `leaderboard`, if there is one.
        now: the present (UTC).

    Raises:
        NothingStoredError: it was never refreshed.
        WarehouseError: a table cannot be read.
    """
    problem = RefreshFailures(tables.files).find(repo)
    statistics = tables.find(REPO_STATISTICS, repo)
    if statistics is None or len(statistics) != 1:
        raise NothingStoredError(problem.reason if problem else "it was not refreshed yet.")
    items = _find(tables, OPEN_ISSUES, repo, _ITEM_COLUMNS)
    history = of_current_repository(_find(tables, REPO_HISTORY, repo, _HISTORY_COLUMNS))
    trends = _find(tables, ISSUE_TRENDS, repo)
    return RepositoryReport(
        repo=repo,
        numbers={**_records(statistics)[0], **_describe(tables, repo)},
        place=place or dict.fromkeys(LEADERBOARD.names),
        stale=None
        if problem is None
        else f"since {problem.since:%Y-%m-%d %H:%M} UTC: {problem.reason}",
        stars=daily(history, "stars"),
        backlog=backlog_by_day(of_current_repository(_find(tables, ISSUE_BACKLOG, repo))),
        ages=count_by_age(items, now),
        authors=_records(_find(tables, ISSUES_PER_USER, repo).head(MOST_AUTHORS)),
        flow=flow_by_week(trends, now),
        closing=closing_by_month(trends, now),
        oldest=oldest_issues(items),
    )


def _find(
    tables: Tables, schema: TableSchema, repo: str, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    rows = tables.find(schema, repo, columns)
    return to_frame(schema, []) if rows is None else rows


def _describe(tables: Tables, repo: str) -> dict[str, Any]:
    names = ["html_url", "description"]
    rows = tables.find(REPO_METADATA, repo, names)
    return dict.fromkeys(names) if rows is None or len(rows) != 1 else _records(rows)[0]


def daily(history: pd.DataFrame, column: str) -> Records:
    """A number at the end of each day (UTC), at most so many days as make a good line."""
    days = history["snapshot_at"].dt.floor("D")
    last = _thin(history[~days.duplicated(keep="last")])
    return [
        {"day": f"{moment:%Y-%m-%d}", "value": value}
        for moment, value in zip(last["snapshot_at"], last[column], strict=True)
    ]


def backlog_by_day(backlog: pd.DataFrame) -> Records:
    """Open issues and pull requests at the end of each day, a row for each kind."""
    return [
        {"day": str(row["day"]), "kind": kind, "value": int(row[column])}
        for row in _thin(backlog).to_dict("records")
        for kind, column in (("issues", "open_issues"), ("pull requests", "open_pull_requests"))
    ]


def count_by_age(items: pd.DataFrame, now: datetime) -> Records:
    """How many open issues and pull requests are how old; ages without any are there too."""
    days = (now - items["created_at"]).dt.total_seconds() / 86_400
    bounds = [bound for _, bound in AGES if bound is not None]
    places = np.searchsorted(bounds, days, side="right")
    is_pull = items["is_pull_request"].to_numpy(dtype=bool)
    counts = {
        kind: np.bincount(places[chosen], minlength=len(AGES))
        for kind, chosen in (("issues", ~is_pull), ("pull requests", is_pull))
    }
    return [
        {"age": age, "kind": kind, "value": int(counts[kind][place])}
        for place, (age, _) in enumerate(AGES)
        for kind in counts
    ]


def flow_by_week(trends: pd.DataFrame, now: datetime) -> Records:
    """Items opened and closed in each of the last whole weeks, a row for each."""
    today = now.date()
    weeks = _periods(trends, "week", today - timedelta(days=today.weekday()))
    return [
        {"day": row["start"], "kind": kind, "value": int(row[kind])}
        for row in weeks.to_dict("records")
        for kind in ("opened", "closed")
    ]


def closing_by_month(trends: pd.DataFrame, now: datetime) -> Records:
    """Days that closing took in each of the last whole months: half of the items, nine of ten."""
    months = _periods(trends, "month", now.date().replace(day=1))
    columns = (("half of them", "median_days_to_close"), ("nine of ten", "p90_days_to_close"))
    return [
        {"day": row["start"], "kind": kind, "value": round(float(row[column]), 2)}
        for row in months.to_dict("records")
        for kind, column in columns
        if not pd.isna(row[column])
    ]


def oldest_issues(items: pd.DataFrame) -> Records:
    """The issues, no pull requests, that have been open longest."""
    issues = items[~items["is_pull_request"].astype(bool)]
    return _records(issues.sort_values("created_at").head(MOST_ISSUES))


def _periods(trends: pd.DataFrame, period: str, running: date) -> pd.DataFrame:
    """The last periods of a kind, without the one that is running since a day."""
    is_wanted = (trends["period"] == period) & (trends["kind"] == "all")
    rows = trends[is_wanted & (trends["start"] < running)]
    return rows.assign(start=rows["start"].astype(str)).tail(MOST_PERIODS)


def _thin(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows at equal distances, the last among them, as many as make a good line."""
    step = -(-len(rows) // MOST_POINTS) or 1
    return rows.iloc[::-step].iloc[::-1]


def _records(rows: pd.DataFrame) -> Records:
    names = [str(name) for name in rows.columns]
    columns = [rows[name].tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
