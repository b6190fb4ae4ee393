"""The leaderboard: places, growth and waiting times, counted by hand."""

from datetime import timedelta

import pandas as pd

from repo_stats.metrics.leaderboard import format_leaderboard
from repo_stats.warehouse.frames import join_frames
from repo_stats.warehouse.schemas import LEADERBOARD, REPO_STATISTICS
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.ranked import rank_rows
from repo_stats_tests.helpers.rows import NOW, history_of, statistics

NO_ITEMS = items()


def days_ago(days: float, **changes: object) -> pd.DataFrame:
    return statistics(snapshot_at=NOW - timedelta(days=days), **changes)


def rank(*rows: pd.DataFrame, **histories: pd.DataFrame) -> pd.DataFrame:
    by_repo = {name.replace("_", "/"): history for name, history in histories.items()}
    return rank_rows(join_frames(REPO_STATISTICS, rows), by_repo, NO_ITEMS)


def test_most_stars_come_first_and_equals_share_a_place() -> None:
    ranked = rank(
        statistics(repo="z/last", stars=1),
        statistics(repo="c/equal", stars=5),
        statistics(repo="b/equal", stars=5),
        statistics(repo="d/equal", stars=5),
        statistics(repo="a/first", stars=9),
    )
    equals = [(2, "b/equal"), (2, "c/equal"), (2, "d/equal")]
    places = list(zip(ranked["rank"], ranked["repo"], strict=True))
    assert places == [(1, "a/first"), *equals, (5, "z/last")]
    assert ranked.columns.tolist() == LEADERBOARD.names


def test_without_repositories_there_are_no_places() -> None:
    ranked = rank()
    assert len(ranked) == 0
    assert ranked.columns.tolist() == LEADERBOARD.names


def test_growth_is_null_without_a_history_that_goes_back_far_enough() -> None:
    now = statistics(stars=100)
    week = history_of(days_ago(7, stars=110), now)
    ranked = rank(now, statistics(repo="c/d"), statistics(repo="e/f"), a_b=week, e_f=now)
    ranked = ranked.set_index("repo")
    assert ranked.loc["a/b", "stars_growth_7_days"] == -10
    assert ranked["stars_growth_7_days"].isna().tolist() == [False, True, True]
    assert ranked["stars_growth_30_days"].isna().all()
    month = history_of(days_ago(45, stars=20), days_ago(29, stars=60), now)
    [row] = rank(now, a_b=month).to_dict("records")
    assert (row["stars_growth_7_days"], row["stars_growth_30_days"]) == (40, 80)


def test_growth_is_that_of_one_repository_and_up_to_its_own_last_refresh() -> None:
    taken_over = history_of(days_ago(40, stars=900), statistics(repo_id=2, stars=3))
    ranked = rank(statistics(repo_id=2, stars=3), a_b=taken_over)
    assert ranked[["stars_growth_7_days", "stars_growth_30_days"]].isna().values.tolist() == [
        [True, True]
    ]
    stale = days_ago(300, stars=50)
    ranked = rank(stale, a_b=history_of(days_ago(307, stars=45), stale))
    assert ranked["stars_growth_7_days"].tolist() == [5]


def test_waiting_times_are_those_of_open_issues_alone() -> None:
    opened = {1: 4, 2: 10, 3: 1}
    rows = [item(n, 1, created_at=NOW - timedelta(days=days)) for n, days in opened.items()]
    others = [
        item(4, 1, created_at=NOW - timedelta(days=99), is_pull_request=True),
        item(5, 1, created_at=NOW - timedelta(days=99), repo_id=2),
    ]
    both = join_frames(REPO_STATISTICS, [statistics(), statistics(repo="c/d", stars=0)])
    opened_items = items(*rows, *others)
    ranked = rank_rows(both, {}, opened_items).set_index("repo")
    assert ranked.loc["a/b", "median_days_open"] == 4
    assert ranked.loc["a/b", "oldest_created_at"] == NOW - timedelta(days=10)
    assert ranked.loc["c/d", ["median_days_open", "oldest_created_at"]].isna().all()


def test_an_issue_that_was_opened_after_the_refresh_has_been_open_for_no_time() -> None:
    later = items(item(1, 1, created_at=NOW + timedelta(days=2)))
    ranked = rank_rows(statistics(), {}, later)
    assert ranked["median_days_open"].tolist() == [0.0]
    assert ranked["oldest_created_at"].tolist() == [NOW + timedelta(days=2)]


def test_each_repository_has_its_own_numbers_whatever_the_labels_of_the_rows() -> None:
    both = join_frames(REPO_STATISTICS, [statistics(stars=9), statistics(repo="c/d", stars=5)])
    past = {"c/d": history_of(days_ago(8, repo="c/d", stars=2))}
    issues = items(item(1, 1, repo="c/d", created_at=NOW - timedelta(days=4)))
    ranked = rank_rows(both.iloc[::-1], past, issues).set_index("repo")
    assert ranked["rank"].to_dict() == {"a/b": 1, "c/d": 2}
    assert ranked["stars_growth_7_days"].isna().to_dict() == {"a/b": True, "c/d": False}
    assert ranked.loc["c/d", "stars_growth_7_days"] == 3
    assert ranked.loc["c/d", "median_days_open"] == 4


def test_the_first_ten_are_shown_with_signs_and_dashes() -> None:
    now = statistics(stars=12_159)
    others = [statistics(repo=f"o/r{n:02d}", stars=n) for n in range(12)]
    others[-1]["average_open_issues_per_user"] = 2.345
    text = format_leaderboard(rank(now, *others, a_b=history_of(days_ago(8, stars=12_100), now)))
    lines = text.splitlines()
    assert lines[:2] == [
        "| | repository | stars | 7 days | 30 days | issues | pull requests | per user |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    assert lines[2] == "| 1 | a/b | 12,159 | +59 | - | 2 | 2 | - |"
    assert lines[3] == "| 2 | o/r11 | 11 | - | - | 2 | 2 | 2.35 |"
    assert len(lines) == 2 + 10
