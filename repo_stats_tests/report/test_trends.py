"""The small lines of the first page."""

from collections.abc import Sequence

import pytest

from repo_stats.metrics.stars import DAILY
from repo_stats.report.charts import HELD, SEEN
from repo_stats.report.trends import MOST_POINTS, encode_trend, recent_stars


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([], ""),
        ([7], ""),
        ([7, 8], "0z"),
        ([8, 7], "z0"),
        ([5, 5, 5], "iii"),
        ([0, 35, 70], "0iz"),
        (range(36), "0123456789abcdefghijklmnopqrstuvwxyz"),
    ],
)
def test_a_line_is_a_digit_for_each_value(values: Sequence[int], text: str) -> None:
    if len(values) <= MOST_POINTS:
        assert encode_trend(values) == text
    else:
        assert (encode_trend(values)[0], encode_trend(values)[-1]) == (text[0], text[-1])


@pytest.mark.parametrize("count", [32, 33, 64, 120])
def test_a_long_line_keeps_its_ends_and_its_direction(count: int) -> None:
    trend = encode_trend(range(count))
    assert len(trend) == MOST_POINTS
    assert (trend[0], trend[-1]) == ("0", "z")
    assert sorted(trend) == list(trend)


def test_the_line_of_stars_is_that_of_the_last_days_and_of_what_is_held_if_that_is_known() -> None:
    held = [{"day": "", "kind": HELD, "value": value} for value in range(DAILY + 5)]
    seen = [{"day": "", "kind": SEEN, "value": value} for value in (7, 3)]
    assert recent_stars([*held, *seen]) == list(range(5, DAILY + 5))
    assert recent_stars(seen) == [7, 3]
    assert recent_stars([]) == []
