"""The backlog of each day: rebuilt from items it equals a plain count, and else the history."""

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from repo_stats.metrics.backlog import backlog_from_history, build_backlog, rebuild_backlog
from repo_stats.warehouse.schemas import ISSUE_BACKLOG
from repo_stats_tests.helpers.items import items_by_time as items
from repo_stats_tests.helpers.rows import NOW, history_of, statistics

MIDNIGHT = datetime(2026, 11, 20, tzinfo=timezone.utc)

MOMENT = timedelta(microseconds=1)


def rows_of(backlog: pd.DataFrame, *names: str) -> list[tuple[Any, ...]]:
    return list(backlog[list(names)].itertuples(index=False, name=None))


def test_days_are_those_of_utc_to_the_last_moment() -> None:
    backlog = rebuild_backlog(
        items(
            (MIDNIGHT - MOMENT, MIDNIGHT, False),
            (MIDNIGHT, MIDNIGHT + timedelta(days=1) - MOMENT, True),
            (MIDNIGHT + timedelta(hours=5), None, False),
        ),
        MIDNIGHT + timedelta(days=2),
    )
    names = ("day", "opened", "closed", "open_items", "open_issues", "open_pull_requests")
    assert rows_of(backlog, *names) == [
        (date(2026, 11, 19), 1, 0, 1, 1, 0),
        (date(2026, 11, 20), 2, 2, 1, 1, 0),
        (date(2026, 11, 21), 0, 0, 1, 1, 0),
        (date(2026, 11, 22), 0, 0, 1, 1, 0),
    ]
    assert backlog["is_rebuilt"].all()
    assert backlog.columns.tolist() == ISSUE_BACKLOG.names


def test_what_happened_after_the_items_were_read_is_not_told() -> None:
    later = MIDNIGHT + timedelta(days=3)
    spans = [(MIDNIGHT, later, False), (later, None, False)]
    backlog = rebuild_backlog(items(*spans), MIDNIGHT + timedelta(days=1))
    assert rows_of(backlog, "opened", "closed", "open_items") == [(1, 0, 1), (0, 0, 1)]
    assert len(rebuild_backlog(items(*spans), MIDNIGHT - timedelta(days=1))) == 0
    assert len(rebuild_backlog(items(), MIDNIGHT)) == 0


def test_an_item_closed_before_it_was_opened_was_never_open_at_the_end_of_a_day() -> None:
    backlog = rebuild_backlog(items((MIDNIGHT, MIDNIGHT - timedelta(days=40), False)), MIDNIGHT)
    assert rows_of(backlog, "opened", "closed", "open_items") == [(1, 1, 0)]


MOMENTS = st.integers(0, 40 * 86_400).map(lambda seconds: MIDNIGHT + timedelta(seconds=seconds))


@hypothesis_settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(MOMENTS, st.none() | MOMENTS, st.booleans()), min_size=1, max_size=25),
    MOMENTS,
)
def test_a_rebuilt_backlog_equals_a_plain_count_of_each_day(
    spans: list[tuple[datetime, datetime | None, bool]], until: datetime
) -> None:
    first, expected = min(created for created, _, _ in spans).date(), []
    for number in range((until.date() - first).days + 1):
        day = first + timedelta(days=number)
        ends = [
            (created.date(), max(created, closed).date() if closed else None, is_pull_request)
            for created, closed, is_pull_request in spans
        ]
        still_open = [p for created, end, p in ends if created <= day and (not end or end > day)]
        opened = sum(created == day for created, _, _ in ends)
        closed_then = sum(end == day for _, end, _ in ends)
        expected.append((day, opened, closed_then, len(still_open), sum(still_open)))
    backlog = rebuild_backlog(items(*spans), until)
    names = ("day", "opened", "closed", "open_items", "open_pull_requests")
    assert rows_of(backlog, *names) == expected
    assert (backlog["open_issues"] + backlog["open_pull_requests"] == backlog["open_items"]).all()


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
    assert backlog[["opened", "closed"]].isna().all(axis=None)
    assert not backlog["is_rebuilt"].any()


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
