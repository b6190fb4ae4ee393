"""What `repo-stats show` prints: the statistics of all repositories, or of one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pyarrow as pa
from rich.table import Table
from rich.text import Text

from repo_stats.cli.ages import format_age
from repo_stats.cli.fitting_tables import FittingColumn, open_console, print_fitting
from repo_stats.cli.notices import warn
from repo_stats.cli.stored_statistics import Warn, read_overview, read_repository
from repo_stats.metrics.history import GROWTH_COLUMNS, find_row_before
from repo_stats.metrics.standings import GROWTH_DAYS
from repo_stats.metrics.stars import GIVEN_COLUMNS, stars_growth
from repo_stats.safe_text import make_printable
from repo_stats.warehouse.many_reads import read_each
from repo_stats.warehouse.one_by_one import try_each
from repo_stats.warehouse.schemas import ISSUES_PER_USER, REPO_HISTORY, STAR_DAYS
from repo_stats.warehouse.tables import Tables


def print_overview(tables: Tables, watchlist: Sequence[str] = (), warn: Warn = warn) -> None:
    """Print a line for each repository in the warehouse.

    Args:
        tables: the warehouse's tables.
        watchlist: the repositories that should be there.
        warn: is called with a sentence for each repository of which something is missing or old.

    Raises:
        WarehouseError: the warehouse has no statistics.
    """
    rows = read_overview(tables, watchlist, warn).to_dict("records")
    histories = _find_histories(tables, [row["repo"] for row in rows], warn, GROWTH_COLUMNS)
    given = _find_given(tables, rows, histories, GROWTH_DAYS[:1], warn)
    narrow = (0, 1, 0, 0)  # with the additional column, a line still fits into 100 characters
    columns = _make_overview(rows, histories, given)
    print_fitting(open_console(), columns, narrow if histories or given else (0, 1))


def print_repository(tables: Tables, repo: str, top: int, warn: Warn = warn) -> None:
    """Print all numbers of a repository, and its authors with the most open items.

    Args:
        tables: the warehouse's tables.
        repo: its owner/name, in upper or lower case.
        top: the number of authors to list.
        warn: is called with a sentence if the repository is stale, or some of it cannot be read.

    Raises:
        WarehouseError: the repository is not in the warehouse.
    """
    row = read_repository(tables, repo, warn).to_dict("records")[0]
    name = row["repo"]
    console = open_console()
    console.print(Text(f"{name} as of {row['snapshot_at']:%Y-%m-%d %H:%M:%S} UTC", style="bold"))
    console.print(_make_numbers(row))
    histories = _find_histories(tables, [name], warn)
    given = _find_given(tables, [row], histories, GROWTH_DAYS, warn)
    if name in histories or name in given:
        print_fitting(console, _make_trend(row, histories.get(name), given.get(name)))
    authors, errors = try_each([name], lambda repo: tables.read(ISSUES_PER_USER, [repo]).head(top))
    for error in errors.values():
        warn(error)
    if name in authors and len(authors[name]):
        print_fitting(console, _make_authors(authors[name].to_dict("records")))


def _make_overview(
    rows: Sequence[Mapping[Any, Any]],
    histories: Mapping[str, pa.Table],
    given: Mapping[str, pa.Table],
) -> list[FittingColumn]:
    """The columns of the overview, with the growth of stars if anything is stored that tells it."""
    now = datetime.now(timezone.utc)
    growth = [
        _format_growth(row, histories.get(row["repo"]), given.get(row["repo"])) for row in rows
    ]
    averages = [_format_average(row["average_open_issues_per_user"]) for row in rows]
    return [
        FittingColumn("Repository", [Text(row["repo"]) for row in rows], is_number=False),
        FittingColumn("Stars", _format_counts(rows, "stars")),
        *([FittingColumn("7 days", growth, rank=4)] if histories or given else []),
        FittingColumn("Forks", _format_counts(rows, "forks"), rank=6),
        FittingColumn("Issues", _format_counts(rows, "open_issues"), rank=1),
        FittingColumn("PRs", _format_counts(rows, "open_pull_requests"), rank=5),
        FittingColumn("Users", _format_counts(rows, "users"), rank=7),
        FittingColumn("Per user", averages, rank=2),
        FittingColumn("Age", [format_age(row["snapshot_at"], now) for row in rows], rank=3),
    ]


def _format_counts(rows: Iterable[Mapping[Any, Any]], column: str) -> list[str]:
    return [f"{row[column]:,}" for row in rows]


def _make_numbers(row: Mapping[Any, Any]) -> Table:
    """All numbers of a repository, one on a line."""
    average = "average_open_issues_per_user"
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
        ("Users without bots", _format_count(row["users_without_bots"])),
        ("Average open items per user", _format_average(row[average])),
        ("Average without bots", _format_average(row[f"{average}_without_bots"])),
        ("Average without pull requests", _format_average(row[f"{average}_without_pull_requests"])),
        ("Proved to be exact", "yes" if row["is_exact"] else "no"),
    ):
        numbers.add_row(label, value)
    return numbers


def _find_histories(
    tables: Tables, repos: Iterable[str], warn: Warn, columns: Sequence[str] | None = None
) -> dict[str, pa.Table]:
    """Find the stored histories, or some of their columns, and tell why one cannot be read."""
    histories, errors = read_each(
        tables, repos, lambda repo: tables.find_kept_rows(REPO_HISTORY, repo, columns)
    )
    for error in errors.values():
        warn(error)
    return {repo: history for repo, history in histories.items() if history is not None}


def _find_given(
    tables: Tables,
    rows: Iterable[Mapping[Any, Any]],
    histories: Mapping[str, pa.Table],
    periods: Iterable[int],
    warn: Warn,
) -> dict[str, pa.Table]:
    """The days of stars of the repositories whose history does not tell the growth of periods."""
    unseen = [
        row["repo"]
        for row in rows
        if any(
            stars_growth(row, histories.get(row["repo"]), None, days) is None for days in periods
        )
    ]
    given, errors = read_each(
        tables, unseen, lambda repo: tables.find_stored_rows(STAR_DAYS, repo, GIVEN_COLUMNS)
    )
    for error in errors.values():
        warn(error)
    return {repo: days for repo, days in given.items() if days is not None}


def _format_growth(
    row: Mapping[Any, Any], history: pa.Table | None, given: pa.Table | None
) -> Text:
    """The growth of the stars in seven days; a dash if it is not known."""
    growth = stars_growth(row, history, given, GROWTH_DAYS[0])
    if growth is None:
        return Text("-")
    if growth == 0:
        return Text("=")
    return Text(f"▲{growth:,}", "green") if growth > 0 else Text(f"▼{-growth:,}", "red")


def _make_trend(
    row: Mapping[Any, Any], history: pa.Table | None, given: pa.Table | None
) -> list[FittingColumn]:
    """The numbers of a repository now, and 7 and 30 days ago with the difference to now.

    Stars that were not seen then are those of which it is known that they were given since.
    """
    numbers = {"Stars": "stars", "Forks": "forks", "Open items": "open_items"}
    columns = [
        FittingColumn("Trend", list(numbers), is_number=False),
        FittingColumn("Now", [f"{row[number]:,}" for number in numbers.values()]),
    ]
    for rank, days in enumerate(GROWTH_DAYS, start=1):
        since = row["snapshot_at"] - timedelta(days=days)
        past = None if history is None else find_row_before(history, row["repo_id"], since)
        changes = [_format_change(number, row, past) for number in numbers.values()]
        if past is None:
            growth = stars_growth(row, None, given, days)
            changes[0] = "-" if growth is None else f"{growth:+,} given"
        columns.append(FittingColumn(f"{days} days ago", changes, rank))
    return columns


def _format_change(number: str, now: Mapping[Any, Any], past: Mapping[Any, Any] | None) -> str:
    return "-" if past is None else f"{past[number]:,} ({now[number] - past[number]:+,})"


def _make_authors(rows: Sequence[Mapping[Any, Any]]) -> list[FittingColumn]:
    names = [Text(make_printable(row["user"])) for row in rows]
    kinds = [Text(make_printable(row["user_type"])) for row in rows]
    oldest = [f"{row['oldest_created_at']:%Y-%m-%d}" for row in rows]
    return [
        FittingColumn("Author", names, is_number=False),
        FittingColumn("Kind", kinds, rank=3, is_number=False),
        FittingColumn("Open items", _format_counts(rows, "open_items")),
        FittingColumn("Issues", _format_counts(rows, "open_issues"), rank=1),
        FittingColumn("PRs", _format_counts(rows, "open_pull_requests"), rank=2),
        FittingColumn("Oldest", oldest, rank=4),
    ]


def _format_count(value: float) -> str:
    return "-" if pd.isna(value) else f"{int(value):,}"


def _format_average(value: float) -> str:
    return "-" if pd.isna(value) else f"{value:.2f}"
