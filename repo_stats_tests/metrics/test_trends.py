"""Trends of items, counted by hand; that they are those of the definition, others say."""

from datetime import date, datetime, timezone
from typing import Any

import pandas as pd
import pytest

from repo_stats.metrics.trends import compute_trends, find_uncounted
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import ISSUE_TRENDS, ISSUES
from repo_stats_tests.helpers.items import item


def on(day: int, hour: int = 0, month: int = 1) -> datetime:
    """A moment in 2026, whose first Monday is 5 January."""
    return datetime(2026, month, day, hour, tzinfo=timezone.utc)


def closed(number: int, user: int, created: datetime, at: datetime | None) -> dict[str, Any]:
    return item(number, user, created_at=created, state="closed", closed_at=at)


def trends(*rows: dict[str, Any], period: str = "month", kind: str = "all") -> pd.DataFrame:
    """The trends of items, by the first day of the periods."""
    found = compute_trends(to_frame(ISSUES, rows))
    chosen = found[(found["period"] == period) & (found["kind"] == kind)]
    return chosen.set_index("start")


def test_without_items_there_are_no_periods() -> None:
    found = compute_trends(to_frame(ISSUES, []))
    assert len(found) == 0
    assert found.columns.tolist() == ISSUE_TRENDS.names


def test_periods_reach_from_the_first_item_to_what_happened_last_without_a_gap() -> None:
    rows = [item(1, 7, created_at=on(4)), closed(2, 7, on(5), on(1, month=3))]
    months = trends(*rows)
    assert months.index.tolist() == [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]
    assert months["opened"].tolist() == [2, 0, 0]
    assert months["closed"].tolist() == [0, 0, 1]
    weeks = trends(*rows, period="week")
    assert (weeks.index[0], weeks.index[1]) == (date(2025, 12, 29), date(2026, 1, 5))
    assert (weeks.index[-1], len(weeks)) == (date(2026, 2, 23), 9)
    assert weeks["opened"].tolist() == [1, 1, *[0] * 7]


def test_days_to_close_are_those_of_half_and_of_nine_in_ten_items() -> None:
    rows = [closed(n, 7, on(1), on(1 + days)) for n, days in enumerate((*range(10), 25))]
    [row] = trends(*rows).to_dict("records")
    assert (row["closed"], row["median_days_to_close"], row["p90_days_to_close"]) == (11, 5, 9)


def test_each_kind_is_counted_by_itself_with_its_own_new_authors() -> None:
    rows = [
        item(1, 7, created_at=on(1)),
        item(2, 7, created_at=on(2), is_pull_request=True),
        item(3, 8, created_at=on(3), is_pull_request=True),
    ]
    counts = {
        kind: trends(*rows, kind=kind)[["opened", "new_authors"]].values.tolist()
        for kind in ("all", "issue", "pull_request")
    }
    assert counts == {"all": [[3, 2]], "issue": [[1, 1]], "pull_request": [[2, 2]]}


def test_an_author_is_new_once() -> None:
    rows = [item(n, 7, created_at=on(1, month=month)) for n, month in ((1, 2), (2, 1), (3, 3))]
    assert trends(*rows)["new_authors"].tolist() == [1, 0, 0]


def test_the_share_of_bots_is_of_the_items_closed() -> None:
    rows = [closed(n, n, on(1), on(2)) for n in range(1, 5)]
    rows[0]["is_bot"] = True
    others = [item(5, 5, created_at=on(1, month=2), is_bot=True)]
    shares = trends(*rows, *others)["closed_bot_share"]
    assert shares.iloc[0] == 0.25
    assert shares.isna().tolist() == [False, True]


def merged(number: int, created: datetime, at: datetime, **changes: Any) -> dict[str, Any]:
    row = closed(number, number, created, at)
    return {**row, "is_pull_request": True, "merged_at": at, **changes}


def test_pull_requests_are_merged_or_closed_without_a_merge() -> None:
    rows = [
        merged(1, on(1), on(3)),
        merged(2, on(1), on(5)),
        merged(3, on(1), on(6), merged_at=None),
        closed(4, 4, on(1), on(2)),
        merged(5, on(1), on(1, month=2), merged_at=on(31, 23)),
    ]
    found = {kind: trends(*rows, kind=kind) for kind in ("all", "issue", "pull_request")}
    assert found["all"]["merged"].tolist() == found["pull_request"]["merged"].tolist() == [3, 0]
    assert found["pull_request"]["closed_unmerged"].tolist() == [1, 0]
    assert found["all"]["closed_unmerged"].tolist() == [1, 0]
    assert found["issue"][["merged", "closed_unmerged"]].to_numpy().tolist() == [[0, 0]] * 2
    assert found["pull_request"]["median_days_to_merge"].iloc[0] == 4
    assert found["issue"]["median_days_to_merge"].isna().all()
    assert found["all"]["closure_ratio"].iloc[0] == 4 / 5
    assert pd.isna(found["all"]["closure_ratio"].iloc[1])


def test_a_merge_before_the_opening_counts_when_it_was_opened_and_a_late_one_has_its_period() -> (
    None
):
    early = merged(1, on(9, month=2), on(10, month=2), merged_at=on(1))
    late = merged(2, on(1), on(2), merged_at=on(1, month=3))
    found = trends(early, late)
    assert found["merged"].tolist() == [0, 1, 1]
    assert found["median_days_to_merge"].dropna().tolist() == [0, 59]


def test_new_authors_are_also_counted_without_bots() -> None:
    rows = [
        item(1, 1, created_at=on(1), is_bot=True),
        item(2, 2, created_at=on(1)),
        item(3, 1, created_at=on(1, month=2)),
    ]
    found = trends(*rows)
    assert found["new_authors"].tolist() == [2, 0]
    assert found["new_authors_without_bots"].tolist() == [1, 1]


def test_outcomes_that_do_not_add_up_are_told() -> None:
    rows = to_frame(
        ISSUES,
        [
            *(merged(number, on(1), on(2)) for number in (1, 2)),
            {**closed(3, 7, on(1), on(3)), "is_pull_request": True},
            *(item(n, 2, is_pull_request=True, created_at=on(1)) for n in (4, 5)),
            *(closed(number, 7, on(1), on(3)) for number in range(7, 12)),
        ],
    )
    found = compute_trends(rows)
    assert find_uncounted(rows, found) is None
    others = (found["period"] == "week") | (found["kind"] == "all")
    lost = found.assign(merged=found["merged"].where(others, 0))
    assert find_uncounted(rows, lost) == (
        "0 merged, 1 closed without a merge and 2 open are not 5 pull requests"
    )


@pytest.mark.parametrize(
    ("end", "days"), [(on(1), 0), (None, None)], ids=["before it was opened", "nobody knows when"]
)
def test_an_item_with_an_impossible_end_counts_as_closed_when_it_was_opened(
    end: datetime | None, days: float | None
) -> None:
    [row] = trends(closed(1, 7, on(1, month=2), end)).to_dict("records")
    assert (row["opened"], row["closed"]) == (1, 1)
    assert row["median_days_to_close"] == days or (
        days is None and pd.isna(row["median_days_to_close"])
    )


def test_the_earlier_end_of_a_reopened_item_does_not_count() -> None:
    [row] = trends(item(1, 7, created_at=on(1), closed_at=on(2))).to_dict("records")
    assert (row["opened"], row["closed"]) == (1, 0)


def test_repositories_are_in_the_order_of_their_names_with_weeks_before_months() -> None:
    rows = [item(n, 7, created_at=on(1), repo=repo) for n, repo in enumerate(("c/d", "a/b"), 1)]
    found = compute_trends(to_frame(ISSUES, rows))
    assert found.index.tolist() == [*range(12)]
    order = found[["repo", "period", "kind"]].values.tolist()
    kinds = ("all", "issue", "pull_request")
    assert order == [[r, p, k] for r in ("a/b", "c/d") for p in ("week", "month") for k in kinds]
