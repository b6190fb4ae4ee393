"""What the times of pages prove: each predicate, at its bounds."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.proof import PagesProof
from repo_stats_tests.helpers.pages import NOW, head


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def page(
    number: int, *, fetched: float, validated: float, answered: float, ids: range = range(0)
) -> PageResult:
    """A page whose content came, was asked for and answered at so many seconds."""
    known = replace(
        head(number),
        fetched_at=at(fetched),
        validated_at=at(validated),
        answered_at=at(answered),
        updates=dict.fromkeys(ids, 0),
    )
    return PageResult(PageKey.numbered("a/b", number), Outcome.FRESH, known)


FIRST = page(1, fetched=0, validated=30, answered=31, ids=range(5))
SECOND = page(2, fetched=10, validated=20, answered=21, ids=range(5, 9))


def end(validated: float, answered: float, ids: range = range(9, 11)) -> PageResult:
    """The end, with content that came with its latest response, as after any change."""
    return page(3, fetched=answered, validated=validated, answered=answered, ids=ids)


@pytest.mark.parametrize(("validated", "answered"), [(10, 20), (12, 15)])
def test_pages_share_a_moment_if_the_request_for_the_end_lies_within_the_times_of_all_others(
    validated: float, answered: float
) -> None:
    proof = PagesProof([FIRST, SECOND, end(validated, answered)])
    assert proof.shares_a_moment
    assert proof.proves_the_list


def test_the_end_proves_nothing_if_it_was_asked_for_before_another_page_had_its_content() -> None:
    proof = PagesProof([FIRST, SECOND, end(9.9, 15)])
    assert not proof.others_began_before_the_end_was_requested
    assert proof.others_were_validated_after_the_end_answered
    assert not proof.shares_a_moment
    assert not proof.proves_the_list


def test_the_end_proves_nothing_if_another_page_was_validated_before_it_had_answered() -> None:
    proof = PagesProof([FIRST, SECOND, end(12, 20.1)])
    assert proof.others_began_before_the_end_was_requested
    assert not proof.others_were_validated_after_the_end_answered
    assert not proof.shares_a_moment


def test_a_single_page_shares_its_moment_with_itself() -> None:
    assert PagesProof([FIRST]).proves_the_list


def test_an_item_on_two_pages_proves_that_the_pages_are_not_one_list() -> None:
    proof = PagesProof([FIRST, SECOND, end(12, 15, ids=range(8, 11))])
    assert proof.shares_a_moment
    assert not proof.has_no_item_twice
    assert not proof.proves_the_list


def as_windows(*pages: PageResult) -> list[PageResult]:
    return [replace(each, key=PageKey.window("a/b", at(place))) for place, each in enumerate(pages)]


def test_windows_may_overlap_because_each_has_its_bounds() -> None:
    proof = PagesProof(as_windows(FIRST, SECOND, end(12, 15, ids=range(8, 11))))
    assert not proof.is_numbered
    assert proof.proves_the_list


def test_only_windows_of_which_none_changed_late_are_asked_for_again() -> None:
    late = [FIRST, SECOND, end(9, 15)]
    assert PagesProof(late).may_come_to_rest
    assert not PagesProof(as_windows(*late)).may_come_to_rest
    assert PagesProof(as_windows(FIRST, SECOND, end(12, 25))).may_come_to_rest


def test_a_page_with_a_later_time_than_now_proves_nothing() -> None:
    proof = PagesProof([FIRST, SECOND, end(12, 15)])
    assert proof.is_past(at(31))
    assert not proof.is_past(at(30.9))
