"""What changed in a repository in a week, and what is said of a week that is not known."""

from datetime import date
from typing import Any

import pytest

from repo_stats.metrics.weekly_changes import find_weekly_change
from repo_stats.metrics.weekly_extremes import Extreme, Kind
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import REPO_HISTORY
from repo_stats_tests.helpers.items import item
from repo_stats_tests.helpers.rows import history_of, statistics
from repo_stats_tests.helpers.weekly import WEEK, at, given, seen, stored

LONG_AGO = -50
"""More than eight weeks before the week."""


def closed(number: int, opened: int, day: int, **changes: Any) -> dict[str, Any]:
    times = {"created_at": at(opened), "closed_at": at(day)}
    return item(number, 1, state="closed", **{**times, **changes})


def merged(number: int, opened: int, day: int) -> dict[str, Any]:
    return closed(number, opened, day, is_pull_request=True, merged_at=at(day))


def test_gains_are_the_difference_of_what_was_seen_at_both_ends_of_the_week() -> None:
    history = seen((15, 100, 7), (18, 130, 9), (22, 112, 4), (23, 500, 99))
    change = find_weekly_change(stored(history=history, stars=500, open_issues=99), WEEK)
    assert (change.stars, change.stars_gained) == (112, 12)
    assert (change.open_issues, change.issues_gained) == (4, -3)


@pytest.mark.parametrize("first", [14, 16])
def test_a_week_of_which_one_end_was_not_seen_has_no_gain(first: int) -> None:
    change = find_weekly_change(stored(history=seen((first, 100, 7), (22, 112, 4))), WEEK)
    assert (change.stars_gained, change.issues_gained) == (None, None)
    assert (change.stars, change.open_issues) == (112, 4)


def test_numbers_of_a_week_that_was_not_seen_are_those_of_now() -> None:
    change = find_weekly_change(stored(stars=9, open_issues=3), WEEK)
    assert (change.stars, change.open_issues) == (9, 3)
    assert (change.stars_gained, change.opened, change.closed, change.merged) == (None,) * 4


def test_stars_of_a_week_that_was_not_seen_are_those_given_in_it_and_still_held() -> None:
    star_days = given((15, 100), (16, 1), (22, 2), (23, 50))
    assert find_weekly_change(stored(star_days=star_days), WEEK).stars_gained == 3
    assert find_weekly_change(stored(star_days=given((15, 100))), WEEK).stars_gained == 0


def test_numbers_at_the_very_end_of_a_week_are_still_its_own() -> None:
    begin = [statistics(snapshot_at=at(day), stars=1, open_issues=9) for day in (LONG_AGO, 10)]
    ends = zip((WEEK.begin, WEEK.end), ((100, 4), (103, 3)), strict=True)
    both = [statistics(snapshot_at=t, stars=stars, open_issues=n) for t, (stars, n) in ends]
    history = to_arrow(REPO_HISTORY, history_of(*begin, *both))
    change = find_weekly_change(stored(history=history), WEEK)
    assert (change.stars_gained, change.open_issues) == (3, 3)
    assert [(e.kind, e.value) for e in change.extremes] == [(Kind.FEWEST_OPEN, 3)]


def test_what_was_seen_comes_before_what_was_given() -> None:
    change = find_weekly_change(
        stored(history=seen((15, 10, 0), (22, 8, 0)), star_days=given((17, 1))), WEEK
    )
    assert change.stars_gained == -2


def test_items_opened_closed_and_merged_in_the_week_are_counted() -> None:
    issues = [
        closed(1, 15, 16),
        closed(2, 16, 22),
        merged(3, 1, 20),
        closed(4, 22, 23),
        item(5, 1, created_at=at(22, 23)),
        item(6, 1, created_at=at(23, 0)),
    ]
    change = find_weekly_change(stored(issues=issues), WEEK)
    assert (change.opened, change.closed, change.merged) == (3, 3, 1)


def test_nothing_is_counted_in_a_week_that_is_not_known_to_its_end() -> None:
    change = find_weekly_change(stored(issues=[closed(1, 16, 17)], known_until=at(22, 23)), WEEK)
    assert (change.opened, change.closed, change.merged) == (None, None, None)


def test_the_oldest_issue_without_an_answer_waits_longest() -> None:
    open_issues = [
        item(1, 1, created_at=at(1), comments=1),
        item(2, 1, created_at=at(2), is_pull_request=True),
        item(4, 1, created_at=at(4), title="Help", html_url="https://x/4"),
        item(3, 1, created_at=at(5)),
    ]
    unanswered = find_weekly_change(stored(waiting=open_issues), WEEK).unanswered
    assert unanswered is not None
    assert (unanswered.number, unanswered.title, unanswered.url) == (4, "Help", "https://x/4")
    assert unanswered.created_at == at(4)
    assert find_weekly_change(stored(waiting=open_issues[:2]), WEEK).unanswered is None


@pytest.mark.parametrize(
    ("star_days", "record"),
    [
        (given((LONG_AGO, 9), (16, 5), (17, 5)), 10),
        (given((LONG_AGO, 10), (16, 10)), None),
        (given((LONG_AGO, 3), (16, 4)), None),
        (given((-30, 9), (16, 10)), None),
        (given((16, 10)), None),
    ],
    ids=["more", "as many", "few", "not long known", "first"],
)
def test_a_week_is_a_record_if_it_has_more_stars_than_each_of_many_before(
    star_days: Any, record: int | None
) -> None:
    extremes = find_weekly_change(stored(star_days=star_days), WEEK).extremes
    expected = () if record is None else (Extreme(Kind.STARS, record, date(2026, 9, 7)),)
    assert extremes == expected


def test_opened_closed_and_merged_have_records_of_their_own() -> None:
    issues = [item(100, 1, created_at=at(LONG_AGO))]
    issues += [merged(number, LONG_AGO + 1, 17) for number in range(5)]
    issues += [closed(200, LONG_AGO, LONG_AGO, is_pull_request=True, merged_at=at(LONG_AGO))]
    extremes = find_weekly_change(stored(issues=issues), WEEK).extremes
    assert [(extreme.kind, extreme.value) for extreme in extremes] == [
        (Kind.CLOSED, 5),
        (Kind.MERGED, 5),
    ]


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ([(LONG_AGO, 1, 5), (1, 1, 8), (20, 1, 9)], Kind.MOST_OPEN),
        ([(LONG_AGO, 1, 5), (1, 1, 8), (20, 1, 4)], Kind.FEWEST_OPEN),
        ([(LONG_AGO, 1, 5), (1, 1, 8), (20, 1, 8)], None),
        ([(LONG_AGO, 1, 5), (1, 1, 8), (20, 1, 5)], None),
        ([(LONG_AGO, 1, 5), (1, 1, 8), (17, 1, 9), (20, 1, 7)], None),
        ([(-30, 1, 5), (1, 1, 8), (20, 1, 9)], None),
        ([(LONG_AGO, 1, 5), (24, 1, 9)], None),
    ],
)
def test_a_backlog_is_remarkable_if_it_was_never_as_large_or_as_small(
    rows: list[tuple[int, int, int]], kind: Kind | None
) -> None:
    extremes = find_weekly_change(stored(history=seen(*rows)), WEEK).extremes
    assert [extreme.kind for extreme in extremes] == ([] if kind is None else [kind])
    assert all(extreme.since == at(LONG_AGO).date() for extreme in extremes)
