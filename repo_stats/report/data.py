"""What the report shows of each repository, read from the stored tables."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from repo_stats.github.fields import FieldError, read_names
from repo_stats.metrics.history import GROWTH_COLUMNS, credible_table, of_current_repository
from repo_stats.metrics.stars import GIVEN_COLUMNS
from repo_stats.report.audience import Audience, read_audience
from repo_stats.report.chart_data import (
    backlog_by_day,
    closing_by_month,
    count_by_age,
    flow_by_week,
    oldest_issues,
    stars_by_day,
)
from repo_stats.report.outcomes import (
    describe_concentration,
    knows_reactions,
    merging_by_month,
    most_wanted,
    outcomes_by_week,
    unanswered,
)
from repo_stats.safe_text import PlainError
from repo_stats.warehouse.frames import Records, to_records
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import (
    CONTRIBUTOR_CONCENTRATION,
    ISSUE_BACKLOG,
    ISSUE_TRENDS,
    ISSUES_PER_USER,
    LEADERBOARD,
    OPEN_ISSUES,
    REPO_HISTORY,
    REPO_METADATA,
    REPO_STATISTICS,
    STAR_DAYS,
    TableSchema,
)
from repo_stats.warehouse.stale import RefreshFailure, RefreshFailures
from repo_stats.warehouse.tables import Tables

MOST_AUTHORS = 10

_DESCRIPTION = ("html_url", "description", "language", "is_archived", "is_fork", "is_private")

_AUTHOR_COLUMNS = ("user", "user_type", "is_bot", "open_items")

_BACKLOG_COLUMNS = ("repo_id", "day", "open_issues", "open_pull_requests")

_TREND_COLUMNS = (
    *("period", "kind", "start", "opened", "closed", "median_days_to_close", "p90_days_to_close"),
    *("merged", "closed_unmerged", "median_days_to_merge"),
)

_ITEM_COLUMNS = (
    *("number", "title", "user", "comments", "reactions", "html_url", "created_at"),
    "is_pull_request",
)

_MADE_OF_FLOW = ("closing", "outcomes", "merging")
"""The charts that are made from the same table as that of the flow."""


@dataclass(frozen=True)
class RepositoryReport:
    """All that is shown of one repository; what is not stored yet is empty.

    Attributes:
        repo: its owner/name.
        numbers: its row of `repo_statistics`, with its `html_url` and `description`.
        leaderboard: its row of `leaderboard`.
        stale: why its last refresh failed, and since when; None if it did not fail.
        stars: stars by day, those given and still held, and those seen.
        backlog: open issues and pull requests by day.
        ages: open issues and pull requests by age group.
        authors: the authors with the most open items.
        flow: items opened and closed by week.
        closing: days to close by month.
        outcomes: pull requests merged, and closed without a merge, by week.
        merging: days to merge by month.
        oldest: the issues that have been open longest.
        wanted: the open issues with the most reactions; None if these are not known yet.
        unanswered: the open issues without a comment that wait longest.
        concentration: on how few people it depends, in sentences.
        topics: its topics.
        audience: its traffic and downloads.
        unreadable: why the tables of some charts cannot be read, by the name of the chart.
    """

    repo: str
    numbers: Mapping[str, Any]
    leaderboard: Mapping[str, Any] = field(default_factory=dict)
    stale: str | None = None
    stars: Records = field(default_factory=list)
    backlog: Records = field(default_factory=list)
    ages: Records = field(default_factory=list)
    authors: Records = field(default_factory=list)
    flow: Records = field(default_factory=list)
    closing: Records = field(default_factory=list)
    outcomes: Records = field(default_factory=list)
    merging: Records = field(default_factory=list)
    oldest: Records = field(default_factory=list)
    wanted: Records | None = field(default_factory=list)
    unanswered: Records = field(default_factory=list)
    concentration: Sequence[str] = ()
    topics: tuple[str, ...] = ()
    audience: Audience = field(default_factory=Audience)
    unreadable: Mapping[str, str] = field(default_factory=dict)


class NothingStoredError(PlainError):
    """No statistics of a repository are stored yet; the message says why."""


def read_leaderboard(tables: Tables) -> dict[str, dict[str, Any]]:
    """The rows of `leaderboard`, by repository; empty if the table does not exist."""
    rows = tables.find(LEADERBOARD, None)
    return {} if rows is None else {row["repo"]: row for row in to_records(rows)}


def _describe_stale(failure: RefreshFailure) -> str:
    """Since when a repository is stale, and why, as the end of a sentence."""
    return f"since {failure.since:%Y-%m-%d %H:%M} UTC: {failure.reason}"


def read_report(
    tables: Tables, repo: str, leaderboard: Mapping[str, Any] | None, now: datetime
) -> RepositoryReport:
    """Read all that is shown of a repository.

    Args:
        tables: the warehouse's tables.
        repo: its owner/name.
        leaderboard: its row of `leaderboard`, if there is one.
        now: the current time (UTC).

    Raises:
        NothingStoredError: it was never refreshed.
        WarehouseError: its numbers or open items cannot be read.
    """
    failure = RefreshFailures(tables.files).find(repo)
    statistics = tables.find_stored_rows(REPO_STATISTICS, repo)
    if statistics is None or len(statistics) != 1:
        raise NothingStoredError(failure.reason if failure else "it has not been refreshed yet.")
    items = _read(tables, OPEN_ISSUES, repo, _ITEM_COLUMNS)
    others, unreadable = _read_others(tables, repo)
    audience, unread = read_audience(tables, repo)
    history = of_current_repository(credible_table(others["stars"], now))
    trends, [row] = others["flow"], statistics.to_pylist()
    return RepositoryReport(
        repo=repo,
        numbers={**row, **_describe(others["description"])},
        leaderboard=leaderboard or dict.fromkeys(LEADERBOARD.names),
        stale=None if failure is None else _describe_stale(failure),
        stars=stars_by_day(history, others["given"], row),
        backlog=backlog_by_day(of_current_repository(others["backlog"])),
        ages=count_by_age(items, now),
        authors=_read(tables, ISSUES_PER_USER, repo, _AUTHOR_COLUMNS)[:MOST_AUTHORS].to_pylist(),
        flow=flow_by_week(trends, now),
        closing=closing_by_month(trends, now),
        outcomes=outcomes_by_week(trends, now),
        merging=merging_by_month(trends, now),
        oldest=oldest_issues(items),
        wanted=most_wanted(items) if knows_reactions(items) else None,
        unanswered=unanswered(items),
        concentration=describe_concentration(others["concentration"].to_pylist()),
        topics=_find_topics(others["description"]),
        audience=audience,
        unreadable={**unreadable, **unread},
    )


def _read_others(tables: Tables, repo: str) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """The tables that a page can do without, by the chart that they are for.

    Returns:
        The tables, empty where there is none, and why some of them cannot be read.
    """
    readers: dict[str, Callable[[], pa.Table]] = {
        "stars": lambda: _or_empty(
            REPO_HISTORY, tables.find_kept_rows(REPO_HISTORY, repo, GROWTH_COLUMNS)
        ),
        "given": lambda: _read(tables, STAR_DAYS, repo, GIVEN_COLUMNS),
        "backlog": lambda: _read(tables, ISSUE_BACKLOG, repo, _BACKLOG_COLUMNS),
        "flow": lambda: _read(tables, ISSUE_TRENDS, repo, _TREND_COLUMNS),
        "concentration": lambda: _read(
            tables, CONTRIBUTOR_CONCENTRATION, repo, CONTRIBUTOR_CONCENTRATION.names
        ),
        "description": lambda: _read(tables, REPO_METADATA, repo, (*_DESCRIPTION, "raw")),
    }
    found, errors = try_each(readers, lambda chart: readers[chart]())
    if "flow" in errors:
        errors |= dict.fromkeys(_MADE_OF_FLOW, errors["flow"])
    if "given" in errors:
        errors.setdefault("stars", errors["given"])  # the chart of both tables
    empty = {
        "stars": REPO_HISTORY,
        "given": STAR_DAYS,
        "backlog": ISSUE_BACKLOG,
        "flow": ISSUE_TRENDS,
        "concentration": CONTRIBUTOR_CONCENTRATION,
    }
    nothing = {chart: empty.get(chart, REPO_METADATA).arrow.empty_table() for chart in errors}
    return {**nothing, **found}, errors


def _read(tables: Tables, schema: TableSchema, repo: str, columns: Sequence[str]) -> pa.Table:
    return _or_empty(schema, tables.find_stored_rows(schema, repo, columns))


def _or_empty(schema: TableSchema, rows: pa.Table | None) -> pa.Table:
    return schema.arrow.empty_table() if rows is None else rows


def _describe(metadata: pa.Table) -> dict[str, Any]:
    [row] = metadata.to_pylist() if len(metadata) == 1 else [{}]
    return {name: row.get(name) for name in _DESCRIPTION}


def _find_topics(metadata: pa.Table) -> tuple[str, ...]:
    """The topics in what GitHub sent of a repository; none if it sent none, as pulses do."""
    [row] = metadata.to_pylist() if len(metadata) == 1 else [{}]
    try:
        sent = json.loads(row.get("raw") or "{}")
        return tuple(read_names(sent, "topics", "name"))
    except (ValueError, AttributeError, FieldError):
        return ()
