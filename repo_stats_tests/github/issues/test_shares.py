"""How much of the quota one long list may take, so that something is left for the others."""

import re

import pytest

from repo_stats.github.errors import PermanentError
from repo_stats.github.http.headers import Quota
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.bounds import Walk
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import IssueList
from repo_stats_tests.helpers.pages import NOW, head


def walk(remaining: int | None, *, is_alone: bool = False) -> Walk:
    quota = None if remaining is None else Quota(5_000, remaining, NOW)
    issue_list = IssueList("a/b", 7, "https://api.example", 100, counter=10_000)
    return Walk(issue_list, Usage(quota=quota), is_alone=is_alone)


TAKEN = "has taken {} requests, more than the {} that are left"


def find_refusal(walk: Walk, outcome: Outcome, stated: int | None) -> str:
    """Why a list may not take a page, of 100 that each state their own quota; empty if it may."""
    for number in range(1, 101):
        key = PageKey.numbered("a/b", number)
        try:
            walk.count(PageResult(key, outcome, head(1), remaining=stated))
        except PermanentError as error:
            return str(error)
    return ""


@pytest.mark.parametrize(
    ("remaining", "stated", "is_alone", "outcome", "taken"),
    [
        (30, None, False, Outcome.FETCHED, [TAKEN.format(31, 30)]),
        (30, 40, False, Outcome.FETCHED, [TAKEN.format(41, 40)]),
        (40, 30, False, Outcome.FETCHED, [TAKEN.format(41, 40)]),
        (0, 4_000, False, Outcome.FETCHED, []),
        (0, None, False, Outcome.FETCHED, [TAKEN.format(21, 0)]),
        (0, None, True, Outcome.FETCHED, []),
        (0, None, False, Outcome.UNCHANGED, []),
        (None, None, False, Outcome.FETCHED, []),
    ],
    ids=[
        "as many as it leaves",
        "its own response states more",
        "its own response states less",
        "another's response says that nothing is left",
        "twenty may always be taken",
        "it is alone",
        "it is unchanged",
        "no quota is known",
    ],
)
def test_a_list_leaves_as_many_requests_to_the_others_as_it_takes(
    remaining: int | None,
    stated: int | None,
    is_alone: bool,
    outcome: Outcome,
    taken: list[str],
) -> None:
    refusal = find_refusal(walk(remaining, is_alone=is_alone), outcome, stated)
    assert re.findall("has taken .* left", refusal) == taken


def test_an_unchanged_page_which_states_no_quota_ends_no_list_that_took_many_before() -> None:
    reading = walk(0)
    assert find_refusal(reading, Outcome.FETCHED, 4_000) == ""
    reading.count(PageResult(PageKey.numbered("a/b", 101), Outcome.UNCHANGED, head(1)))


def test_unchanged_pages_take_no_share_of_the_fetched_ones_after_them() -> None:
    reading = walk(0)
    assert find_refusal(reading, Outcome.UNCHANGED, None) == ""
    reading.count(PageResult(PageKey.numbered("a/b", 101), Outcome.FETCHED, head(1)))
