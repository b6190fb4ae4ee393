"""The addresses of lists and pages, and where an empty answer would be a surprise."""

from dataclasses import replace

import pytest

from repo_stats.github.issues.pages import PageHead, PageKey
from repo_stats.github.issues.requests import (
    BEGINNING,
    MOST_NUMBERED,
    IssueList,
    PageRequest,
)
from repo_stats_tests.helpers.pages import NOW, head

LIST = "https://api.example/repositories/7/issues"

OPEN = IssueList("a/b", 7, "https://api.example", 30)

ALL = replace(OPEN, state="all")

WINDOW = PageKey.window("a/b", NOW)


def test_what_is_known_of_a_list_makes_no_other_list_of_it() -> None:
    assert OPEN.full_name == ""
    assert replace(OPEN, has_issues=False, counter=9, full_name="A/b") == OPEN
    assert ALL != OPEN


def test_a_page_by_number_is_one_of_the_open_items_in_the_order_of_creation() -> None:
    url = f"{LIST}?state=open&sort=created&direction=asc&per_page=30&page=3"
    assert OPEN.numbered(3) == PageRequest(OPEN, PageKey.numbered("a/b", 3), url)


def test_a_window_holds_what_was_updated_since_a_time_in_the_order_of_updates() -> None:
    since = "since=2026-11-23T12%3A00%3A00Z"
    url = f"{LIST}?state=open&sort=updated&direction=asc&{since}&per_page=30"
    assert OPEN.window(NOW) == PageRequest(OPEN, WINDOW, url)
    assert ALL.window(NOW).url == url.replace("open", "all") == OPEN.changes_url(NOW)
    assert OPEN.counted_url(NOW, 4) == f"{url}&page=4"


def test_the_beginning_of_time_is_never_sent() -> None:
    url = f"{LIST}?state=open&sort=updated&direction=asc&per_page=30"
    assert OPEN.window(BEGINNING).url == url
    assert str(OPEN.window(BEGINNING).key) == "a/b/19700101T000000Z"
    assert OPEN.counted_url(BEGINNING, 4) == f"{url}&page=4"


def test_the_newest_item_is_the_first_of_the_reverse_order() -> None:
    assert ALL.newest_url() == f"{LIST}?state=all&sort=created&direction=desc&per_page=1"
    assert "state=open&" in OPEN.newest_url()


@pytest.mark.parametrize(
    ("counter", "has_issues", "number", "is_expected"),
    [(1, True, 1, True), (0, True, 1, False), (1, False, 1, False), (99, True, 2, False)],
)
def test_only_a_first_page_is_expected_to_hold_items_if_the_counter_says_so(
    counter: int, has_issues: bool, number: int, is_expected: bool
) -> None:
    issue_list = replace(OPEN, counter=counter, has_issues=has_issues)
    assert issue_list.numbered(number).is_expected is is_expected
    assert not issue_list.window(NOW).is_expected


@pytest.mark.parametrize(
    ("key", "stored", "url"),
    [
        (PageKey.numbered("a/b", 3), None, OPEN.numbered(3).url),
        (PageKey.numbered("a/b", 3), head(1), OPEN.numbered(3).url),
        (WINDOW, None, OPEN.window(NOW).url),
        (WINDOW, head(1), OPEN.window(NOW).url),
        (PageKey.window("a/b", NOW, 2), head(1, url=f"{LIST}?after=x"), f"{LIST}?after=x"),
    ],
)
def test_a_page_has_its_address_from_its_name_and_a_further_part_from_what_is_stored(
    key: PageKey, stored: PageHead | None, url: str
) -> None:
    request = OPEN.request(key, stored)
    assert (request.key, request.url) == (key, url)


def test_a_further_part_that_is_not_stored_has_no_address() -> None:
    with pytest.raises(ValueError, match=r"a/b/20261123T120000Z\.2 has no address of its own; mat"):
        OPEN.request(PageKey.window("a/b", NOW, 2), None)


def test_lists_are_the_same_whatever_is_known_of_their_length_and_name() -> None:
    assert (OPEN.has_issues, OPEN.counter, OPEN.state, OPEN.full_name) == (True, 0, "open", "")
    assert replace(OPEN, has_issues=False, counter=9, full_name="A/B") == OPEN
    assert ALL != OPEN
    assert MOST_NUMBERED == 1_000
