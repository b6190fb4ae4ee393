"""The backlog of each day, counted by hand: rebuilt from items, and else from the history.

That all of it is as the table's definition says, `test_table_definitions` tests.
"""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest

from repo_stats.metrics import backlog as metrics
from repo_stats.metrics.backlog import ITEM_COLUMNS, rebuild_backlog
from repo_stats.warehouse.frames import to_arrow, to_pandas
from repo_stats.warehouse.schemas import ISSUE_BACKLOG, REPO_HISTORY
from repo_stats_tests.helpers.items import items_by_time as items
from repo_stats_tests.helpers.rows import NOW, history_of, statistics

MIDNIGHT = datetime(2026, 11, 20, tzinfo=timezone.utc)

MOMENT = timedelta(microseconds=1)


def backlog_from_history(history: pd.DataFrame) -> pd.DataFrame:
    return to_pandas(metrics.backlog_from_history(to_arrow(REPO_HISTORY, history)))


def build_backlog(
    history: pd.DataFrame, items: pd.DataFrame | None, read_at: datetime | None, now: datetime
) -> pd.DataFrame:
    built = metrics.build_backlog(to_arrow(REPO_HISTORY, history), items, read_at, now)
    assert built.schema.equals(ISSUE_BACKLOG.arrow)
    return to_pandas(built)


def rows_of(backlog: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return list(backlog[list(names)].itertuples(index=False, name=None))


def test_days_are_those_of_utc_to_the_last_moment() -> None:
    backlog = rebuild_backlog(
        items(
            (MIDNIGHT - MOMENT, MIDNIGHT, False),
            (MIDNIGHT, MIDNIGHT + timedelta(days=1) - MOMENT, True),
            (MIDNIGHT + timedelta(hours=5), None, False),
            (MIDNIGHT + timedelta(days=2), None, True),
        ),
        MIDNIGHT + timedelta(days=2),
    )
    names = ("day", "opened", "closed", "open_items", "open_issues", "open_pull_requests")
    assert rows_of(backlog, *names) == [
        (date(2026, 11, 19), 1, 0, 1, 1, 0),
        (date(2026, 11, 20), 2, 2, 1, 1, 0),
        (date(2026, 11, 21), 0, 0, 1, 1, 0),
        (date(2026, 11, 22), 1, 0, 2, 1, 1),
    ]
    assert backlog["is_rebuilt"].tolist() == [True] * 4
    assert backlog.columns.tolist() == ISSUE_BACKLOG.names


def test_what_happened_after_the_items_were_read_is_not_told() -> None:
    later = MIDNIGHT + timedelta(days=3)
    spans = [(MIDNIGHT, later, False), (later, None, False)]
    backlog = rebuild_backlog(items(*spans), MIDNIGHT + timedelta(days=1))
    assert rows_of(backlog, "opened", "closed", "open_items") == [(1, 0, 1), (0, 0, 1)]
    assert len(rebuild_backlog(items(*spans), MIDNIGHT - timedelta(days=1))) == 0
    assert len(rebuild_backlog(items(), MIDNIGHT)) == 0


@pytest.mark.parametrize("closed_at", [MIDNIGHT - timedelta(days=40), None])
def test_an_item_with_an_impossible_end_was_never_open_at_the_end_of_a_day(
    closed_at: datetime | None,
) -> None:
    closed = items((MIDNIGHT, closed_at, False)).assign(state="closed")
    backlog = rebuild_backlog(closed, MIDNIGHT)
    assert rows_of(backlog, "opened", "closed", "open_items") == [(1, 1, 0)]


def test_the_earlier_end_of_a_reopened_item_does_not_count() -> None:
    reopened = items((MIDNIGHT, MIDNIGHT + timedelta(hours=1), False)).assign(state="open")
    backlog = rebuild_backlog(reopened, MIDNIGHT)
    assert rows_of(backlog, "opened", "closed", "open_items") == [(1, 0, 1)]


def test_without_items_the_last_refresh_of_each_day_tells() -> None:
    history = history_of(
        statistics(snapshot_at=MIDNIGHT - MOMENT, open_items=9, open_issues=7),
        statistics(snapshot_at=MIDNIGHT, open_items=4, open_issues=3),
        statistics(snapshot_at=MIDNIGHT + timedelta(hours=23), open_items=5, open_issues=3),
        statistics(snapshot_at=MIDNIGHT + timedelta(days=2), open_items=6, open_issues=6),
    )
    backlog = backlog_from_history(history)
    assert rows_of(backlog, "day", "open_items", "open_issues") == [
        (date(2026, 11, 19), 9, 7),
        (date(2026, 11, 20), 5, 3),
        (date(2026, 11, 22), 6, 6),
    ]
    assert backlog[["opened", "closed"]].isna().values.tolist() == [[True, True]] * 3
    assert backlog["is_rebuilt"].tolist() == [False] * 3


def test_two_repositories_under_one_name_are_not_mixed() -> None:
    history = history_of(
        statistics(snapshot_at=NOW - timedelta(days=2), open_items=900),
        statistics(repo_id=2, open_items=3),
    )
    assert backlog_from_history(history)["open_items"].tolist() == [3]
    old = items((NOW - timedelta(days=5), None, False))
    assert build_backlog(history, old, None, NOW)["open_items"].tolist() == [3]
    new = items((NOW - timedelta(days=1), None, False), repo_id=2)
    both = build_backlog(history, pd.concat([old, new]), None, NOW)
    assert rows_of(both, "repo_id", "open_items", "is_rebuilt") == [(2, 1, True)] * 2


def test_days_after_the_items_were_read_are_those_of_the_refreshes() -> None:
    history = history_of(
        *(statistics(snapshot_at=NOW - timedelta(days=d), open_items=70 + d) for d in (9, 2, 0))
    )
    known = items((NOW - timedelta(days=5), None, False))
    backlog = build_backlog(history, known, NOW - timedelta(days=3), NOW)
    assert rows_of(backlog, "open_items", "is_rebuilt") == [
        *[(1, True)] * 3,
        (72, False),
        (70, False),
    ]
    assert backlog["opened"].tolist()[:3] == [1, 0, 0]
    assert backlog["opened"].isna().tolist() == [False] * 3 + [True] * 2


def test_days_from_the_future_are_left_out_unless_there_are_no_others() -> None:
    ahead = NOW + timedelta(days=365)
    past = statistics(snapshot_at=NOW - timedelta(days=2), open_items=7)
    history = history_of(past, statistics(snapshot_at=ahead, open_items=9))
    assert build_backlog(history, None, None, NOW)["open_items"].tolist() == [7]
    known = items((NOW - timedelta(days=2), None, False))
    assert len(build_backlog(history, known, ahead, NOW)) == 3
    only = history_of(statistics(snapshot_at=ahead, open_items=9))
    assert build_backlog(only, None, None, NOW)["open_items"].tolist() == [9]


@pytest.mark.parametrize(
    ("days", "open_items"), [([(400, 8), (2, 9)], [9]), ([(2, 8), (400, 9)], [8, 9])]
)
def test_days_of_a_clock_that_was_ahead_are_in_order_if_there_are_no_others(
    days: list[tuple[int, int]], open_items: list[int]
) -> None:
    history = pd.concat(
        statistics(snapshot_at=NOW + timedelta(days=day), open_items=count) for day, count in days
    )
    assert build_backlog(history, None, None, NOW)["open_items"].tolist() == open_items


def test_a_backlog_needs_no_columns_of_items_but_those_that_it_asks_for() -> None:
    history = history_of(statistics())
    known = items((NOW - timedelta(days=5), NOW - timedelta(days=1), True))
    backlog = build_backlog(history, known[list(ITEM_COLUMNS)], None, NOW)
    assert len(backlog) == 6
    pd.testing.assert_frame_equal(backlog, build_backlog(history, known, None, NOW))
