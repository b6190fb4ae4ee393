"""What the report shows of each repository: taken from the stored tables, in the form of pages."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

import pandas as pd

from repo_stats.history import of_current_repository
from repo_stats.warehouse.problems import Problems
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
from repo_stats.warehouse.tables import Tables, to_frame

_Result = TypeVar("_Result")

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


def read_reports(
    tables: Tables, repos: Sequence[str], now: datetime
) -> tuple[list[RepositoryReport], dict[str, str]]:
    """What is to be shown of the repositories that have statistics.

    Args:
        tables: the warehouse's tables.
        repos: the watchlist.
        now: the present (UTC).

    Returns:
        Their reports in the watchlist's order, and why there is none of others, by repository.
    """
    places = _find_places(tables)
    nowhere = dict.fromkeys(LEADERBOARD.names)
    reports, absent = try_each(
        repos, lambda repo: _read_report(tables, repo, places.get(repo, nowhere), now)
    )
    for repo in reports.keys() - {repo for repo, report in reports.items() if report}:
        problem = Problems(tables.files).find(repo)
        absent[repo] = "it was not refreshed yet." if problem is None else problem.reason
    found = [report for report in reports.values() if report is not None]
    return found, {repo: absent[repo] for repo in repos if repo in absent}


def try_each(
    items: Iterable[str], work: Callable[[str], _Result]
) -> tuple[dict[str, _Result], dict[str, str]]:
    """Do something for each repository; where it goes wrong, the others are done all the same.

    Returns:
        The results, and what went wrong, by repository.
    """
    done: dict[str, _Result] = {}
    errors: dict[str, str] = {}
    for item in items:
        try:
            done[item] = work(item)
        except Exception as error:  # noqa: BLE001, PERF203 - told on the first page
            errors[item] = str(error) or type(error).__name__
    return done, errors


def _find_places(tables: Tables) -> dict[str, dict[str, Any]]:
    rows = tables.find(LEADERBOARD, None)
    return {} if rows is None else {row["repo"]: row for row in _records(rows)}


def _read_report(
    tables: Tables, repo: str, place: Mapping[str, Any], now: datetime
) -> RepositoryReport | None:
    statistics = tables.find(REPO_STATISTICS, repo)
    if statistics is None or len(statistics) != 1:
        return None
    items = _find(tables, OPEN_ISSUES, repo, _ITEM_COLUMNS)
    history = of_current_repository(_find(tables, REPO_HISTORY, repo, _HISTORY_COLUMNS))
    trends = _find(tables, ISSUE_TRENDS, repo)
    problem = Problems(tables.files).find(repo)
    return RepositoryReport(
        repo=repo,
        numbers={**_records(statistics)[0], **_describe(tables, repo)},
        place=place,
        stale=None
        if problem is None
        else f"since {problem.since:%Y-%m-%d %H:%M} UTC: {problem.reason}",
        stars=daily(history, "stars"),
        backlog=backlog_by_day(_find(tables, ISSUE_BACKLOG, repo)),
        ages=count_by_age(items, now),
        authors=_records(_find(tables, ISSUES_PER_USER, repo).head(MOST_AUTHORS)),
        flow=flow_by_week(trends),
        closing=closing_by_month(trends),
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
    if history.empty:
        return []
    days = history.assign(day=history["snapshot_at"].dt.strftime("%Y-%m-%d"))
    last = days.groupby("day")[column].last().reset_index()
    return _records(_thin(last.rename(columns={column: "value"})))


def backlog_by_day(backlog: pd.DataFrame) -> Records:
    """Open issues and pull requests at the end of each day, a row for each kind."""
    thin = _thin(backlog.assign(day=backlog["day"].astype(str)))
    return [
        {"day": row["day"], "kind": kind, "value": int(row[column])}
        for row in thin.to_dict("records")
        for kind, column in (("issues", "open_issues"), ("pull requests", "open_pull_requests"))
    ]


def count_by_age(items: pd.DataFrame, now: datetime) -> Records:
    """How many open issues and pull requests are how old; ages without any are there too."""
    days = (now - items["created_at"]).dt.total_seconds() / 86_400
    counts = []
    lower = float("-inf")
    for age, bound in AGES:
        upper = float("inf") if bound is None else bound
        held = items[(days >= lower) & (days < upper)]
        pulls = int(held["is_pull_request"].sum())
        counts.append({"age": age, "kind": "issues", "value": len(held) - pulls})
        counts.append({"age": age, "kind": "pull requests", "value": pulls})
        lower = upper
    return counts


def flow_by_week(trends: pd.DataFrame) -> Records:
    """Items opened and closed in each of the last weeks, a row for each."""
    weeks = _periods(trends, "week")
    return [
        {"day": row["start"], "kind": kind, "value": int(row[kind])}
        for row in weeks.to_dict("records")
        for kind in ("opened", "closed")
    ]


def closing_by_month(trends: pd.DataFrame) -> Records:
    """Days that closing took in each of the last months, half of the items and nine of ten."""
    months = _periods(trends, "month")
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


def _periods(trends: pd.DataFrame, period: str) -> pd.DataFrame:
    rows = trends[(trends["period"] == period) & (trends["kind"] == "all")]
    return rows.assign(start=rows["start"].astype(str)).tail(MOST_PERIODS)


def _thin(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows at equal distances, the last among them, as many as make a good line."""
    step = -(-len(rows) // MOST_POINTS) or 1
    return rows.iloc[::-step].iloc[::-1]


def _records(rows: pd.DataFrame) -> Records:
    return [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
