"""Snapshots of traffic become rows: the largest numbers seen, final after two that agree."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repo_stats.github.traffic import DailyCounts, Popular, TrafficSnapshot
from repo_stats.metrics.traffic import (
    add_popular,
    describe_gap,
    find_last_snapshot,
    merge_days,
)
from repo_stats.simulator.generator import Shape, generate_repository
from repo_stats.simulator.simulator import Simulator
from repo_stats.simulator.traffic import count_day, count_days
from repo_stats.simulator.world import Repository, World
from repo_stats.warehouse.schemas import TRAFFIC_DAYS, TRAFFIC_PATHS, TRAFFIC_REFERRERS
from repo_stats_tests.helpers.audience import REPO, Watch, snapshots
from repo_stats_tests.helpers.oracle import examples

START = datetime(2026, 10, 1, 9, 30, tzinfo=timezone.utc)
TODAY = START.date()
DAY = timedelta(days=1)


def merge_all(taken: Sequence[TrafficSnapshot]) -> pd.DataFrame:
    rows: pd.DataFrame | None = None
    for snapshot in taken:
        rows = merge_days(rows, snapshot, REPO, 7)
    assert rows is not None
    return rows


def days_between(first: date, last: date) -> list[date]:
    return [first + DAY * place for place in range((last - first).days + 1)]


# The daemon is on from the first day, off for five days, then for 16, and on again for a while.
MONTH = [*range(5), 10, 11, 12, 28, 29, 30, 31]


def test_a_month_is_lived_through_with_gaps_a_late_start_and_days_that_are_cut_off() -> None:
    repository = generate_repository(Shape(REPO, 5, 2, stars=4_000))
    watch = Watch()
    simulator = Simulator(World.of([repository]), clock=watch)
    taken = snapshots(simulator, watch, [START + DAY * day for day in MONTH])
    rows = merge_all(taken).set_index("day")
    before = days_between(TODAY - 13 * DAY, TODAY + 12 * DAY)  # 13 days are there at the first look
    after = days_between(TODAY + 15 * DAY, TODAY + 31 * DAY)
    assert list(rows.index) == [*before, *after]
    whole = {
        day: (*count_day(repository, "views", day), *count_day(repository, "clones", day))
        for day in rows.index
    }
    told = rows[["views", "view_uniques", "clones", "clone_uniques"]]
    found = {day: tuple(numbers) for day, *numbers in told.itertuples()}
    partial = [TODAY - 13 * DAY, TODAY + 12 * DAY, TODAY + 15 * DAY, TODAY + 31 * DAY]
    assert [day for day in found if found[day] != whole[day]] == partial
    assert all(found[day] < whole[day] for day in partial)
    once = [TODAY + day * DAY for day in (-12, 11, 16, 30)]
    assert rows.index[~rows["is_final"]].tolist() == sorted([*partial, *once])
    assert rows.index.is_unique


def simulated_snapshot(repository: Repository, moment: datetime) -> TrafficSnapshot:
    """What the simulated GitHub tells at a moment, without requests."""
    views, clones = (
        DailyCounts(moment.date(), count_days(repository, kind, moment))
        for kind in ("views", "clones")
    )
    return TrafficSnapshot(moment, views, clones, (), ())


@examples
@given(st.sets(st.integers(0, 45), min_size=1, max_size=6), st.integers(0, 23))
def test_any_snapshots_give_the_largest_numbers_of_each_day(days: set[int], hour: int) -> None:
    repository = generate_repository(Shape(REPO, 1, 1, stars=900))
    moments = [START.replace(hour=hour) + DAY * day for day in sorted(days)]
    taken = [simulated_snapshot(repository, moment) for moment in moments]
    rows = merge_all(taken)
    largest: dict[date, int] = {}
    for snapshot in taken:
        first, last = snapshot.whole_days
        told = {day: count for day, (count, _) in snapshot.views.days.items()}
        held = {*days_between(first, last), *told, *snapshot.clones.days}
        for day in held:
            largest[day] = max(largest.get(day, 0), told.get(day, 0))
    assert dict(zip(rows["day"], rows["views"], strict=True)) == largest
    later = {day: sum(s.whole_days[0] <= day <= s.whole_days[1] for s in taken) for day in largest}
    assert dict(zip(rows["day"], rows["is_final"], strict=True)) == {
        day: count >= 2 for day, count in later.items()
    }
    assert find_last_snapshot(rows, 7) == moments[-1]


def snapshot_of(moment: datetime, views: dict[int, tuple[int, int]]) -> TrafficSnapshot:
    """A snapshot with the views of some days, counted back from its own."""
    today = moment.date()
    days = {today - DAY * ago: counts for ago, counts in views.items()}
    return TrafficSnapshot(moment, DailyCounts(today, days), DailyCounts(today, {}), (), ())


def told_of(rows: pd.DataFrame, day: date) -> tuple[Any, ...]:
    [row] = rows[rows["day"] == day].to_dict("records")
    return row["views"], row["view_uniques"], row["agreeing"], row["is_final"]


def test_days_without_traffic_are_zero_and_become_final_too() -> None:
    rows = merge_all([snapshot_of(START + DAY * day, {}) for day in range(3)])
    assert told_of(rows, TODAY - 5 * DAY) == (0, 0, 3, True)
    assert told_of(rows, TODAY + 1 * DAY) == (0, 0, 1, False)
    assert rows["day"].tolist() == days_between(TODAY - 12 * DAY, TODAY + 1 * DAY)


def test_a_day_is_final_only_after_snapshots_of_two_days_and_follows_a_correction() -> None:
    day = TODAY - 2 * DAY
    rows = merge_all([snapshot_of(START, {2: (5, 3)})])
    assert told_of(rows, day) == (5, 3, 1, False)
    rows = merge_days(rows, snapshot_of(START + DAY / 4, {2: (5, 3)}), REPO, 7)
    assert told_of(rows, day) == (5, 3, 1, False), "the same day once more"
    rows = merge_days(rows, snapshot_of(START + DAY, {3: (4, 3)}), REPO, 7)
    assert told_of(rows, day) == (5, 3, 0, False), "less than was seen"
    for later, agreeing in ((2, 1), (3, 2)):
        rows = merge_days(rows, snapshot_of(START + later * DAY, {2 + later: (5, 3)}), REPO, 7)
        assert told_of(rows, day) == (5, 3, agreeing, agreeing == 2)
    rows = merge_days(rows, snapshot_of(START + 4 * DAY, {6: (8, 4)}), REPO, 7)
    assert told_of(rows, day) == (8, 4, 1, False), "GitHub has counted once more"


def test_the_rows_of_another_repository_of_the_name_stay() -> None:
    others = merge_days(None, snapshot_of(START, {1: (9, 9)}), REPO, 1)
    rows = merge_days(others, snapshot_of(START, {1: (2, 2)}), REPO, 7)
    assert len(rows) == 2 * len(others)
    pd.testing.assert_frame_equal(
        rows[rows["repo_id"] == 1].reset_index(drop=True), others[TRAFFIC_DAYS.names]
    )
    assert rows["repo_id"].iloc[-1] == 7
    assert find_last_snapshot(rows, 2) is None
    assert find_last_snapshot(None, 2) is None


def test_a_second_snapshot_of_a_day_replaces_its_sites_and_pages() -> None:
    google, bing = Popular("Google", "", 5, 3), Popular("Bing", "", 4, 2)
    page = Popular("/acme/rocket", "Rocket", 7, 2)
    rows = add_popular(TRAFFIC_REFERRERS, None, [google, bing], TODAY, REPO, 7)
    rows = add_popular(TRAFFIC_REFERRERS, rows, [google], TODAY + DAY, REPO, 7)
    rows = add_popular(TRAFFIC_REFERRERS, rows, [bing, google], TODAY + DAY, REPO, 7)
    assert rows[["taken_on", "rank", "referrer"]].values.tolist() == [
        [TODAY, 1, "Google"],
        [TODAY, 2, "Bing"],
        [TODAY + DAY, 1, "Bing"],
        [TODAY + DAY, 2, "Google"],
    ]
    [path] = add_popular(TRAFFIC_PATHS, None, [page], TODAY, REPO, 7).to_dict("records")
    assert path == {
        "repo": REPO,
        "repo_id": 7,
        "taken_on": TODAY,
        "rank": 1,
        "path": "/acme/rocket",
        "title": "Rocket",
        "views": 7,
        "uniques": 2,
    }


@pytest.mark.parametrize(
    ("days", "is_over", "says"),
    [
        (
            11,
            True,
            "11 days lie between the snapshots of 2026-10-01 and 2026-10-12; GitHub forgets days "
            "after 14.",
        ),
        (
            10,
            False,
            "the last snapshot is of 2026-10-01, 10 days ago; GitHub forgets days after 14.",
        ),
        (
            16,
            True,
            "16 days lie between the snapshots of 2026-10-01 and 2026-10-17: the days from "
            "2026-10-01 to 2026-10-04 are lost or cut off.",
        ),
    ],
)
def test_a_gap_is_told_with_the_days_that_are_lost(days: int, is_over: bool, says: str) -> None:
    assert describe_gap(TODAY, TODAY + days * DAY, is_over=is_over) == says
