"""The numbers: counted by hand on small frames."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from repo_stats.metrics.summary import (
    compute_statistics,
    count_per_user,
    deduplicate_items,
    describe_statistics,
    format_statistics,
)
from repo_stats.warehouse.scans import ScanInfo
from repo_stats.warehouse.schemas import ISSUES_PER_USER
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.helpers.rows import NOW, metadata

SCAN = ScanInfo(NOW, NOW, is_exact=True, pages=1, rounds=0, changes=0, fingerprint="f")


def test_an_item_seen_twice_is_kept_as_it_was_last_updated() -> None:
    old, new = item(1, 1, title="old", updated_at=NOW - timedelta(hours=1)), item(1, 1, title="new")
    for rows in ((old, new), (new, old)):
        kept = deduplicate_items(items(item(2, 1), *rows))
        assert kept[["number", "title"]].values.tolist() == [[1, "new"], [2, ""]]


def test_of_many_versions_updated_at_once_the_last_one_is_kept() -> None:
    rows = [
        item(number, 1, title=title, updated_at=NOW + timedelta(hours=number % 3))
        for title in ("first", "second", "last")
        for number in range(100, 0, -1)
    ]
    kept = deduplicate_items(items(*rows))
    assert kept["number"].tolist() == kept.index.to_series().add(1).tolist() == [*range(1, 101)]
    assert set(kept["title"]) == {"last"}
    assert kept.columns.tolist() == items().columns.tolist()


def test_the_same_item_under_two_names_of_its_repository_is_kept_under_both() -> None:
    kept = deduplicate_items(items(item(1, 1), item(1, 1, repo="old/name")))
    assert kept["repo"].tolist() == ["a/b", "old/name"]


def test_authors_are_counted_with_the_busiest_first() -> None:
    counts = count_per_user(
        items(item(1, 7), item(2, 9), item(3, 9, is_pull_request=True), item(4, 8))
    )
    assert counts.columns.tolist() == ISSUES_PER_USER.names
    numbers = counts[["user_id", "open_items", "open_issues", "open_pull_requests"]]
    assert numbers.values.tolist() == [[9, 2, 1, 1], [7, 1, 1, 0], [8, 1, 1, 0]]


def test_authors_of_several_repositories_are_in_the_order_of_these() -> None:
    counts = count_per_user(items(item(1, 7, repo="c/d"), item(2, 9), item(3, 8), item(4, 9)))
    assert counts[["repo", "user_id"]].values.tolist() == [["a/b", 9], ["a/b", 8], ["c/d", 7]]
    assert counts.index.tolist() == [0, 1, 2]


def test_an_author_who_changed_the_login_is_one_author_with_the_latest_login() -> None:
    earlier = item(1, 7, user="before", updated_at=NOW - timedelta(days=1))
    counts = count_per_user(items(item(2, 7, user="after"), earlier))
    assert counts[["user", "open_items"]].values.tolist() == [["after", 2]]


def test_of_two_logins_updated_at_once_that_of_the_higher_number_is_taken() -> None:
    rows = [item(1, 7, user="before"), item(2, 7, user="after", user_type="Bot")]
    for order in (rows, rows[::-1]):
        counts = count_per_user(items(*order))
        assert counts[["user", "user_type"]].values.tolist() == [["after", "Bot"]]


def test_the_statistics_divide_items_by_authors_with_and_without_pull_requests() -> None:
    rows = items(item(1, 7), item(2, 7), item(3, 7), item(4, 8, is_pull_request=True), item(5, 9))
    counts = count_per_user(rows)
    [row] = compute_statistics(metadata("a/b"), counts, {"a/b": SCAN}).to_dict("records")
    assert (row["open_items"], row["open_issues"], row["open_pull_requests"]) == (5, 4, 1)
    assert row["users"] == 3
    assert row["average_open_issues_per_user"] == pytest.approx(5 / 3)
    assert row["average_open_issues_per_user_without_pull_requests"] == pytest.approx(4 / 2)
    assert row["is_exact"] is True


def test_only_pull_requests_open_gives_no_average_without_them() -> None:
    counts = count_per_user(items(item(1, 7, is_pull_request=True)))
    [row] = compute_statistics(metadata("a/b"), counts, {"a/b": SCAN}).to_dict("records")
    assert row["average_open_issues_per_user"] == 1.0
    assert pd.isna(row["average_open_issues_per_user_without_pull_requests"])


@pytest.mark.parametrize(
    ("bots", "people", "average"), [((3,), 2, 1.5), ((1, 2, 3), 0, None), ((None,), None, None)]
)
def test_people_are_counted_apart_from_bots_if_it_is_known_who_is_one(
    bots: tuple[int | None, ...], people: int | None, average: float | None
) -> None:
    rows = [item(1, 1), item(2, 1), item(3, 2), *(item(n, 3) for n in range(4, 9))]
    marked = [{**r, "is_bot": None if bots == (None,) else r["user_id"] in bots} for r in rows]
    per_user = count_per_user(items(*marked))
    [row] = compute_statistics(metadata("a/b"), per_user, {"a/b": SCAN}).to_dict("records")
    assert row["users"] == 3
    found = (row["users_without_bots"], row["average_open_issues_per_user_without_bots"])
    assert [None if pd.isna(number) else number for number in found] == [people, average]


def test_nothing_open_gives_zeros_and_no_average() -> None:
    counts = count_per_user(items())
    [row] = compute_statistics(metadata("a/b"), counts, {"a/b": SCAN}).to_dict("records")
    assert (row["open_items"], row["users"]) == (0, 0)
    assert pd.isna(row["average_open_issues_per_user"])
    assert "none is open" in format_statistics(row)


def test_each_repository_has_its_own_numbers_in_the_order_given() -> None:
    rows = items(item(1, 7), item(2, 8, repo="c/d"), item(3, 8, repo="c/d"))
    scans = dict.fromkeys(("x/y", "c/d", "a/b"), SCAN)
    statistics = compute_statistics(metadata("c/d", "x/y", "a/b"), count_per_user(rows), scans)
    assert statistics["repo"].tolist() == ["c/d", "x/y", "a/b"]
    assert statistics["open_items"].tolist() == [2, 0, 1]


def test_the_snapshot_is_as_old_as_the_oldest_of_its_parts() -> None:
    early = NOW - timedelta(hours=1)
    for metadata_at, scan_at in ((early, NOW), (NOW, early)):
        scans = {"a/b": replace(SCAN, validated_at=scan_at, is_exact=False, pages=2)}
        described = metadata("a/b", validated_at=metadata_at)
        [row] = compute_statistics(described, count_per_user(items()), scans).to_dict("records")
        assert row["snapshot_at"] == early
        assert row["is_exact"] is False


def test_the_four_lines_are_those_of_the_tutorial() -> None:
    row = {"repo": "a/b", "stars": 12159, "forks": 1251, "average_open_issues_per_user": 591 / 260}
    assert format_statistics(row).splitlines() == [
        "a/b repository statistics 📊:",
        "Stars 🌟 : 12159",
        "Forks 🍴 : 1251",
        "Average open issues per user 🐛 : 2.27",
    ]


def test_the_log_has_the_numbers_of_few_repositories_and_else_of_the_changed() -> None:
    names = [f"a/r{number:02d}" for number in range(12)]
    scans = dict.fromkeys(names, SCAN)
    statistics = compute_statistics(metadata(*names), count_per_user(items()), scans)
    few = describe_statistics(statistics.head(10), set(), 10).splitlines()
    assert few[::4] == [f"{name} repository statistics 📊:" for name in names[:10]]
    assert len(few) == 4 * 10
    one = describe_statistics(statistics, {"a/r03"}, 12).splitlines()
    assert one[0] == "a/r03 repository statistics 📊:"
    assert one[4:] == ["Repositories: 12, of which 1 got a row in their history"]
    many = describe_statistics(statistics, set(names), 12).splitlines()
    assert many[:40:4] == few[::4]
    assert many[40:] == ["Repositories: 12, of which 12 got a row in their history"]
