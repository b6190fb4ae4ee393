"""Page keys, addresses, freshness and plans: which pages are asked for, and by whom."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.requests import IssueList, plan_numbered

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


SOURCE = IssueList("a/b", 7, "https://api.example", 100)


def head(number: int, *, rows: int = 100, age: int = 0, url: str | None = None) -> PageHead:
    time = NOW - timedelta(seconds=age)
    return PageHead(
        url=url or SOURCE.numbered(number).url,
        next_url=None,
        etag='W/"1"',
        token_id=None,
        fetched_at=time,
        validated_at=time,
        answered_at=time,
        served_at=time,
        content_hash="",
        rows=rows,
        is_full=rows == 100,
        last_updated_at=time if rows else None,
    )


def planned(count: int, heads: list[PageHead], max_age: int = 3600) -> list[int | None]:
    freshness = Freshness.of_run(NOW, max_age, force=False)
    source = replace(SOURCE, counter=count)
    return [request.key.number for request in plan_numbered(source, heads, freshness)]


def test_a_key_names_a_page_with_four_digits_or_more() -> None:
    assert str(PageKey.numbered("a/b", 1)) == "a/b/0001"
    assert str(PageKey.numbered("a/b", 12345)) == "a/b/12345"
    assert PageKey.parse("a/b/0012") == PageKey.numbered("a/b", 12)
    assert PageKey.parse("a/b/0012").number == 12
    assert PageKey.parse("a/b/0012").since is None


def test_a_key_names_a_window_by_the_time_it_begins() -> None:
    assert str(PageKey.window("a/b", NOW)) == "a/b/20261123T120000Z"
    key = PageKey.parse("a/b/20261123T120000Z.12")
    assert key == PageKey.window("a/b", NOW, 12)
    assert (key.number, key.since, key.part) == (None, NOW, 12)


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


def test_the_first_plan_follows_githubs_counter() -> None:
    assert planned(591, []) == [1, 2, 3, 4, 5, 6]
    assert planned(600, []) == [1, 2, 3, 4, 5, 6]
    assert planned(0, []) == [1]


def test_a_complete_stored_list_is_planned_in_its_own_length() -> None:
    old = [head(1, age=7200), head(2, rows=17, age=7200)]
    assert planned(602, old) == [1, 2]


def test_an_incomplete_stored_list_is_planned_to_the_counters_length() -> None:
    assert planned(591, [head(1, age=7200), head(2, age=7200)]) == [1, 2, 3, 4, 5, 6]


def test_fresh_pages_are_not_planned() -> None:
    assert planned(250, [head(1), head(2, age=3601), head(3, rows=50)]) == [2]
    assert planned(250, [head(1), head(2), head(3, rows=50)], max_age=0) == []
    assert planned(250, [head(1, age=1), head(2, age=1), head(3, rows=50)], max_age=0) == [1, 2]


def test_a_page_of_another_address_is_not_fresh() -> None:
    elsewhere = head(1, rows=5, url="https://other.example/repositories/7/issues?page=1")
    assert planned(5, [elsewhere]) == [1]


def test_force_takes_nothing_as_fresh_but_what_the_run_itself_has_read() -> None:
    freshness = Freshness.of_run(NOW, 3600, force=True)
    assert not freshness.revalidate
    assert not freshness.covers(head(1, age=1), SOURCE.numbered(1).url)
    assert freshness.covers(head(1, age=0), SOURCE.numbered(1).url)


def test_a_full_page_never_ends_a_list() -> None:
    assert not head(1, rows=100).ends_list
    assert head(1, rows=99).ends_list
    assert head(1, rows=0).ends_list
