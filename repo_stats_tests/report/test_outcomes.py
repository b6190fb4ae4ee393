"""Lists of issues and sentences on a page: what they say, and what stands in place of them."""

import re
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from repo_stats.metrics.trends import compute_trends
from repo_stats.report.outcomes import (
    MOST_LISTED,
    describe_concentration,
    knows_reactions,
    most_wanted,
    outcomes_by_week,
    unanswered,
)
from repo_stats.warehouse.frames import to_arrow
from repo_stats.warehouse.schemas import ISSUE_TRENDS, OPEN_ISSUES
from repo_stats_tests.helpers.items import item, items
from repo_stats_tests.report.page_parts import page_of, sections, texts
from repo_stats_tests.report.reports import REPORT

WANTED, WAITING = "Which open issues are wanted most?", "Which open issues wait for an answer?"

DEPENDS = "On how few people does it depend?"


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return [row["number"] for row in rows]


def merged(number: int, day: int) -> dict[str, Any]:
    """A pull request that was merged on a day of November 2026, of which the 23rd is a Monday."""
    at = datetime(2026, 11, day, tzinfo=timezone.utc)
    times = {"created_at": at, "closed_at": at, "merged_at": at}
    return item(number, 1, is_pull_request=True, state="closed", **times)


@pytest.mark.parametrize("today", range(23, 30))
def test_outcomes_are_those_of_complete_weeks_whatever_day_it_is(today: int) -> None:
    trends = compute_trends(items(merged(1, 15), merged(2, 22), merged(3, 23)))
    table = to_arrow(ISSUE_TRENDS, trends)
    weeks = outcomes_by_week(table, datetime(2026, 11, today, tzinfo=timezone.utc))
    assert [(row["day"], row["value"]) for row in weeks if row["kind"] == "merged"] == [
        ("2026-11-09", 1),
        ("2026-11-16", 1),
    ]


def test_most_wanted_are_the_issues_with_the_most_reactions_and_those_waiting_the_oldest() -> None:
    open_items = to_arrow(
        OPEN_ISSUES,
        items(
            item(1, 1, reactions=2, comments=1),
            item(2, 1, reactions=9, is_pull_request=True),
            item(3, 1, reactions=7),
            item(4, 1, reactions=2),
            item(5, 1),
            item(6, 1, reactions=None, comments=3),
        ),
    )
    assert numbers(most_wanted(open_items)) == [3, 1, 4]
    assert numbers(unanswered(open_items)) == [5, 4, 3]  # a higher number is an older one here
    assert not knows_reactions(open_items)
    assert knows_reactions(open_items[:5])
    many = to_arrow(OPEN_ISSUES, items(*(item(n, 1, reactions=n) for n in range(1, 20))))
    assert numbers(most_wanted(many)) == list(range(19, 19 - MOST_LISTED, -1))
    assert len(unanswered(many)) == MOST_LISTED


def row(kind: str, with_bots: bool, authors: int, total: int, count: int) -> dict[str, Any]:
    names = ("kind", "with_bots", "authors", "total_authors", "total_items")
    return dict(zip(names, (kind, with_bots, authors, total, count), strict=True))


@pytest.mark.parametrize(
    ("people", "everybody", "sentence"),
    [
        (
            (3, 41, 2000),
            (3, 41, 2000),
            "Half of the merged pull requests of the last 12 months came from 3 of 41 people.",
        ),
        (
            (1, 1, 7),
            (1, 2, 1207),
            "Half of the merged pull requests of the last 12 months came from 1 of 1 person. "
            "Bots opened 1,200 more.",
        ),
        (
            (0, 0, 0),
            (0, 0, 0),
            "No pull request by a person was merged in the last 12 months.",
        ),
        (
            (0, 0, 0),
            (1, 1, 5),
            "No pull request by a person was merged in the last 12 months. Bots opened 5.",
        ),
    ],
)
def test_on_how_few_people_a_repository_depends_is_a_sentence(
    people: tuple[int, int, int], everybody: tuple[int, int, int], sentence: str
) -> None:
    kind = "merged_pull_requests"
    rows = [row(kind, True, *everybody), row(kind, False, *people)]
    assert describe_concentration(rows) == [sentence]
    assert describe_concentration([]) == []
    kinds = ("opened_issues", "opened_pull_requests", kind)
    of_all = [row(k, with_bots, 2, 3, 9) for k in kinds for with_bots in (True, False)]
    assert describe_concentration(of_all) == [
        f"Half of the {what} the last 12 months came from 2 of 3 people."
        for what in ("merged pull requests of", "pull requests opened in", "issues opened in")
    ]


def test_lists_have_links_and_texts_that_run_nowhere() -> None:
    rows = [
        {**item(7, 1, title="<b>", reactions=1234, html_url="https://github.com/a/b/issues/7")},
        {**item(8, 1, title="script", reactions=2, html_url="javascript:alert(1)")},
    ]
    parts = sections(page_of(replace(REPORT, wanted=rows, unanswered=rows[:1])))
    link = '<a href="https://github.com/a/b/issues/7" rel="noreferrer">&lt;b&gt;</a>'
    assert link in parts[WANTED]
    assert link in parts[WAITING]
    assert "javascript:" not in parts[WANTED]
    assert re.findall(r'<td class="number">([^<]+)</td>', parts[WANTED]) == [
        *("7", "1,234", "8", "2"),
    ]
    assert '<a href="b.wanted.csv">' in parts[WANTED]
    assert '<a href="b.unanswered.csv">' in parts[WAITING]


def test_sentences_and_empty_lists_are_told_in_their_sections() -> None:
    page = page_of(replace(REPORT, wanted=None, concentration=["One.", "Two."]))
    parts = sections(page)
    assert texts(parts[DEPENDS]) == ["One.", "Two."]
    assert texts(parts[WANTED]) == ["Reactions are known from the next refresh on."]
    assert texts(parts[WAITING]) == ["No open issue is without a comment."]
    damaged = page_of(replace(REPORT, unreadable={"concentration": "It is damaged."}))
    assert texts(sections(damaged)[DEPENDS]) == ["It is damaged."]
