"""What `repo-stats show` prints: the statistics of all repositories, or of one."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from repo_stats.clock import is_ahead
from repo_stats.metrics.history import find_row_before, stars_growth
from repo_stats.safe_text import make_printable
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables


def print_overview(tables: Tables) -> None:
    """Print a line for each repository in the warehouse.

    Raises:
        WarehouseError: the warehouse has no statistics.
    """
    repos = tables.repos(REPO_STATISTICS)
    if not repos:
        raise WarehouseError(
            f"There are no statistics in {tables.files.root} yet; run repo-stats refresh."
        )
    console = Console()
    histories = _find_histories(console, tables, repos)
    rows = tables.read(REPO_STATISTICS, repos).to_dict("records")
    console.print(_make_overview(rows, histories))
    _print_future_times(console, rows)
    _print_failures(console, tables.files, repos)


def print_repository(tables: Tables, repo: str, top: int) -> None:
    """Print all numbers of a repository, and its authors with the most open items.

    Args:
        tables: the warehouse's tables.
        repo: its owner/name, in upper or lower case.
        top: the number of authors to list.

    Raises:
        WarehouseError: the repository is not in the warehouse.
    """
    stored = {name.lower(): name for name in tables.repos(REPO_STATISTICS)}
    name = stored.get(repo.lower())
    if name is None:
        raise WarehouseError(
            f"There are no statistics of {repo} in {tables.files.root}; run repo-stats refresh "
            f"{repo}."
        )
    row = tables.read(REPO_STATISTICS, [name]).to_dict("records")[0]
    console = Console()
    console.print(Text(f"{name} as of {row['snapshot_at']:%Y-%m-%d %H:%M:%S} UTC", style="bold"))
    console.print(_make_numbers(row))
    histories = _find_histories(console, tables, [name])
    if name in histories:
        console.print(_make_trend(row, histories[name]))
    _print_future_times(console, [row])
    _print_failures(console, tables.files, [name])
    authors = tables.read(ISSUES_PER_USER, [name]).head(top)
    if len(authors):
        console.print(_make_authors(authors))


def _make_overview(
    rows: Iterable[Mapping[Any, Any]], histories: Mapping[str, pd.DataFrame]
) -> Table:
    """A line for each repository, with the growth of its stars if any history is stored."""
    trend = ["7 days"] if histories else []
    narrow = (0, 1, 0, 0)  # with the additional column, a line still fits into 100 characters
    table = Table(box=SIMPLE_HEAD, padding=narrow if trend else (0, 1))
    table.add_column("Repository", no_wrap=True)
    for heading in ("Stars", *trend, "Forks", "Issues", "PRs", "Users", "Per user", "Age"):
        table.add_column(heading, justify="right")
    now = datetime.now(timezone.utc)
    for row in rows:
        table.add_row(
            Text(row["repo"]),
            f"{row['stars']:,}",
            *(_format_growth(row, histories.get(row["repo"])) for _ in trend),
            f"{row['forks']:,}",
            f"{row['open_issues']:,}",
            f"{row['open_pull_requests']:,}",
            f"{row['users']:,}",
            _format_average(row["average_open_issues_per_user"]),
            _format_age(row["snapshot_at"], now),
        )
    return table


def _make_numbers(row: Mapping[Any, Any]) -> Table:
    """All numbers of a repository, one on a line."""
    without_pull_requests = row["average_open_issues_per_user_without_pull_requests"]
    numbers = Table(show_header=False, box=None)
    numbers.add_column(justify="left")
    numbers.add_column(justify="right")
    for label, value in (
        ("Stars", f"{row['stars']:,}"),
        ("Forks", f"{row['forks']:,}"),
        ("Open issues", f"{row['open_issues']:,}"),
        ("Open pull requests", f"{row['open_pull_requests']:,}"),
        ("Open items by GitHub's own counter", f"{row['open_issues_count']:,}"),
        ("Users with open items", f"{row['users']:,}"),
        ("Average open items per user", _format_average(row["average_open_issues_per_user"])),
        ("Average without pull requests", _format_average(without_pull_requests)),
        ("Proved to be exact", "yes" if row["is_exact"] else "no"),
    ):
        numbers.add_row(label, value)
    return numbers


def _print_future_times(console: Console, rows: Iterable[Mapping[Any, Any]]) -> None:
    """Print which statistics are later than now, so that their age is not known."""
    now = datetime.now(timezone.utc)
    for row in rows:
        if is_ahead(row["snapshot_at"], now):
            sentence = (
                f"{row['repo']} was stored at {row['snapshot_at']:%Y-%m-%d %H:%M} UTC, later than "
                f"this machine's clock ({now:%Y-%m-%d %H:%M} UTC); the next refresh requests it "
                "again."
            )
            console.print(Text(sentence, style="yellow"))


def _print_failures(console: Console, files: Files, repos: Iterable[str]) -> None:
    """Print which of the repositories are stale, and why."""
    for failure in filter(None, map(RefreshFailures(files).find, repos)):
        when = f"{failure.since:%Y-%m-%d %H:%M} UTC"
        console.print(Text(f"Stale since {when}: {failure.reason}", style="yellow"))


def _find_histories(
    console: Console, tables: Tables, repos: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """Find the stored histories, and print why one cannot be read."""
    histories: dict[str, pd.DataFrame] = {}
    for repo in repos:
        try:
            history = tables.find_kept(REPO_HISTORY, repo)
        except WarehouseError as error:
            console.print(Text(str(error), style="yellow"))
            continue
        if history is not None:
            histories[repo] = history
    return histories


def _format_growth(row: Mapping[Any, Any], history: pd.DataFrame | None) -> Text:
    """The growth of the stars in seven days; a dash if it is not known."""
    growth = None if history is None else stars_growth(history, row, 7)
    if growth is None:
        return Text("-")
    if growth == 0:
        return Text("=")
    return Text(f"▲{growth:,}", "green") if growth > 0 else Text(f"▼{-growth:,}", "red")


def _make_trend(row: Mapping[Any, Any], history: pd.DataFrame) -> Table:
    """The numbers of a repository now, and 7 and 30 days ago with the difference to now."""
    table = Table("Trend", box=SIMPLE_HEAD)
    rows = {
        f"{days} days ago": find_row_before(
            history, row["repo_id"], row["snapshot_at"] - timedelta(days=days)
        )
        for days in (7, 30)
    }
    for heading in ("Now", *rows):
        table.add_column(heading, justify="right")
    for label, number in (("Stars", "stars"), ("Forks", "forks"), ("Open items", "open_items")):
        before = (_format_change(number, row, past) for past in rows.values())
        table.add_row(label, f"{row[number]:,}", *before)
    return table


def _format_change(number: str, now: Mapping[Any, Any], past: Mapping[Any, Any] | None) -> str:
    return "-" if past is None else f"{past[number]:,} ({now[number] - past[number]:+,})"


def _make_authors(authors: pd.DataFrame) -> Table:
    table = Table("Author", "Kind", box=SIMPLE_HEAD)
    for heading in ("Open items", "Issues", "PRs", "Oldest"):
        table.add_column(heading, justify="right")
    for row in authors.to_dict("records"):
        table.add_row(
            Text(make_printable(row["user"])),
            Text(row["user_type"]),
            f"{row['open_items']:,}",
            f"{row['open_issues']:,}",
            f"{row['open_pull_requests']:,}",
            f"{row['oldest_created_at']:%Y-%m-%d}",
        )
    return table


def _format_average(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.2f}"


def _format_age(moment: datetime, now: datetime) -> str:
    if is_ahead(moment, now):
        return "?"
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
