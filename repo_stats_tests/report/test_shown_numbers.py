"""Every number that the report shows is computed again in SQL, from what the page says of it."""

import random
import re
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from repo_stats.metrics.summary import count_per_user
from repo_stats.report.data import RepositoryReport, read_report
from repo_stats.report.index_page import make_index
from repo_stats.report.index_rows import comparison_rows, make_row
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import Records, join_frames, to_arrow, to_frame, to_records
from repo_stats.warehouse.schemas import (
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
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.long_cases import long
from repo_stats_tests.helpers.oracle import ask, assert_same_rows
from repo_stats_tests.helpers.rows import NOW, metadata, statistics
from repo_stats_tests.report.shown import COMPARED, SHOWN, TOTALS

MOMENT = timedelta(microseconds=1)

BOUNDS = (7, 28, 91, 365, 1096)
"""The ages in days at which groups end."""


def history_of(days: int) -> pd.DataFrame:
    """Two refreshes a day, after those of an earlier owner of the name and one from the future."""
    moments = [NOW - timedelta(hours=12 * back) for back in range(2 * days)][::-1]
    rows = statistics().loc[[0] * len(moments)]
    earlier = statistics(repo_id=99, stars=9999, snapshot_at=NOW - timedelta(days=2000))
    future = statistics(stars=9999, snapshot_at=NOW + timedelta(days=9))
    own = rows.assign(snapshot_at=moments, stars=range(len(moments)))
    return join_frames(REPO_HISTORY, [earlier, future, own] if days else [])


def stars_of(days: int) -> pd.DataFrame:
    """Stars on every third day, back to long before the history, and some of another repository."""
    rows = [
        {"repo": "a/b", "repo_id": 1, "day": NOW.date() - timedelta(days=ago), "stars": 1 + ago % 4}
        for ago in range(0, 5 * days, 3)
    ]
    other = {**rows[0], "repo_id": 99, "day": date(2019, 5, 1), "stars": 9999} if rows else {}
    return to_frame(STAR_DAYS, [*rows[::-1], other] if rows else [])


def backlog_of(days: int) -> pd.DataFrame:
    numbers = {"repo": "a/b", "repo_id": 1, "open_items": 0, "is_rebuilt": True}
    rows = [
        {
            **numbers,
            "day": NOW.date() - timedelta(days=back),
            "open_issues": back,
            "open_pull_requests": 3 * back,
        }
        for back in range(days)
    ]
    return to_frame(ISSUE_BACKLOG, rows[::-1])


def starts_of(period: str, count: int) -> list[date]:
    """The first days of the last periods, that of the present one included."""
    if period == "week":
        monday = NOW.date() - timedelta(days=NOW.weekday())
        return [monday - timedelta(weeks=back) for back in range(count)][::-1]
    months = [NOW.year * 12 + NOW.month - 1 - back for back in range(count)][::-1]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


OUTCOMES = ("merged", "closed_unmerged")


def trends_of(periods: int, chance: random.Random) -> pd.DataFrame:
    rows = [
        {
            "repo": "a/b",
            "repo_id": 1,
            "period": period,
            "kind": kind,
            "start": start,
            **{name: chance.randrange(1, 99) for name in ("opened", "closed", "new_authors")},
            "median_days_to_close": chance.choice((None, chance.random() * 9)),
            "p90_days_to_close": chance.choice((None, chance.random() * 99)),
            "closed_bot_share": None,
            **{name: chance.choice((None, chance.randrange(9))) for name in OUTCOMES},
            "median_days_to_merge": chance.choice((None, chance.random() * 9)),
        }
        for period in ("week", "month")
        for kind in ("all", "issue", "pull_request")
        for start in starts_of(period, periods)
    ]
    return to_frame(ISSUE_TRENDS, rows)


def items_of(count: int, chance: random.Random) -> pd.DataFrame:
    """Items of many ages, some of which are the bounds of groups, and some the same."""
    ages = [timedelta(days=days) - after for days in BOUNDS for after in (timedelta(0), MOMENT)]
    rows = [
        item(
            number,
            chance.randrange(15),
            created_at=NOW - chance.choice((*ages, timedelta(hours=number))),
            is_pull_request=chance.random() < 0.3,
            reactions=chance.randrange(4),
            comments=chance.randrange(2),
        )
        for number in range(count)
    ]
    chance.shuffle(rows)
    return items(*rows)


def make_tables(days: int, periods: int, count: int) -> dict[TableSchema, pd.DataFrame]:
    chance = random.Random(days)  # noqa: S311
    open_items, given = items_of(count, chance), stars_of(days)
    counter = int(given["stars"][given["repo_id"] == 1].sum()) + 17
    return {
        REPO_METADATA: metadata("a/b", html_url="https://github.com/a/b", description="It is."),
        REPO_STATISTICS: statistics(stars=counter, forks=5, subscribers=None),
        REPO_HISTORY: history_of(days),
        OPEN_ISSUES: open_items,
        ISSUES_PER_USER: count_per_user(open_items),
        ISSUE_BACKLOG: backlog_of(days),
        ISSUE_TRENDS: trends_of(periods, chance),
        STAR_DAYS: given,
    }


def to_plain(rows: Records) -> Records:
    """Rows as DuckDB has them: without the times and the missing numbers of pandas."""
    return [{name: _to_plain(value) for name, value in row.items()} for row in rows]


def _to_plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    return None if isinstance(value, float) and pd.isna(value) else value


@pytest.mark.parametrize(
    ("days", "periods", "count"),
    [
        (0, 0, 0),
        long(1, 1, 1),
        (2, 2, 9),
        (120, 52, 40),
        (121, 53, 80),
        long(240, 54, 99),
        (302, 90, 120),
    ],
)
def test_a_page_shows_what_the_stored_tables_say(days: int, periods: int, count: int) -> None:
    stored = make_tables(days, periods, count)
    tables = Tables(Files("memory://shown"))
    for schema, rows in stored.items():
        tables.write(schema, "a/b", rows)
    report = read_report(tables, "a/b", None, NOW)
    given = {schema.name: to_arrow(schema, rows) for schema, rows in stored.items()}
    lengths = {}
    for part, query in SHOWN.items():
        found = getattr(report, part)
        found = to_plain([dict(found)] if part == "numbers" else found)
        assert_same_rows(found, ask(query, given).to_pylist())
        lengths[part] = len(found)
    assert lengths["ages"] == 2 * (len(BOUNDS) + 1)


def reports_of(count: int) -> list[RepositoryReport]:
    chance = random.Random(count)  # noqa: S311
    rows = [
        statistics(
            repo=f"o/r{place:02d}",
            stars=chance.randrange(10**6),
            open_items=(issues := chance.randrange(9)) + (pulls := chance.randrange(9)),
            open_issues=issues,
            open_pull_requests=pulls,
        )
        for place in range(count)
    ]
    return [
        RepositoryReport(row["repo"], row, dict.fromkeys(LEADERBOARD.names))
        for row in to_records(join_frames(REPO_STATISTICS, rows))
    ]


@pytest.mark.parametrize("count", [0, 1, 2, 20, 21, 30])
def test_the_first_page_sums_up_all_and_compares_the_twenty_busiest(count: int) -> None:
    reports = reports_of(count)
    rows = to_frame(REPO_STATISTICS, [report.numbers for report in reports])
    given = {REPO_STATISTICS.name: to_arrow(REPO_STATISTICS, rows)}
    shown_rows = [make_row(report) for report in reports]
    compared = comparison_rows(shown_rows)
    assert_same_rows(compared, ask(COMPARED, given).to_pylist())
    assert len(compared) == 2 * min(count, 20)
    page = make_index(shown_rows, {}, (), NOW)
    tiles = re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([\d,]+)</dd>", page)
    shown = {name: int(text.replace(",", "")) for name, text in tiles}
    if count:  # without a repository there is no number of stars either
        assert_same_rows([shown], ask(TOTALS, given).to_pylist())
