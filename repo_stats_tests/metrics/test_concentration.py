"""On how few people a project depends, counted by hand."""

from datetime import date, datetime, timezone
from typing import Any

import pandas as pd
import pytest

from repo_stats.metrics.concentration import compute_concentration
from repo_stats.warehouse.frames import to_frame
from repo_stats.warehouse.schemas import CONTRIBUTOR_CONCENTRATION, ISSUES
from repo_stats_tests.helpers.items import item

READ_AT = datetime(2026, 3, 1, 15, tzinfo=timezone.utc)


def opened(number: int, user: int, **changes: Any) -> dict[str, Any]:
    return item(
        number, user, **{"created_at": datetime(2026, 1, 2, tzinfo=timezone.utc), **changes}
    )


def halves(*rows: dict[str, Any]) -> dict[tuple[str, bool], tuple[int, ...]]:
    found = compute_concentration(to_frame(ISSUES, rows), READ_AT)
    names = ["authors", "items_of_authors", "total_authors", "total_items"]
    keys = zip(found["kind"], found["with_bots"], strict=True)
    return dict(zip(keys, map(tuple, found[names].to_numpy().tolist()), strict=True))


@pytest.mark.parametrize(
    ("authors", "half"),
    [
        ([], (0, 0, 0, 0)),
        ([1], (1, 1, 1, 1)),
        ([1, 2], (1, 1, 2, 2)),
        ([1, 2, 3], (2, 2, 3, 3)),
        ([1, 1, 2, 3], (1, 2, 3, 4)),
        ([1, 1, 2, 2, 3, 4, 5], (2, 4, 5, 7)),
    ],
)
def test_the_busiest_authors_are_counted_until_they_have_half(
    authors: list[int], half: tuple[int, ...]
) -> None:
    rows = [opened(number, user) for number, user in enumerate(authors, start=1)]
    found = halves(*rows, opened(99, 9, is_pull_request=True))
    assert found["opened_issues", True] == half
    assert found["opened_pull_requests", True] == (1, 1, 1, 1)
    assert found["merged_pull_requests", True] == (0, 0, 0, 0)


def test_bots_count_in_one_row_and_not_in_the_other() -> None:
    bot = {"is_bot": True, "is_pull_request": True}
    merged = {"state": "closed", "merged_at": READ_AT, "is_pull_request": True}
    rows = [opened(1, 7, **bot), opened(2, 7, **bot), opened(3, 8, **merged)]
    found = halves(*rows)
    assert found["opened_pull_requests", True] == (1, 2, 2, 3)
    assert found["opened_pull_requests", False] == (1, 1, 1, 1)
    assert found["merged_pull_requests", True] == found["merged_pull_requests", False]


@pytest.mark.parametrize(
    ("created", "counts"),
    [
        (datetime(2025, 3, 1, 23, 59, 59), False),
        (datetime(2025, 3, 2), True),
        (datetime(2026, 3, 1, 23, 59), True),
        (datetime(2026, 3, 2), False),
    ],
)
def test_twelve_months_end_with_the_day_on_which_items_were_read(
    created: datetime, counts: bool
) -> None:
    moment = created.replace(tzinfo=timezone.utc)
    assert halves(opened(1, 1, created_at=moment))["opened_issues", True][3] == counts
    late = {"is_pull_request": True, "state": "closed", "merged_at": moment}
    early = datetime(2020, 1, 1, tzinfo=timezone.utc)
    found = halves(opened(1, 1, created_at=early, **late))
    assert found["merged_pull_requests", True][3] == counts
    assert found["opened_pull_requests", True][3] == 0


def test_the_months_are_those_of_the_calendar_and_nothing_has_no_rows() -> None:
    leap_day = datetime(2024, 2, 29, tzinfo=timezone.utc)
    found = compute_concentration(to_frame(ISSUES, [opened(1, 1)]), leap_day)
    assert set(zip(found["since"], found["until"], strict=True)) == {
        (date(2023, 3, 1), date(2024, 2, 29))
    }
    nothing = compute_concentration(to_frame(ISSUES, []), leap_day)
    pd.testing.assert_frame_equal(nothing, to_frame(CONTRIBUTOR_CONCENTRATION, []))
