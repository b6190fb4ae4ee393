"""The numbers behind the charts."""

from datetime import date, timedelta

import pyarrow as pa

from repo_stats.report.chart_data import (
    backlog_by_day,
    closing_by_month,
    count_by_age,
    flow_by_week,
    stars_by_day,
)
from repo_stats.report.charts import HELD, SEEN
from repo_stats.warehouse.schemas import ISSUE_BACKLOG, STAR_DAYS
from repo_stats_tests.helpers.report_data import NOW


def test_ages_are_counted_by_their_bounds() -> None:
    ages = [0, 6.9, 7, 27.9, 28, 365, 2000]
    items = pa.table(
        {
            "created_at": [NOW - timedelta(days=age) for age in ages],
            "is_pull_request": [False, True, *[False] * 5],
        }
    )
    counts = count_by_age(items, NOW)
    assert [row["value"] for row in counts if row["kind"] == "issues"] == [1, 2, 1, 0, 1, 1]
    assert [row["value"] for row in counts if row["kind"] == "pull requests"] == [1, 0, 0, 0, 0, 0]


def test_a_line_has_the_last_number_of_each_day() -> None:
    moments = [NOW - timedelta(hours=12 * back) for back in range(600, -1, -1)]
    history = pa.table({"snapshot_at": moments, "stars": list(range(601))})
    row = {"repo_id": 1, "stars": 600, "snapshot_at": NOW}
    points = stars_by_day(history, STAR_DAYS.arrow.empty_table(), row)
    assert points[-2:] == [
        {"day": "2026-09-01", "kind": SEEN, "value": 598},
        {"day": "2026-09-02", "kind": SEEN, "value": 600},
    ]
    days = [date.fromisoformat(point["day"]) for point in points]
    assert days == [NOW.date() - timedelta(days=back) for back in range(300, -1, -1)]
    assert backlog_by_day(ISSUE_BACKLOG.arrow.empty_table()) == []


def test_stars_have_a_line_of_what_is_held_and_one_of_what_was_seen() -> None:
    seen = {NOW - timedelta(days=3): 4, NOW - timedelta(days=1): 9, NOW: 8}
    history = pa.table({"snapshot_at": list(seen), "stars": list(seen.values())})
    day = NOW.date() - timedelta(days=1)
    given = pa.table({"repo_id": [1], "day": [day], "stars": [7]})
    points = stars_by_day(history, given, {"repo_id": 1, "stars": 8, "snapshot_at": NOW})
    assert [(point["day"], point["kind"], point["value"]) for point in points] == [
        ("2026-08-30", HELD, 1),
        ("2026-08-30", SEEN, 4),
        ("2026-08-31", HELD, 1),
        ("2026-09-01", HELD, 8),
        ("2026-09-01", SEEN, 9),
        ("2026-09-02", HELD, 8),
        ("2026-09-02", SEEN, 8),
    ]


def test_the_running_week_and_month_are_left_out() -> None:
    starts = {"week": ["2026-08-24", "2026-08-31"], "month": ["2026-08-01", "2026-09-01"]}
    trends = pa.Table.from_pylist(
        [
            {
                "period": period,
                "kind": "all",
                "start": date.fromisoformat(start),
                "opened": 2,
                "closed": 1,
                "median_days_to_close": 3.0,
                "p90_days_to_close": None,
            }
            for period, days in starts.items()
            for start in days
        ]
    )
    assert flow_by_week(trends, NOW) == [
        {"day": "2026-08-24", "kind": "opened", "value": 2},
        {"day": "2026-08-24", "kind": "closed", "value": 1},
    ]
    assert closing_by_month(trends, NOW) == [
        {"day": "2026-08-01", "kind": "half of them", "value": 3.0}
    ]
