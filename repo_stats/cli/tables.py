"""What `repo-stats show` prints: tables for the terminal."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pyarrow as pa
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from repo_stats.metrics.history import find_row_before, stars_growth
from repo_stats.warehouse.files import Files, WarehouseError
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.stale import RefreshFailures
from repo_stats.warehouse.tables import Tables

MOST_COLUMNS = 8
"""Columns of an answer that a terminal shows side by side."""


def print_overview(tables: Tables) -> None:
    """Print a line for each repository in the warehouse.

    Raises:
        WarehouseError: there is none.
    """
    repos = tables.repos(REPO_STATISTICS)
    if not repos:
        raise WarehouseError(
            f"There are no statistics in {tables.files.root} yet; run repo-stats refresh."
        )
    console = Console()
    histories = _find_histories(console, tables, repos)
    trend = ["7 days"] if histories else []
    closer = (0, 1, 0, 0)  # with one column more, a line still fits in 100 characters
    table = Table(box=SIMPLE_HEAD, padding=closer if trend else (0, 1))
    table.add_column("Repository", no_wrap=True)
    for heading in ("Stars", *trend, "Forks", "Issues", "PRs", "Users", "Per user", "Age"):
        table.add_column(heading, justify="right")
    now = datetime.now(timezone.utc)
    for row in tables.read(REPO_STATISTICS, repos).to_dict("records"):
        table.add_row(
            Text(row["repo"]),
            f"{row['stars']:,}",
            *(_arrow(row, histories.get(row["repo"])) for _ in trend),
            f"{row['forks']:,}",
            f"{row['open_issues']:,}",
            f"{row['open_pull_requests']:,}",
            f"{row['users']:,}",
            _average(row["average_open_issues_per_user"]),
            _age(now - row["snapshot_at"]),
        )
    console.print(table)
    _print_problems(console, tables.files, repos)


def print_repository(tables: Tables, repo: str, top: int) -> None:
    """Print all numbers of a repository, and its authors with the most open items.

    Args:
        tables: the warehouse's tables.
        repo: its owner/name, in whatever case.
        top: how many authors to list.

    Raises:
        WarehouseError: it is not in the warehouse.
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
        ("Average open items per user", _average(row["average_open_issues_per_user"])),
        (
            "Average without pull requests",
            _average(row["average_open_issues_per_user_without_pull_requests"]),
        ),
        ("Proved to be exact", "yes" if row["is_exact"] else "no"),
    ):
        numbers.add_row(label, value)
    console.print(numbers)
    histories = _find_histories(console, tables, [name])
    if name in histories:
        console.print(_trend(row, histories[name]))
    _print_problems(console, tables.files, [name])
    authors = tables.read(ISSUES_PER_USER, [name]).head(top)
    if len(authors):
        console.print(_authors(authors))


def print_tables() -> None:
    """Print the tables of the warehouse, and their columns."""
    from repo_stats.warehouse.sql import VIEWS

    table = Table("Table", "Rows and columns", box=SIMPLE_HEAD, show_lines=True)
    for schema in VIEWS:
        table.add_row(schema.name, Text(f"{schema.row}\n{', '.join(schema.names)}"))
    Console().print(table)


def print_rows(rows: pa.Table) -> None:
    """Print the answer to a query, a line or, if it has many columns, a paragraph a row."""
    console = Console()
    if rows.num_columns > MOST_COLUMNS:
        for row in rows.to_pylist():
            fields = Table(show_header=False, box=None)
            for name, value in row.items():
                fields.add_row(Text(name), Text(_cell(value)))
            console.print(fields, Text())
        return
    table = Table(box=SIMPLE_HEAD)
    for field in rows.schema:
        is_number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        table.add_column(Text(field.name), justify="right" if is_number else "left")
    for row in rows.to_pylist():
        table.add_row(*(Text(_cell(value)) for value in row.values()))
    console.print(table)


def _cell(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "-" if value is None else _printable(str(value))


def _printable(text: str) -> str:
    """Other people's text without what a terminal would obey."""
    return "".join(character if character.isprintable() else " " for character in text)


def _print_problems(console: Console, files: Files, repos: Iterable[str]) -> None:
    """Say which numbers are stale, and why."""
    problems = RefreshFailures(files)
    for problem in filter(None, map(problems.find, repos)):
        when = f"{problem.since:%Y-%m-%d %H:%M} UTC"
        console.print(Text(f"Stale since {when}: {problem.reason}", style="yellow"))


def _find_histories(
    console: Console, tables: Tables, repos: Iterable[str]
) -> dict[str, pd.DataFrame]:
    """The histories that there are; of one that cannot be read, why."""
    histories: dict[str, pd.DataFrame] = {}
    for repo in repos:
        with _said(console):
            history = tables.find_kept(REPO_HISTORY, repo)
            if history is not None:
                histories[repo] = history
    return histories


@contextmanager
def _said(console: Console) -> Iterator[None]:
    try:
        yield
    except WarehouseError as error:
        console.print(Text(str(error), style="yellow"))


def _arrow(row: Mapping[Any, Any], history: pd.DataFrame | None) -> Text:
    """How stars grew over seven days; a dash where that is not known."""
    growth = None if history is None else stars_growth(history, row, 7)
    if growth is None:
        return Text("-")
    if growth == 0:
        return Text("=")
    return Text(f"▲{growth:,}", "green") if growth > 0 else Text(f"▼{-growth:,}", "red")


def _trend(row: Mapping[Any, Any], history: pd.DataFrame) -> Table:
    """Numbers of a repository now and some days ago, and what is more or less by now."""
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
        before = (_compare(number, row, past) for past in rows.values())
        table.add_row(label, f"{row[number]:,}", *before)
    return table


def _compare(number: str, now: Mapping[Any, Any], past: Mapping[Any, Any] | None) -> str:
    return "-" if past is None else f"{past[number]:,} ({now[number] - past[number]:+,})"


def _authors(authors: pd.DataFrame) -> Table:
    table = Table("Author", "Kind", box=SIMPLE_HEAD)
    for heading in ("Open items", "Issues", "PRs", "Oldest"):
        table.add_column(heading, justify="right")
    for row in authors.to_dict("records"):
        table.add_row(
            Text(_printable(row["user"])),
            Text(row["user_type"]),
            f"{row['open_items']:,}",
            f"{row['open_issues']:,}",
            f"{row['open_pull_requests']:,}",
            f"{row['oldest_created_at']:%Y-%m-%d}",
        )
    return table


def _average(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.2f}"


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"
