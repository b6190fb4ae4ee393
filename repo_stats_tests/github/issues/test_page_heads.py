"""The heads of pages: what is kept of a response, and since when its content is known."""

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest
import time_machine

from repo_stats.github.http.headers import Quota
from repo_stats.github.http.responses import ApiResponse
from repo_stats.github.issues.page_heads import make_empty_response, make_head
from repo_stats.github.issues.page_times import find_begin, find_served_at
from repo_stats.github.issues.pages import PageHead, hash_rows
from repo_stats.github.issues.requests import IssueList
from repo_stats.github.parsing import parse_issues
from repo_stats_tests.helpers.pages import head
from repo_stats_tests.helpers.scripted_lists import API, at, item

REQUEST = IssueList("a/b", 7, API, 2).numbered(3)

ROWS = parse_issues([item(1, 50), item(2, 40)], "a/b", 7)

RESPONSE = ApiResponse(
    asked_at=at(100),
    answered_at=at(102),
    server_date=at(103),
    etag='"x"',
    token_id="abc",
    next_url=f"{API}/next",
    quota=Quota(5_000, 10, at(3_600)),
    body=[],
)


def test_a_head_keeps_what_the_response_says_and_its_times() -> None:
    assert make_head(REQUEST, ROWS, RESPONSE, None) == PageHead(
        url=REQUEST.url,
        next_url=f"{API}/next",
        etag='"x"',
        token_id="abc",
        fetched_at=at(102),
        validated_at=at(100),
        answered_at=at(102),
        served_at=at(101),
        content_hash=hash_rows(ROWS),
        rows=2,
        is_full=True,
        last_updated_at=at(50),
        updates={1: int(at(50).timestamp()), 2: int(at(40).timestamp())},
    )


def test_a_page_with_fewer_items_than_fit_is_not_full_and_an_empty_one_has_no_update() -> None:
    assert not make_head(REQUEST, ROWS[:1], RESPONSE, None).is_full
    empty = make_head(REQUEST, [], RESPONSE, None)
    assert (empty.is_full, empty.rows, empty.last_updated_at) == (False, 0, None)


@pytest.mark.parametrize(
    ("changes", "fetched"),
    [
        ({}, 5),
        ({"content_hash": "other"}, 102),
        ({"url": f"{API}/other"}, 102),
        ({"fetched_at": at(100)}, 100),
        ({"fetched_at": at(100.5)}, 102),
    ],
)
def test_content_is_known_since_it_was_stored_only_if_it_is_the_same_from_the_same_address(
    changes: dict[str, Any], fetched: float
) -> None:
    stored = replace(head(3, url=REQUEST.url), content_hash=hash_rows(ROWS), fetched_at=at(5))
    stored = replace(stored, **changes)
    assert make_head(REQUEST, ROWS, RESPONSE, stored).fetched_at == at(fetched)


@pytest.mark.parametrize(
    ("begin", "found"), [(-9, -9), (100, 100), (100.1, 102), (101, 102), (9_999, 102)]
)
def test_no_content_begins_after_the_request_that_confirms_it(begin: float, found: float) -> None:
    assert find_begin(replace(head(1), fetched_at=at(begin)), RESPONSE) == at(found)


@pytest.mark.parametrize(("answered", "served"), [(102, 101), (100, 103), (99, -197)])
def test_github_read_the_data_before_its_date_by_no_more_than_the_request_took(
    answered: float, served: float
) -> None:
    assert find_served_at(replace(RESPONSE, answered_at=at(answered))) == at(served)


def test_a_list_that_is_gone_counts_as_an_empty_answer_of_now() -> None:
    with time_machine.travel(at(200), tick=False):
        response = make_empty_response(at(198))
    now = datetime.fromtimestamp(at(200).timestamp(), timezone.utc)
    assert response == ApiResponse(
        asked_at=at(198),
        answered_at=now,
        server_date=now,
        etag=None,
        token_id=None,
        next_url=None,
        quota=None,
        body=[],
    )
    assert response.answered_at.tzinfo is timezone.utc
