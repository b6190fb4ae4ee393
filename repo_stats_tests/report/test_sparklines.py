"""The small lines of the first page."""

import pytest

from repo_stats.report.sparklines import sparkline_path


def test_a_sparkline_needs_two_numbers() -> None:
    assert sparkline_path([]) == sparkline_path([{"value": 1}]) == ""
    assert sparkline_path([{"value": 3}, {"value": 3}]) == "M0.0,20.0L96.0,20.0"
    assert sparkline_path([{"value": 0}, {"value": 9}]) == "M0.0,20.0L96.0,2.0"


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ([0, 9, 3], "M0.0,20.0L48.0,2.0L96.0,14.0"),
        ([5, 1, 1, 5], "M0.0,2.0L32.0,20.0L64.0,20.0L96.0,2.0"),
        ([-2, -1], "M0.0,20.0L96.0,2.0"),
    ],
)
def test_a_sparkline_goes_from_its_least_to_its_largest_number(
    values: list[int], path: str
) -> None:
    assert sparkline_path([{"value": value} for value in values]) == path
