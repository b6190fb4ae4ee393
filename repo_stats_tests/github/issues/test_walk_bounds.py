"""How many pages a reading of a list may have, at each bound."""

from collections.abc import Callable

import pytest

from repo_stats.github.errors import EndlessListError, PageCapError, PermanentError
from repo_stats.github.http.usage import Usage
from repo_stats.github.issues.bounds import Walk
from repo_stats.github.issues.page_reader import Outcome, PageResult
from repo_stats.github.issues.pages import PageKey
from repo_stats.github.issues.requests import IssueList
from repo_stats_tests.helpers.pages import head


def walk(counter: int = 0, state: str = "open") -> Walk:
    issue_list = IssueList("a/b", 7, "https://api.example", 100, counter=counter, state=state)
    return Walk(issue_list, Usage(), is_alone=True)


def page(number: int, outcome: Outcome = Outcome.FETCHED, highest: int = 0) -> PageResult:
    return PageResult(PageKey.numbered("a/b", number), outcome, head(1), highest=highest)


def count(
    take: Callable[[PageResult], None], most: int, outcome: Outcome, highest: int = 0
) -> None:
    """Count pages, each twice."""
    for number in range(1, most + 1):
        take(page(number, outcome, highest))
        take(page(number, outcome, highest))


@pytest.mark.parametrize("outcome", Outcome)
def test_a_list_has_no_more_than_three_times_the_pages_that_it_should(outcome: Outcome) -> None:
    reading = walk()
    count(reading.count, 60, outcome)
    with pytest.raises(EndlessListError) as error:
        reading.count(page(61, outcome))
    assert str(error.value) == (
        "GitHub's list of a/b goes on after 61 pages, although it should have about 0 items, so it "
        "was not read further; the next refresh tries again."
    )


def test_a_list_goes_on_after_no_more_new_pages_than_it_should_have() -> None:
    reading = walk(counter=1_001)
    count(reading.count_longer, 42, Outcome.FETCHED)
    count(reading.count_longer, 99, Outcome.UNCHANGED)
    count(reading.count_longer, 99, Outcome.FRESH)
    with pytest.raises(EndlessListError, match=r"after 43 pages, .* about 1,001 items"):
        reading.count_longer(page(43))


@pytest.mark.parametrize(
    ("state", "highest", "allowed"), [("open", 5_000, 60), ("all", 5_000, 360), ("all", 0, 60)]
)
def test_the_highest_number_that_was_read_is_about_the_length_of_a_list_of_all_items(
    state: str, highest: int, allowed: int
) -> None:
    reading = walk(state=state)
    reading.count(page(1, highest=highest))
    count(reading.count, allowed, Outcome.FETCHED, highest // 2)
    items = highest if state == "all" else 0
    with pytest.raises(EndlessListError, match=f"should have about {items:,} items"):
        reading.count(page(allowed + 1))


def test_page_numbers_that_reach_no_further_do_not_end_the_list() -> None:
    reading = walk()
    with pytest.raises(PageCapError), reading.read_part():
        raise PageCapError("too long")
    with reading.read_part():
        reading.count(page(1))


def test_a_refusal_ends_the_list_for_all_parts_and_is_told_again() -> None:
    reading = walk()
    refusal = PermanentError("gone")
    with pytest.raises(PermanentError), reading.read_part():
        raise refusal
    with pytest.raises(PermanentError) as again, reading.read_part():
        raise AssertionError("read")
    assert again.value is refusal
