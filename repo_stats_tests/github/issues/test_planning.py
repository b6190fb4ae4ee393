"""Plans of lists, and the steps that share them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from repo_stats.clock import NEVER
from repo_stats.github.http.rate_limiter import SlidingWindow
from repo_stats.github.issues.pages import Freshness, PageHead, PageKey
from repo_stats.github.issues.planning import (
    ListPlan,
    PageBatch,
    Work,
    count_pages,
    make_batches,
    plan_list,
)
from repo_stats.github.issues.requests import MOST_NUMBERED, IssueList, PageRequest
from repo_stats.github.issues.windows import TimeRange
from repo_stats_tests.helpers.pages import ISSUE_LIST, NOW, head


def plan(count: int, heads: Sequence[PageHead], max_age: int = 3600) -> ListPlan:
    stored = {PageKey.numbered("a/b", place): each for place, each in enumerate(heads, start=1)}
    freshness = Freshness.of_run(NOW, max_age, force=False)
    return plan_list(replace(ISSUE_LIST, counter=count), stored, freshness, NOW)


def planned(count: int, heads: Sequence[PageHead], max_age: int = 3600) -> list[int | None]:
    return numbers(plan(count, heads, max_age).work)


def numbers(work: Sequence[Work]) -> list[int | None]:
    return [each.key.number for each in work if isinstance(each, PageRequest)]


def stored_list(pages: int) -> list[PageHead]:
    """The heads of a list that was read to its end two hours ago."""
    full = [head(number, age=7200) for number in range(1, pages)]
    return [*full, head(pages, rows=17, age=7200)]


def test_the_first_plan_follows_githubs_counter() -> None:
    assert planned(591, []) == [1, 2, 3, 4, 5, 6]
    assert planned(600, []) == [1, 2, 3, 4, 5, 6]
    assert planned(0, []) == [1]


def test_a_complete_stored_list_is_planned_in_its_own_length() -> None:
    old = [head(1, age=7200), head(2, rows=17, age=7200)]
    assert planned(602, old) == [1, 2]


def test_an_incomplete_stored_list_is_planned_to_the_counters_length() -> None:
    assert planned(591, [head(1, age=7200), head(2, age=7200)]) == [1, 2, 3, 4, 5, 6]


def test_of_a_list_that_shrank_no_more_pages_are_planned_than_it_can_have() -> None:
    assert planned(0, stored_list(30)) == [*range(1, 21)]


def test_a_list_is_known_if_its_stored_pages_reach_its_end() -> None:
    assert plan(250, stored_list(3)).is_known
    assert not plan(250, stored_list(3)[:2]).is_known
    assert not plan(250, []).is_known


def test_a_list_was_read_when_its_oldest_page_was_and_never_if_none_is_stored() -> None:
    heads = [head(1, age=50), head(2, age=90), head(3, rows=17, age=70)]
    assert plan(250, heads).read_at == heads[1].validated_at
    ahead = [head(1, age=50), head(2, rows=17, age=-61)]
    assert plan(150, ahead).read_at == plan(250, []).read_at == NEVER


def test_fresh_pages_are_not_planned() -> None:
    assert planned(250, [head(1), head(2, age=3601), head(3, rows=50)]) == [2]
    assert planned(250, [head(1), head(2), head(3, rows=50)], max_age=0) == []
    assert planned(250, [head(1, age=1), head(2, age=1), head(3, rows=50)], max_age=0) == [1, 2]


def test_a_page_of_another_address_is_not_fresh() -> None:
    elsewhere = head(1, rows=5, url="https://other.example/repositories/7/issues?page=1")
    assert planned(5, [elsewhere]) == [1]


def test_a_known_list_is_asked_for_from_its_end_and_a_new_one_ends_with_it() -> None:
    known, new = plan(250, stored_list(3)), plan(250, [])
    assert [numbers(wave) for wave in known.waves] == [[3], [1, 2]]
    assert [numbers(wave) for wave in new.waves] == [[1, 2], [3]]


def batches(
    plans: Sequence[ListPlan], steps: int = 4, in_flight: int = 10, per_minute: int = 800
) -> list[PageBatch]:
    return make_batches(plans, steps, in_flight, SlidingWindow(per_minute))


@pytest.mark.parametrize("pages", [1, 3, 6, 7, 10])
def test_a_list_that_was_read_before_goes_to_one_step_whatever_its_length(pages: int) -> None:
    [batch] = batches([plan(100 * pages - 83, stored_list(pages))])
    assert [each.issue_list.repo for each in batch.lists] == ["a/b"]
    assert batch.work == []
    assert batch.pages == pages
    assert batch.in_flight == 10


def test_a_list_of_windows_goes_to_one_step_read_before_or_not() -> None:
    new = plan(MOST_NUMBERED + 1, [])
    assert [len(batch.lists) for batch in batches([new])] == [1]
    begin = datetime.fromisoformat("2026-09-01T00:00:00+00:00")
    windows = {
        PageKey.window("a/b", begin + timedelta(days=day)): head(1, age=7200) for day in range(9)
    }
    freshness = Freshness.of_run(NOW, 3600, force=False)
    known = plan_list(replace(ISSUE_LIST, counter=900), windows, freshness, NOW)
    assert len(known.work) == 10
    assert [len(batch.lists) for batch in batches([known])] == [1]


def test_a_new_list_of_six_pages_is_shared_from_its_end_on() -> None:
    first, second = batches([plan(591, [])])
    assert (numbers(first.work), numbers(second.work)) == ([6, 4, 2], [5, 3, 1])
    assert first.lists == second.lists == []


def test_a_new_list_of_five_pages_is_not_worth_two_steps() -> None:
    [batch] = batches([plan(491, [])])
    assert batch.pages == 5
    assert len(batch.lists) == 1


def test_lists_that_were_read_longest_ago_come_first() -> None:
    def of(repo: str, age: int) -> ListPlan:
        issue_list = IssueList(repo, 7, "https://api.example", 100, counter=17)
        stored = {PageKey.numbered(repo, 1): head(1, rows=17, age=age)}
        return plan_list(issue_list, stored, Freshness.of_run(NOW, 3600, force=False), NOW)

    freshness = Freshness.of_run(NOW, 0, force=False)
    new = plan_list(replace(ISSUE_LIST, repo="a/new"), {}, freshness, NOW)
    [batch] = batches([of("a/late", 4000), of("a/early", 9000), new], steps=1)
    assert batch.repos == ["a/new", "a/early", "a/late"]


def test_steps_share_pages_requests_in_flight_and_requests_a_minute() -> None:
    def of(repo: str, pages: int) -> ListPlan:
        issue_list = IssueList(repo, 7, "https://api.example", 100)
        stored = {
            PageKey.numbered(repo, place): replace(each, url=issue_list.numbered(place).url)
            for place, each in enumerate(stored_list(pages), start=1)
        }
        return plan_list(issue_list, stored, Freshness.of_run(NOW, 3600, force=False), NOW)

    shared = batches([of("a/big", 9), of("a/b", 2), of("a/c", 1)], steps=2, per_minute=9)
    assert [batch.repos for batch in shared] == [["a/big"], ["a/b", "a/c"]]
    assert [batch.pages for batch in shared] == [9, 3]
    assert [batch.in_flight for batch in shared] == [7, 3]
    assert [batch.sliding_window.most for batch in shared] == [5, 4]


def test_there_are_no_more_steps_than_requests_in_flight_and_none_without_work() -> None:
    assert len(batches([plan(991, [])], in_flight=2)) == 2
    assert batches([]) == []
    assert batches([plan(17, [head(1, rows=17)])]) == []


def test_the_whole_of_a_long_list_counts_as_many_pages_as_its_items_fill() -> None:
    [whole] = plan(2_050, []).work
    assert count_pages(whole) == 21
    assert isinstance(whole, TimeRange)
    assert count_pages(replace(whole, until=NOW)) == 1
    assert count_pages(ISSUE_LIST.numbered(1)) == 1
