"""Whether stars by day add up to GitHub's counter, and what explains a difference."""

import pytest

from repo_stats.github.stars.sums import (
    find_contradiction,
    find_shortfall,
    is_explained,
    may_have_drifted,
    most_unlisted,
)


@pytest.mark.parametrize(("counter", "most"), [(0, 5), (500, 5), (599, 5), (600, 6), (12_159, 121)])
def test_a_few_stars_or_a_share_of_them_may_be_unlisted(counter: int, most: int) -> None:
    assert most_unlisted(counter) == most


@pytest.mark.parametrize(
    ("listed", "explained"), [(100, True), (95, True), (101, False), (94, False)]
)
def test_a_counter_explains_its_own_number_and_that_without_a_few(
    listed: int, explained: bool
) -> None:
    assert is_explained(listed, 100) is explained


@pytest.mark.parametrize(
    ("listed", "drifted"), [(100, False), (101, True), (105, True), (106, False)]
)
def test_a_few_stars_above_may_have_been_taken_back_in_older_weeks(
    listed: int, drifted: bool
) -> None:
    assert may_have_drifted(listed, 100) is drifted


@pytest.mark.parametrize(
    ("listed", "before", "after", "told"),
    [
        (100, 100, 100, None),
        (103, 100, 104, None),
        (103, 104, 100, None),
        (101, 100, 100, "its days have 101 stars, and GitHub's counter says 100"),
        (
            105,
            100,
            104,
            "its days have 105 stars, and GitHub's counter says 100 before and 104 after",
        ),
    ],
)
def test_a_sum_above_both_counters_is_impossible(
    listed: int, before: int, after: int, told: str | None
) -> None:
    assert find_contradiction(listed, before, after) == told


@pytest.mark.parametrize(
    ("listed", "before", "after", "told"),
    [
        (95, 100, 100, None),
        (95, 100, 200, None),
        (95, 200, 100, None),
        (
            94,
            100,
            100,
            "its days have 94 stars, and GitHub's counter says 100: more than 5 are not listed",
        ),
    ],
)
def test_more_than_a_few_stars_that_are_not_listed_are_told(
    listed: int, before: int, after: int, told: str | None
) -> None:
    assert find_shortfall(listed, before, after) == told
