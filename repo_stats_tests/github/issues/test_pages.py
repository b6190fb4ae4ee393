"""Pages: their keys, when one is fresh, and which one ends a list."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from repo_stats.github.issues.pages import Freshness, PageKey, hash_rows
from repo_stats.github.parsing import parse_issues
from repo_stats_tests.helpers.pages import ISSUE_LIST, NOW, head
from repo_stats_tests.helpers.scripted_lists import item


def test_a_key_names_a_page_with_four_digits_or_more() -> None:
    assert str(PageKey.numbered("a/b", 1)) == "a/b/0001"
    assert str(PageKey.numbered("a/b", 12345)) == "a/b/12345"
    assert PageKey.parse("a/b/0012") == PageKey.numbered("a/b", 12)
    assert PageKey.parse("a/b/0012").number == 12
    assert PageKey.parse("a/b/0012").since is None


def test_a_key_names_a_window_by_the_time_it_begins() -> None:
    assert str(PageKey.window("a/b", NOW)) == "a/b/20261123T120000Z"
    first = PageKey.parse("a/b/20261123T120000Z")
    assert (first.number, first.since, first.part) == (None, NOW, 0)
    key = PageKey.parse("a/b/20261123T120000Z.12")
    assert key == PageKey.window("a/b", NOW, 12)
    assert (key.number, key.since, key.part) == (None, NOW, 12)


def test_the_times_of_items_are_given_in_utc() -> None:
    [[number, time]] = replace(
        head(1, rows=0), updates={5: int(NOW.timestamp())}
    ).updated_at.items()
    assert (number, time, time.tzinfo) == (5, NOW, timezone.utc)


def test_the_hash_of_a_page_depends_on_all_its_objects_and_their_order() -> None:
    rows = parse_issues([item(1, 1), item(2, 2)], "a/b", 7)
    orders = [rows, rows[::-1], rows[:1], rows[1:], []]
    assert len({hash_rows(order) for order in orders}) == len(orders)
    assert hash_rows(parse_issues([item(1, 1), item(2, 2)], "a/b", 7)) == hash_rows(rows)
    assert len(hash_rows([])) == 64


@pytest.mark.parametrize(
    "text",
    [
        *("", "a/b", "a/b/1", "a/b/0000", "a/b/c/0001", "a/b/00x1"),
        *("a/b/20261323T120000Z", "a/b/20261123T120000", "a/b/20261123T120000Z.x"),
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no page of a list"):
        PageKey.parse(text)


def test_force_takes_nothing_as_fresh_but_what_the_run_itself_has_read() -> None:
    freshness = Freshness.of_run(NOW, 3600, force=True)
    assert not freshness.revalidate
    later = NOW + timedelta(seconds=9)
    for age, is_fresh in ((1, False), (0, True), (-9, True), (-10, False)):
        assert freshness.covers(head(1, age=age), ISSUE_LIST.numbered(1).url, later) is is_fresh


@pytest.mark.parametrize(
    ("age", "is_fresh"),
    [(3601, False), (3600, True), (0, True), (-60, True), (-61, False), (-1e9, False)],
)
def test_a_page_from_the_future_was_never_validated(age: float, is_fresh: bool) -> None:
    freshness = Freshness.of_run(NOW, 3600, force=False)
    assert freshness.covers(head(1, age=age), ISSUE_LIST.numbered(1).url, NOW) is is_fresh
    assert freshness.holds(NOW - timedelta(seconds=age), NOW) is is_fresh
    assert freshness.margin == 60
    assert Freshness.of_run(NOW, 5, force=False).margin == 5


def test_a_page_of_another_address_or_none_is_never_fresh() -> None:
    freshness = Freshness.of_run(NOW, 3600, force=False)
    url = ISSUE_LIST.numbered(1).url
    assert freshness.covers(head(1), url, NOW)
    assert not freshness.covers(head(2), url, NOW)
    assert not freshness.covers(None, url, NOW)


def test_a_run_revalidates_what_is_older_than_its_maximum_age_unless_it_is_forced() -> None:
    assert Freshness.of_run(NOW, 90, force=False) == Freshness(
        NOW - timedelta(seconds=90), revalidate=True, margin=60
    )
    assert Freshness.of_run(NOW, 90, force=True) == Freshness(NOW, revalidate=False, margin=0)
    assert Freshness(NOW, revalidate=True).margin == 0


def test_a_page_with_a_next_one_or_a_full_one_never_ends_a_list() -> None:
    assert not head(1, rows=100).ends_list
    assert not replace(head(1, rows=99), next_url="https://api.example/next").ends_list
    assert head(1, rows=99).ends_list
    assert head(1, rows=0).ends_list
