"""The history of the numbers: which rows it gets, what is told from it, and how large it grows."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from repo_stats.metrics.history import (
    append_row,
    append_statistics,
    credible_rows,
    of_current_repository,
)
from repo_stats.metrics.stars import stars_growth
from repo_stats.warehouse.files import Files
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import REPO_HISTORY, REPO_STATISTICS
from repo_stats.warehouse.tables import Tables
from repo_stats_tests.helpers.rows import NOW, history_of, statistics

HOUR = timedelta(hours=1)

DAY = timedelta(days=1)

LATER = NOW + 4 * DAY
"""When the rows are added, unless a test says otherwise."""


def test_a_history_starts_with_the_first_refresh_and_says_the_same() -> None:
    pd.testing.assert_frame_equal(history_of(statistics()), statistics())
    started = append_statistics(statistics().head(0), statistics(), NOW)
    assert started is not None
    pd.testing.assert_frame_equal(started, statistics())


@pytest.mark.parametrize("later", [timedelta(0), -HOUR, timedelta(days=-3)])
def test_a_refresh_that_is_no_later_than_the_last_row_adds_nothing(later: timedelta) -> None:
    row = statistics(snapshot_at=NOW + later, stars=7)
    assert append_statistics(history_of(statistics()), row, NOW) is None


def test_a_later_refresh_of_the_day_adds_a_row_only_if_a_number_changed() -> None:
    history = history_of(statistics())
    assert append_statistics(history, statistics(snapshot_at=NOW + HOUR), LATER) is None
    for name in set(REPO_STATISTICS.names) - {"snapshot_at", "repo"}:
        value = False if name == "is_exact" else 99
        row = statistics(snapshot_at=NOW + HOUR, **{name: value})
        longer = append_statistics(history, row, LATER)
        assert longer is not None, name
        assert longer[name].tolist()[1] == value
    row = statistics(snapshot_at=NOW + HOUR, subscribers=None)
    lost = append_statistics(history, row, LATER)
    assert lost is not None
    still_lost = statistics(snapshot_at=NOW + 2 * HOUR, subscribers=None)
    assert append_statistics(lost, still_lost, LATER) is None


def test_the_first_refresh_of_a_day_of_utc_always_adds_a_row() -> None:
    last_moment = datetime(2026, 11, 23, 23, 59, 59, 999_999, timezone.utc)
    history = history_of(statistics(snapshot_at=last_moment - timedelta(seconds=9)))
    assert append_statistics(history, statistics(snapshot_at=last_moment), LATER) is None
    midnight = last_moment + timedelta(microseconds=1)
    longer = append_statistics(history, statistics(snapshot_at=midnight), LATER)
    assert longer is not None
    assert longer["snapshot_at"].dt.date.nunique() == len(longer) == 2


@hypothesis_settings(deadline=None, max_examples=10)
@given(st.lists(st.tuples(st.integers(0, 3 * 86_400), st.integers(1, 3)), max_size=20))
def test_a_history_is_in_order_and_holds_every_change_that_came_in_order(
    refreshes: list[tuple[int, int]],
) -> None:
    history, expected, last = None, [], None
    for seconds, stars in refreshes:
        at = NOW + timedelta(seconds=seconds)
        row = statistics(snapshot_at=at, stars=stars)
        for _ in range(2):
            longer = append_statistics(history, row, LATER)
            quick = append_row(as_arrow(history), to_arrow(REPO_HISTORY, row), LATER)
            assert quick == as_arrow(longer)
            history = history if longer is None else longer
        if last is None or (at > last[0] and (at.date() != last[0].date() or stars != last[1])):
            last = (at, stars)
            expected.append(last)
    times = [] if history is None else history["snapshot_at"].dt.to_pydatetime().tolist()
    stars_then = [] if history is None else history["stars"].tolist()
    assert list(zip(times, stars_then, strict=True)) == expected


def as_arrow(history: pd.DataFrame | None) -> pa.Table | None:
    return None if history is None else to_arrow(REPO_HISTORY, history)


def test_a_name_taken_over_keeps_both_histories_and_mixes_them_nowhere() -> None:
    old = statistics(snapshot_at=NOW - timedelta(days=9), stars=500)
    new = statistics(repo_id=2, stars=3)
    history = history_of(old, new)
    assert history["repo_id"].tolist() == [1, 2]
    assert of_current_repository(to_arrow(REPO_HISTORY, history))["stars"].to_pylist() == [3]
    assert stars_growth(new.to_dict("records")[0], as_arrow(history), None, 7) is None


def test_ten_years_of_hourly_refreshes_stay_below_ten_megabytes(tmp_path: Path) -> None:
    hours, every, megabytes = 8_760, 10, 10
    random = np.random.default_rng(1)
    items = 3000 + random.integers(-5, 6, hours).cumsum()
    moments = np.arange(hours) * 3600 * 10**6 + random.integers(0, 300 * 10**6, hours)
    frame = statistics().loc[[0] * hours].reset_index(drop=True)
    frame = frame.assign(
        snapshot_at=pd.Timestamp(NOW) + pd.to_timedelta(moments, unit="us"),
        stars=random.integers(1, 5, hours).cumsum(),
        forks=random.integers(0, 2, hours).cumsum(),
        open_items=items,
        open_issues=items * 4 // 5,
        users=items // 2,
        average_open_issues_per_user=items / (items // 2),
        average_open_issues_per_user_without_pull_requests=items / (items // 2 - 3),
    )
    tables = Tables(Files(str(tmp_path)))
    tables.write(REPO_HISTORY, "a/b", frame)
    size = (tmp_path / "repo_history" / "a" / "b.parquet").stat().st_size
    assert size < megabytes * 10**6 / every
    stored = tables.find_kept(REPO_HISTORY, "a/b")
    assert stored is not None
    assert len(stored) == hours


@pytest.mark.parametrize("ahead", [timedelta(seconds=30), 2 * DAY, 365 * DAY])
def test_rows_from_the_future_keep_no_row_out_and_nothing_is_told_from_them(
    ahead: timedelta,
) -> None:
    before = statistics(snapshot_at=NOW - 9 * DAY, stars=10)
    future = [statistics(snapshot_at=NOW + ahead + n * HOUR, stars=20 + n) for n in range(2)]
    history = history_of(before, *future)
    now = statistics(snapshot_at=NOW, stars=30)

    longer = append_statistics(history, now, NOW)

    assert longer is not None
    assert longer["stars"].tolist() == [10, 20, 21, 30]
    [row] = now.to_dict("records")
    assert stars_growth(row, as_arrow(longer), None, 7) == 20
    assert credible_rows(longer, NOW)["stars"].tolist() == [10, 30]
    assert (
        append_statistics(longer, statistics(snapshot_at=NOW + HOUR, stars=30), NOW + HOUR) is None
    )
    much_later = NOW + 400 * DAY
    assert credible_rows(longer, much_later)["stars"].tolist() == [10, 30]
    [last] = statistics(snapshot_at=much_later, stars=50).to_dict("records")
    assert stars_growth(last, as_arrow(longer), None, 7) == 20


def test_after_rows_from_the_future_a_row_is_added_even_if_no_number_changed() -> None:
    history = history_of(statistics(), statistics(snapshot_at=NOW + 2 * DAY))
    same = statistics(snapshot_at=NOW + HOUR)
    longer = append_statistics(history, same, NOW + HOUR)
    assert longer is not None
    assert len(longer) == 3
    assert append_statistics(longer, statistics(snapshot_at=NOW + 2 * HOUR), LATER) is None


def test_no_row_is_added_from_the_future_or_before_the_last_credible_one() -> None:
    moments = (NOW - 9 * DAY, NOW, NOW + 9 * DAY)
    history = history_of(*(statistics(snapshot_at=moment, stars=2) for moment in moments))
    assert len(history) == 3
    for moment in (NOW - HOUR, NOW, NOW + 9 * DAY):
        row = statistics(snapshot_at=moment, stars=3)
        assert append_statistics(history, row, NOW + HOUR) is None
    assert append_statistics(None, statistics(), NOW - HOUR) is None


def test_a_row_that_is_ahead_by_less_than_a_second_is_not_credible_either() -> None:
    history = history_of(statistics(snapshot_at=NOW + timedelta(milliseconds=500), stars=9))
    longer = append_statistics(history, statistics(), NOW)
    assert longer is not None
    assert longer["stars"].tolist() == [9, 1]
    assert credible_rows(longer, LATER)["stars"].tolist() == [1]
